package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"

	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
)

// maxZipEntries bounds the entries of one zip that holds other zips or several bundles.
const maxZipEntries = 100_000

// ErrEmpty is the error for a zip of no bytes, or without a file in it.
var ErrEmpty = errors.New("the zip is empty, as a failed export leaves it: export the bundle again")

// OpenFile opens a zip on disk. What is not a file is not opened: that alone could wait for ever.
func OpenFile(name string) (r io.ReaderAt, size int64, done func() error, err error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("neither a folder nor a regular file")
	}
	if err != nil {
		return nil, 0, nil, files.Reason(err)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, nil, files.Reason(err)
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, 0, nil, files.Reason(err)
	}
	return file, info.Size(), file.Close, nil
}

// ReadDirectory reads the directory of a zip.
func ReadDirectory(r io.ReaderAt, size int64) (*zip.Reader, error) {
	d, err := zip.NewReader(r, size)
	switch {
	case size == 0:
		return nil, ErrEmpty
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // such names are refused where files are read
		return nil, bundle.NotReadable(err)
	case len(d.File) > maxZipEntries:
		return nil, fmt.Errorf("has %d entries, more than the %d that are read", len(d.File), maxZipEntries)
	}
	return d, nil
}
