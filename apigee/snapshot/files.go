package snapshot

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
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
	if !bundle.IsZip(name) {
		return nil, nil, errors.New("neither a folder nor a zip")
	}
	r, size, done, err := OpenFile(name)
	if err != nil {
		return nil, nil, err
	}
	z, err := ReadDirectory(r, size)
	if err == nil {
		files, err = inside(z)
	}
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return files, done, nil
}

// inside is a zip from where its manifest lies. A zip of several snapshots is none: only one of them would be looked at.
func inside(z *zip.Reader) (fs.FS, error) {
	z.File = slices.DeleteFunc(z.File, func(f *zip.File) bool { return !bundle.SafeName(f.Name) }) // as a file system it would mend them
	var top, below []string
	for _, f := range z.File {
		switch dir, base := path.Split(f.Name); {
		case base != ManifestName:
		case dir == "":
			top = append(top, ".")
		case strings.Count(dir, "/") == 1:
			below = append(below, path.Clean(dir))
		}
	}
	if len(top) == 0 {
		top = below
	}
	top = slices.DeleteFunc(top, func(dir string) bool { is, _ := IsManifest(z, dir); return !is }) // others have files of that name
	switch len(top) {
	case 0:
		return z, nil
	case 1:
		return fs.Sub(z, top[0])
	}
	return nil, errSeveral
}

var errSeveral = errors.New("there is more than one " + ManifestName + " in it: put each snapshot into a zip of its own")

// IsManifest reports whether there is a manifest of ours in a folder, whole or damaged. The error is for one that may be and
// cannot be read.
func IsManifest(in fs.FS, dir string) (bool, error) {
	head, err := files.ReadStart(in, path.Join(dir, ManifestName), 4096)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && len(bytes.TrimSpace(head)) == 0:
		err = fmt.Errorf("%s is empty", ManifestName)
	}
	return bytes.Contains(head, []byte(`"snapshotVersion"`)), err
}
