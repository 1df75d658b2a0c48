package bundle

import (
	"fmt"
	"io/fs"
	"path"

	"apigee-audit/internal/files"
)

// maxFolders bounds how deep the folders of a bundle lie in each other. Links may make circles of them.
const maxFolders = 16

// WholeDir are all files of a bundle in a folder, as [WholeZip] has those of one in a zip. Links are followed as far as the
// file system does.
func WholeDir(fsys fs.FS, at Layout, l Limits) (map[string][]byte, error) {
	w := newWhole(at, l)
	entries := 0
	var folder func(inner string, depth int) error
	folder = func(inner string, depth int) error {
		list, err := fs.ReadDir(fsys, path.Join(at.Dir, inner))
		if err != nil {
			return fmt.Errorf("folder %s cannot be read: %w", path.Join(at.Base, inner), files.Reason(err))
		}
		for _, e := range list {
			name := path.Join(inner, e.Name())
			if entries++; entries > l.Entries || depth > maxFolders {
				return fmt.Errorf("the folder has more than the %d entries that are read, or folders more than %d deep", l.Entries, maxFolders)
			}
			if junk(name) || !w.has(name) && !w.has(name+"/x") {
				continue
			}
			full := path.Join(at.Dir, name)
			info, err := fs.Stat(fsys, full)
			switch {
			case err != nil:
				return fmt.Errorf("%s cannot be read: %w", path.Join(at.Base, name), files.Reason(err))
			case info.IsDir():
				err = folder(name, depth+1)
			case info.Mode().IsRegular():
				err = w.add(name, func(limit int64) ([]byte, error) { return readFile(fsys, full, limit) })
			default:
				err = fmt.Errorf("%s is %s, not a file", path.Join(at.Base, name), ModeName(info.Mode()))
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := folder(".", 0); err != nil {
		return nil, err
	}
	return w.files, nil
}
