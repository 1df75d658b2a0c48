package bundle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"apigee-audit/internal/files"
)

// ReadDir reads a bundle from a folder. Symbolic links are followed as far as the file system does; those that it does not
// follow, and what is neither a file nor a folder, are problems of the archive and not opened.
func ReadDir(fsys fs.FS, at Layout, l Limits) (*Archive, error) {
	r := dirReader{collector: newCollector(at.Base, l, 0), fsys: fsys, at: at}
	if err := r.folder("."); err != nil {
		return nil, err
	}
	a := r.finish()
	a.seal(at.Kind)
	return a, nil
}

type dirReader struct {
	*collector
	fsys    fs.FS
	at      Layout
	entries int
}

// folder reads the files of one folder of the bundle, and of those below it that may hold more. inner is its name inside
// the root folder.
func (r *dirReader) folder(inner string) error {
	list, err := fs.ReadDir(r.fsys, path.Join(r.at.Dir, inner))
	switch {
	case err != nil && inner == ".":
		return errors.New("the folder cannot be read: " + files.Reason(err).Error())
	case err != nil:
		r.refuse(path.Join(r.at.Base, inner), "cannot be read: "+files.Reason(err).Error())
	}
	for _, e := range list {
		if r.entries++; r.entries > r.limits.Entries {
			return fmt.Errorf("the folder has more than the %d entries that are read", r.limits.Entries)
		}
		name := path.Join(inner, e.Name())
		if err := r.entry(name, e.Type()); err != nil {
			return err
		}
	}
	return nil
}

func (r *dirReader) entry(name string, mode fs.FileMode) error {
	expected := opened(name)
	if !expected && (!r.at.reads(name) || junk(name)) {
		return nil
	}
	full := path.Join(r.at.Dir, name)
	if mode&fs.ModeSymlink != 0 {
		info, err := fs.Stat(r.fsys, full)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			r.refuse(path.Join(r.at.Base, name), "is a symbolic link to something that does not exist")
			return nil
		case err != nil:
			r.refuse(path.Join(r.at.Base, name), "is a symbolic link that leads out of the path that was given, and is not followed")
			return nil
		case info.IsDir() && r.inside(name, info):
			return nil // in a circle; everything there is being read
		}
		mode = info.Mode().Type()
	}
	switch {
	case mode.IsDir():
		if expected {
			return r.folder(name)
		}
	case expected:
		// A file with the name of a folder holds nothing that Apigee would read.
	case mode.IsRegular():
		r.add(r.at.Base, name, func(limit int64) ([]byte, error) { return readFile(r.fsys, full, limit) })
	default:
		r.refuse(path.Join(r.at.Base, name), "is "+ModeName(mode)+", not a file, and is not opened")
	}
	return nil
}

// inside reports whether a folder is one of those in which a name lies.
func (r *dirReader) inside(name string, folder fs.FileInfo) bool {
	for name != "." {
		name = path.Dir(name)
		if info, err := fs.Stat(r.fsys, path.Join(r.at.Dir, name)); err == nil && os.SameFile(info, folder) {
			return true
		}
	}
	return false
}

// opened reports whether a folder of a bundle may hold files that the audit reads.
func opened(inner string) bool {
	parts := strings.Split(inner, "/")
	switch {
	case len(parts) == 1:
		return Collection(inner) != "" || strings.EqualFold(inner, "resources")
	case len(parts) == 2:
		return strings.EqualFold(parts[0], "resources") && resourceFolder(parts[1])
	}
	return strings.EqualFold(parts[0], "resources") && resourceFolder(parts[1]) && !isResource(inner)
}

// resourceFolder reports whether the audit reads a folder of resources/.
func resourceFolder(name string) bool { return name == "jsc" || name == "py" || name == "properties" }

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, files.Reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	return data, err
}
