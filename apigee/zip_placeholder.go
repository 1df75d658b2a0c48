package apigee

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// ReadZip is a placeholder until the real reader lands: it checks no limit and no name.
func ReadZip(data []byte, limits Limits) (*Archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	a := &Archive{SHA256: hex.EncodeToString(sum[:])}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(io.LimitReader(r, limits.File))
		r.Close()
		if err != nil {
			return nil, err
		}
		a.Files = append(a.Files, File{Name: f.Name, Data: content})
	}
	return a, nil
}
