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
	"slices"
	"strings"

	"apigee-audit/apigee"
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
	if files, err = inside(z); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return files, done, nil
}

// inside is a zip from where its manifest lies. A zip of several snapshots is none: only one of them would be looked at.
func inside(z *zip.Reader) (fs.FS, error) {
	z.File = slices.DeleteFunc(z.File, func(f *zip.File) bool { return !apigee.SafeName(f.Name) }) // as a file system it would mend them
	var top, below []string
	for _, f := range z.File {
		switch dir, base := path.Split(f.Name); {
		case base != manifestName:
		case dir == "":
			top = append(top, ".")
		case strings.Count(dir, "/") == 1:
			below = append(below, path.Clean(dir))
		}
	}
	if len(top) == 0 {
		top = below
	}
	top = slices.DeleteFunc(top, func(dir string) bool { is, _ := isManifest(z, dir); return !is }) // others have files of that name
	switch len(top) {
	case 0:
		return z, nil
	case 1:
		return fs.Sub(z, top[0])
	}
	return nil, errSeveral
}

var errSeveral = errors.New("there is more than one " + manifestName + " in it: put each snapshot into a zip of its own")

// isManifest reports whether there is a manifest of ours in a folder, whole or damaged. The error is for one that may be and
// cannot be read.
func isManifest(files fs.FS, dir string) (bool, error) {
	head, err := readStart(files, path.Join(dir, manifestName), 4096)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && len(bytes.TrimSpace(head)) == 0:
		err = fmt.Errorf("%s is empty", manifestName)
	}
	return bytes.Contains(head, []byte(`"snapshotVersion"`)), err
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
		return nil, fmt.Errorf("%s is not a regular file", name)
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
