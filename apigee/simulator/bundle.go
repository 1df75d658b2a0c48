package simulator

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Zip packs the bundle's files, sorted and under one fixed date, so that the same files always give the same bytes.
func (b Bundle) Zip() ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(b.Files)) {
		// 1980 is the earliest date that the format can hold.
		f, err := w.CreateHeader(&zip.FileHeader{
			Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		if err == nil {
			_, err = f.Write(b.Files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s of %s: %w", name, b.Revision, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", b.Revision, err)
	}
	return out.Bytes(), nil
}
