package snapshot

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// Bounds of one walk. They are far above any repository of bundles and far below what would hang.
const (
	maxDepth   = 32      // folders below a path
	maxFolders = 200_000 // folders visited in all
	maxBundles = 20_000  // bundles in all
)

// finder walks the paths of one [Open].
type finder struct {
	limits   apigee.Limits
	bundles  []bundle
	problems []apigee.Problem
	seen     map[string]bool // real places of bundles, so that overlapping paths count once
	repeated int             // bundles met again through another path
	folders  int
	full     bool // a bound was hit and said
}

func (f *finder) problem(operation, format string, args ...any) {
	f.problems = append(f.problems, apigee.Problem{
		Organization: Name, Environment: Name, Operation: operation, Error: fmt.Sprintf(format, args...),
	})
}

// add keeps a bundle unless it was found before. place tells it from every other one.
func (f *finder) add(place string, b bundle) {
	if f.seen[place] {
		f.repeated++
		return
	}
	if len(f.bundles) >= maxBundles {
		f.stop("more than %d bundles; the rest is not read", maxBundles)
		return
	}
	f.seen[place] = true
	f.bundles = append(f.bundles, b)
}

// isSnapshot says that the bundles in a snapshot are not loose ones: read as such, they would lose their environments.
func (f *finder) isSnapshot(shown string) {
	f.problem("find bundles", "%s is a snapshot of organizations, not a folder of bundles: give its own path", shown)
}

func (f *finder) stop(format string, args ...any) {
	if !f.full {
		f.full = true
		f.problem("find bundles", format+": give narrower paths", args...)
	}
}

// path looks into one path of the command line; symbolic links are followed here and nowhere below.
func (f *finder) path(given string, info fs.FileInfo) error {
	abs, err := filepath.Abs(given)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return err
	}
	shown := filepath.Clean(given)
	switch {
	case !info.IsDir():
		f.zip(fileBlob(real), real, shown, 0)
	case isBundle(real):
		up := filepath.Join(shown, "..")
		if real != abs { // through a link, ".." would be another folder
			up = filepath.Dir(real)
		}
		f.folderBundle(filepath.Dir(real), up, filepath.Base(real))
	default:
		f.folder(real, shown, 0)
	}
	return nil
}

// folder walks one folder: real is where it lies, shown how reports call it.
func (f *finder) folder(real, shown string, depth int) {
	f.folders++
	switch {
	case f.full:
		return
	case f.folders > maxFolders:
		f.stop("more than %d folders; the rest is not read", maxFolders)
		return
	case depth > maxDepth:
		f.problem("find bundles", "%s lies more than %d folders deep and is not read", shown, maxDepth)
		return
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		f.problem("find bundles", "folder cannot be read: %v", err)
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == manifestName }) && IsSnapshot(real) {
		f.isSnapshot(shown)
		return
	}
	for _, e := range entries {
		inside, as := filepath.Join(real, e.Name()), filepath.Join(shown, e.Name())
		switch {
		case e.IsDir() && isBundle(inside):
			f.folderBundle(real, shown, e.Name())
		case e.IsDir() && !skipped(e.Name()):
			f.folder(inside, as, depth+1)
		case e.Type().IsRegular() && isZip(e.Name()):
			f.zip(fileBlob(inside), inside, as, 0)
		}
	}
}

// folderBundle adds the bundle whose apiproxy or sharedflowbundle folder lies in a folder.
func (f *finder) folderBundle(real, shown, root string) {
	kind := kindOf(root)
	f.add(filepath.Join(real, root), bundle{
		Ref:  apigee.Ref{Kind: kind, Name: bundleName(os.DirFS(real), root, filepath.Base(real), f.limits)},
		root: shown,
		read: func() (*apigee.Archive, error) {
			r, err := os.OpenRoot(real)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return apigee.ReadDir(r.FS(), f.limits)
		},
	})
}

// isBundle tells a bundle's root folder from a folder that only has its name, such as a collection of proxies.
func isBundle(dir string) bool {
	if kindOf(filepath.Base(dir)) == "" {
		return false
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true // reading it will say why not
	}
	for _, e := range entries {
		if bundlePart(e.Name()) {
			return true
		}
	}
	return false
}

// bundlePart tells what lies directly in a bundle's root folder.
func bundlePart(name string) bool {
	switch name {
	case "proxies", "targets", "policies", "sharedflows":
		return true
	}
	return strings.EqualFold(filepath.Ext(name), ".xml")
}

// kindOf is the kind of bundle whose root folder has this name, "" for other folders.
func kindOf(root string) apigee.Kind {
	switch root {
	case "apiproxy":
		return apigee.KindProxy
	case "sharedflowbundle":
		return apigee.KindSharedFlow
	}
	return ""
}

// skipped are folders that never hold anybody's own bundles.
func skipped(name string) bool {
	switch name {
	case ".git", ".hg", ".svn", "node_modules", "__MACOSX":
		return true
	}
	return false
}

func isZip(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }
