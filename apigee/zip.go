package apigee

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadZip reads a bundle zip in memory; nothing is ever extracted to disk. The error is for data that is no bundle at
// all; a single bad entry becomes a problem of the archive and the rest is read.
func ReadZip(data []byte, l Limits) (*Archive, error) {
	if int64(len(data)) > l.Compressed {
		return nil, fmt.Errorf("the zip is larger than %s", megabytes(l.Compressed))
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // insecure names are refused one by one below
		return nil, fmt.Errorf("not a readable zip: %w", err)
	}
	if len(zr.File) > l.Entries {
		return nil, fmt.Errorf("the zip has %d entries, more than the %d that are read", len(zr.File), l.Entries)
	}
	sum := sha256.Sum256(data)
	c := collector{limits: l, lazy: true, archive: &Archive{SHA256: hex.EncodeToString(sum[:])}}
	names := make([]string, len(zr.File))
	for i, f := range zr.File {
		names[i] = f.Name
	}
	if err := c.locate(names); err != nil {
		return nil, err
	}
	for _, f := range zr.File {
		if !strings.HasSuffix(f.Name, "/") {
			c.add(f.Name, func(limit int64) ([]byte, error) { return inflate(f, limit) })
		}
	}
	return c.finish(), nil
}

// inflate reads one entry, trusting neither its declared size nor its compression ratio.
func inflate(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const most = 1 << 20 // allocated in advance on the word of the zip's directory
	buf := bytes.NewBuffer(make([]byte, 0, min(f.UncompressedSize64, most)+bytes.MinRead))
	if n, err := buf.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	} else if n > limit {
		return nil, errTooLarge
	}
	return buf.Bytes(), nil
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
