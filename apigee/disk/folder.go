package disk

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/internal/files"
)

// path looks into one path of the command line.
func (f *finder) path(given string, info fs.FileInfo) error {
	abs, err := filepath.Abs(given)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return err
	}
	f.walked, f.later = map[string]bool{}, nil
	place, shown := filepath.ToSlash(real), filepath.ToSlash(filepath.Clean(given))
	if !info.IsDir() {
		up := &tree{place: path.Dir(place), disk: true, zip: onDisk(filepath.Dir(real))}
		f.zip(up, path.Base(place), shown)
		return nil
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		f.problem("find bundles", "folder %s cannot be read: %v", shown, files.Reason(err))
		return nil
	}
	defer root.Close()
	t := &tree{files: root.FS(), place: place, disk: true, zip: onDisk(real), reader: fromDisk(real, f.limits, bundle.ReadDir), whole: fromDisk(real, f.limits, bundle.WholeDir)}
	k, base := bundle.RootKind(path.Base(place)), path.Base(place)
	own := k != "" && holdsBundle(t.files, ".", base == k.Root())
	if own {
		up := path.Join(shown, "..")
		if real != abs { // through a link, ".." would be another folder
			up = path.Dir(place)
		}
		f.bundle(t, bundle.Layout{Kind: k, Dir: ".", Base: base}, up, "..")
	}
	f.walk(t, ".", shown, 0, own)
	for len(f.later) > 0 {
		next := f.later[0]
		f.later = f.later[1:]
		next()
	}
	return nil
}

func onDisk(real string) func(string) (*zipped, func(), error) {
	return func(name string) (*zipped, func(), error) {
		return onFile(filepath.Join(real, filepath.FromSlash(name))), func() {}, nil
	}
}

// fromDisk reads bundles below a folder. Links may lead anywhere in that folder, and nowhere else.
func fromDisk[T any](real string, l bundle.Limits, read func(fs.FS, bundle.Layout, bundle.Limits) (T, error)) func(bundle.Layout) func() (T, error) {
	return func(at bundle.Layout) func() (T, error) {
		return func() (content T, err error) {
			root, err := os.OpenRoot(real)
			if err != nil {
				return content, err
			}
			defer root.Close()
			return read(root.FS(), at, l)
		}
	}
}

// follow finds what a link leads to, inside the path that was given. It is false for what is not to be looked into; where
// that could be a bundle it is said.
func (d *folder) follow(e *entry) bool {
	onDisk := filepath.Join(filepath.FromSlash(d.tree.place), filepath.FromSlash(e.real))
	shown, like := path.Join(d.shown, e.name), bundle.IsZip(e.name) || e.name == snapshot.ManifestName || bundle.RootKind(e.name) != ""
	real, err := filepath.EvalSymlinks(onDisk)
	if err != nil {
		if like {
			d.problem("find bundles", "%s is a symbolic link that leads nowhere: %v", shown, files.Reason(err))
		}
		return false
	}
	if rel, ok := relative(d.tree.place, real); ok {
		if info, err := fs.Stat(d.tree.files, rel); err == nil {
			e.real, e.mode = rel, info.Mode().Type()
			return true
		}
	}
	elsewhere := slices.ContainsFunc(d.given, func(other string) bool { _, ok := relative(other, real); return ok })
	if !elsewhere && (like || isFolder(real)) {
		d.problem("find bundles", "%s is a symbolic link that leads out of the path that was given, and is not followed: give the path that it leads to as well", shown)
	}
	return false
}

// relative makes a path relative to a folder in which it lies.
func relative(place, real string) (rel string, ok bool) {
	rel, err := filepath.Rel(filepath.FromSlash(place), real)
	rel = filepath.ToSlash(rel)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
