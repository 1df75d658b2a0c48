package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxZipEntries bounds the entries of one zip that holds other zips or several bundles.
const maxZipEntries = 100_000

// errEmpty is the error for a zip of no bytes, or without a file in it.
var errEmpty = errors.New("the zip is empty, as a failed export leaves it: export the bundle again")

// openFile opens a zip on disk. What is not a file is not opened: that alone could wait for ever.
func openFile(name string) (r io.ReaderAt, size int64, done func() error, err error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("neither a folder nor a regular file")
	}
	if err != nil {
		return nil, 0, nil, reason(err)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, nil, reason(err)
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, 0, nil, reason(err)
	}
	return file, info.Size(), file.Close, nil
}

// readDirectory reads the directory of a zip.
func readDirectory(r io.ReaderAt, size int64) (*zip.Reader, error) {
	d, err := zip.NewReader(r, size)
	switch {
	case size == 0:
		return nil, errEmpty
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // such names are refused where files are read
		return nil, fmt.Errorf("not a readable zip: %w", err)
	case len(d.File) > maxZipEntries:
		return nil, fmt.Errorf("has %d entries, more than the %d that are read", len(d.File), maxZipEntries)
	}
	return d, nil
}
