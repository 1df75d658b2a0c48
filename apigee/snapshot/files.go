package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// openFiles opens a folder or a zip; the snapshot may lie one folder down in a zip, as some tools pack folders.
func openFiles(name string) (files fs.FS, done func() error, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, nil, err
		}
		return root.FS(), root.Close, nil
	}
	if !isZip(name) {
		return nil, nil, errors.New("neither a folder nor a zip")
	}
	r, size, done, err := fileBlob(name)()
	if err != nil {
		return nil, nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // such names are never opened
		return nil, nil, errors.Join(fmt.Errorf("not a readable zip: %w", err), done())
	}
	if len(z.File) > maxZipEntries {
		return nil, nil, errors.Join(fmt.Errorf("has %d entries, more than the %d that are read", len(z.File), maxZipEntries), done())
	}
	dir := "."
	for _, f := range z.File {
		if d, base := path.Split(f.Name); base == manifestName && strings.Count(d, "/") == 1 && fs.ValidPath(path.Clean(d)) {
			dir = path.Clean(d)
		}
		if f.Name == manifestName {
			dir = "."
			break
		}
	}
	files, err = fs.Sub(z, dir)
	return files, done, err
}

// readBounded reads a file of at most limit bytes.
func readBounded(files fs.FS, name string, limit int64) ([]byte, error) {
	data, err := readStart(files, name, limit+1)
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d MB", name, limit>>20)
	}
	return data, err
}

// readStart reads at most n bytes of a regular file. Anything else, such as a pipe or a device, is not even opened.
func readStart(files fs.FS, name string, n int64) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, withoutPath(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, withoutPath(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil, withoutPath(name, err)
	}
	return data, nil
}

// withoutPath names a file once, and by its name in the snapshot.
func withoutPath(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
