package apigee

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// ReadDir reads a bundle from a folder that holds apiproxy/ or sharedflowbundle/.
func ReadDir(fsys fs.FS, l Limits) (*Archive, error) {
	c := collector{limits: l, archive: &Archive{}}
	roots := 0
	entries := 0
	for _, root := range []string{proxyRoot, sharedFlowRoot} {
		if info, err := fs.Stat(fsys, root); err != nil || !info.IsDir() {
			continue
		}
		roots++
		err := fs.WalkDir(fsys, root, func(name string, e fs.DirEntry, err error) error {
			if entries++; entries > l.Entries {
				return fmt.Errorf("the folder has more than the %d entries that are read", l.Entries)
			}
			if err != nil {
				c.refuse(name, "cannot be read: "+reason(err))
				return nil
			}
			if e.Type().IsRegular() {
				c.add(name, func(limit int64) ([]byte, error) { return readFile(fsys, name, limit) })
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if roots == 0 {
		return nil, errors.New("no apiproxy/ or sharedflowbundle/ folder inside")
	}
	a := c.finish()
	h := sha256.New()
	for _, f := range a.Files {
		fmt.Fprintf(h, "%s\x00%d\x00", f.Name, len(f.Data))
		h.Write(f.Data)
	}
	a.SHA256 = hex.EncodeToString(h.Sum(nil))
	return a, nil
}

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, errors.New(reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	return data, err
}

// reason drops the path that fs errors repeat.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// BundleKind tells what kind of bundle an archive holds, and whether it holds one.
func (a *Archive) BundleKind() (Kind, bool) {
	for _, f := range a.Files {
		switch root, _, _ := cutPath(f.Name); root {
		case proxyRoot:
			return KindProxy, true
		case sharedFlowRoot:
			return KindSharedFlow, true
		}
	}
	return "", false
}

func cutPath(name string) (root, folder, base string) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	root = dir
	for i := range dir {
		if dir[i] == '/' {
			return dir[:i], dir[i+1:], base
		}
	}
	return root, "", base
}
