package disk

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/internal/files"
)

// tree is what is looked through: a folder on disk, or the content of a zip.
type tree struct {
	files   fs.FS
	place   string // where it lies, with slashes: the real path, in zips with the names inside them behind
	disk    bool   // a folder; symbolic links lead somewhere
	nesting int    // how many zips it lies in
	bundles int    // found in it
	zips    int    // in it that hold bundles

	reader func(bundle.Layout) func() (*bundle.Archive, error)
	whole  func(bundle.Layout) func() (map[string][]byte, error)
	// zip finds a zip by its name in the tree; forget lets go of what it holds in memory.
	zip func(name string) (z *zipped, forget func(), err error)
}

// key identifies a file or folder among all others, also of other trees. The name must be free of links.
func (t *tree) key(name string) string {
	if t.disk {
		return path.Join(t.place, name)
	}
	return t.place + "\x00" + name
}

// folder is one folder of a tree while it is looked into.
type folder struct {
	*finder
	tree    *tree
	name    string // in the tree, free of links
	shown   string // what reports call it
	depth   int
	entries []entry
}

// entry is one entry of a folder, with links followed.
type entry struct {
	name string
	real string      // what it is in the tree: its own name, or that of what a link leads to
	mode fs.FileMode // the type of that
	link bool
}

// walk looks into one folder of a tree and into those below it. own is true where the folder is the root folder of a bundle,
// or one of a bundle's parts.
func (f *finder) walk(t *tree, name, shown string, depth int, own bool) {
	f.folders++
	switch {
	case f.walked[t.key(name)] || f.over(shown):
		return
	case f.folders > maxFolders:
		f.stop("more than %d folders; the rest is not read", maxFolders)
		return
	case depth > maxDepth:
		f.problem("find bundles", "%s is more than %d folders deep and is not read", shown, maxDepth)
		return
	}
	f.walked[t.key(name)] = true
	d := &folder{finder: f, tree: t, name: name, shown: shown, depth: depth}
	d.list(own)
	if slices.ContainsFunc(d.entries, func(e entry) bool { return e.name == snapshot.ManifestName }) {
		switch is, err := snapshot.IsManifest(t.files, name); {
		case err != nil:
			f.problem("find bundles", "%s may be a snapshot, so its bundles are not read as loose ones, but its %v", shown, err)
		case is:
			f.isSnapshot(shown)
			return
		}
	}
	flat := d.flat(own)
	if !own && len(flat) == 0 && strings.EqualFold(path.Base(name), "policies") && slices.ContainsFunc(d.entries, isXMLFile) {
		f.alone = append(f.alone, shown)
	}
	for _, e := range d.entries {
		switch isPart := e.mode.IsDir() && part(e.name); {
		case isPart && own, isPart && len(flat) > 0 && bundle.Collection(e.name) == "":
			// Reading the bundle looks there.
		case isPart && len(flat) > 0: // projects may lie there, too
			d.either(e, func(as string) { f.walk(t, e.real, as, depth+1, true) })
		default:
			d.look(e)
		}
	}
	for _, k := range flat {
		f.bundle(t, bundle.Layout{Kind: k, Dir: name, Base: "."}, shown, name)
	}
}

func isXMLFile(e entry) bool { return e.mode.IsRegular() && bundle.IsXML(e.name) }

// part reports whether a folder of a bundle holds only files of its own.
func part(name string) bool {
	return bundle.Collection(name) != "" || strings.EqualFold(name, "resources")
}

// list reads what is in the folder. Links to what cannot be reached are said, if it could be a bundle.
func (d *folder) list(own bool) {
	all, err := fs.ReadDir(d.tree.files, d.name)
	if err != nil {
		d.problem("find bundles", "folder %s cannot be read: %v", d.shown, files.Reason(err))
	}
	for _, de := range all {
		e := entry{name: de.Name(), real: path.Join(d.name, de.Name()), mode: de.Type()}
		if e.mode&fs.ModeSymlink != 0 && d.tree.disk && !skipped(e.name) && !(own && part(e.name)) {
			e.link = true
			if !d.follow(&e) {
				continue
			}
		}
		d.entries = append(d.entries, e)
	}
}

// either does what is to be done with an entry now, or behind all others when it is a link.
func (d *folder) either(e entry, do func(shown string)) {
	as := path.Join(d.shown, e.name)
	if e.link {
		d.later = append(d.later, func() { do(as) })
		return
	}
	do(as)
}

// look looks into one entry of a folder.
func (d *folder) look(e entry) {
	switch {
	case e.mode.IsDir() && skipped(e.name):
	case e.mode.IsDir() && d.isRoot(e):
		d.either(e, func(as string) {
			at := bundle.Layout{Kind: bundle.RootKind(e.name), Dir: e.real, Base: e.name}
			d.bundle(d.tree, at, d.shown, d.name)
			d.walk(d.tree, e.real, as, d.depth+1, true)
		})
	case e.mode.IsDir():
		d.either(e, func(as string) { d.walk(d.tree, e.real, as, d.depth+1, false) })
	case !bundle.IsZip(e.name):
	case e.mode.IsRegular():
		d.either(e, func(as string) { d.finder.zip(d.tree, e.real, as) })
	default:
		d.problem("open zip", "%s is %s, not a file, and is not opened", path.Join(d.shown, e.name), bundle.ModeName(e.mode))
	}
}

// isRoot reports whether a folder is a bundle's root folder, and not one that only has its name, such as a collection of
// proxies. Where the name is spelled differently, an XML file alone does not make it one.
func (d *folder) isRoot(e entry) bool {
	k := bundle.RootKind(e.name)
	return k != "" && holdsBundle(d.tree.files, e.real, e.name == k.Root())
}

func holdsBundle(files fs.FS, dir string, exact bool) bool {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return true // reading it will say why not
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return bundle.Collection(e.Name()) != "" || exact && bundle.IsXML(e.Name())
	})
}

// flat lists the kinds of bundles whose parts lie in the folder itself, without a root folder around them. Folders called
// proxies and the like are common, so their files are looked into.
func (d *folder) flat(own bool) []apigee.Kind {
	var kinds []apigee.Kind
	for _, e := range d.entries {
		if own || !e.mode.IsDir() {
			continue
		}
		kind, element := apigee.KindProxy, ""
		switch bundle.Collection(e.name) {
		case "proxies":
			element = "<ProxyEndpoint"
		case "targets":
			element = "<TargetEndpoint"
		case "sharedflows":
			kind, element = apigee.KindSharedFlow, "<SharedFlow"
		default:
			continue
		}
		if !slices.Contains(kinds, kind) && holds(d.tree.files, e.real, element) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Bounds of the look into a folder that may hold endpoints.
const (
	maxPeeks = 20
	peek     = 64 << 10
)

// holds reports whether a folder has an XML file with an element.
func holds(in fs.FS, dir, element string) bool {
	entries, _ := fs.ReadDir(in, dir)
	peeks := 0
	for _, e := range entries {
		if !bundle.IsXML(e.Name()) || e.IsDir() {
			continue
		}
		if peeks++; peeks > maxPeeks {
			break
		}
		start, err := files.ReadStart(in, path.Join(dir, e.Name()), peek)
		if err == nil && bytes.Contains(bytes.ReplaceAll(start, []byte{0}, nil), []byte(element)) { // the zeros are UTF-16's
			return true
		}
	}
	return false
}

// skipped are folders that never hold anybody's own bundles.
func skipped(name string) bool {
	switch name {
	case ".git", ".hg", ".svn", "node_modules", "__MACOSX":
		return true
	}
	return false
}
