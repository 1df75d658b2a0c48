package snapshot

import (
	"archive/zip"
	"bytes"
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
	z, done, err := onFile(name).directory()
	if err != nil {
		return nil, nil, err
	}
	files, err = inside(z)
	return files, done, err
}

// inside is a zip from where its manifest lies.
func inside(z *zip.Reader) (fs.FS, error) {
	dir := "."
	for _, f := range z.File {
		if f.Name == manifestName {
			return z, nil
		}
		if d, base := path.Split(f.Name); base == manifestName && strings.Count(d, "/") == 1 && fs.ValidPath(path.Clean(d)) {
			dir = path.Clean(d)
		}
	}
	return fs.Sub(z, dir)
}

// isManifest reports whether there is a manifest of ours in a folder, whole or damaged.
func isManifest(files fs.FS, dir string) bool {
	head, err := readStart(files, path.Join(dir, manifestName), 4096)
	return err == nil && bytes.Contains(head, []byte(`"snapshotVersion"`))
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
func withoutPath(name string, err error) error { return fmt.Errorf("%s: %w", name, reason(err)) }

// reason drops the path that errors of files repeat.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
