package simulator

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/flate"
)

// deflaters are used again, as each has large tables and a bundle has small files.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return w
}}

// Zip packs the bundle's files, sorted and under one fixed date, so that the same files always give the same bytes.
func (b Bundle) Zip() ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	deflater := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(deflater)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		deflater.Reset(to) // one file after the other
		return deflater, nil
	})
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
