package fix

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
)

// bench holds the bundles that one attempt works on.
type bench struct {
	shelf  *shelf
	drafts map[apigee.Revision]*draft
}

// shelf keeps bundles as they were read, so that several attempts need not unpack them again. It is for one goroutine.
type shelf struct {
	ctx    context.Context
	audit  *audit.Audit
	sheets map[apigee.Revision]*sheet
}

func newShelf(ctx context.Context, a *audit.Audit) *shelf {
	return &shelf{ctx: ctx, audit: a, sheets: map[apigee.Revision]*sheet{}}
}

func (s *shelf) bench() *bench { return &bench{shelf: s, drafts: map[apigee.Revision]*draft{}} }

// take is a bundle as it was read.
func (s *shelf) take(r apigee.Revision) (*draft, error) {
	known := s.sheets[r]
	if known == nil {
		a, err := s.audit.Archive(s.ctx, r)
		if err != nil {
			return nil, fmt.Errorf("its bundle could not be read again: %w", err)
		}
		files, err := a.Contents()
		if err != nil {
			return nil, fmt.Errorf("its bundle could not be read again: %w", err)
		}
		known = newSheet(r, a, s.audit.Limits().Depth, files)
		s.sheets[r] = known
	}
	return known.draft(), nil
}

// sheet is a bundle as it was read, and those of its documents that were asked for.
type sheet struct {
	revision  apigee.Revision
	archive   *bundle.Archive
	depth     int
	original  map[string][]byte
	documents map[string]*xmltree.Document
}

func newSheet(r apigee.Revision, a *bundle.Archive, depth int, files map[string][]byte) *sheet {
	return &sheet{revision: r, archive: a, depth: depth, original: files, documents: map[string]*xmltree.Document{}}
}

// read is a file as it was read.
func (s *sheet) read(file string) (*xmltree.Document, error) {
	if doc := s.documents[file]; doc != nil {
		return doc, nil
	}
	doc, err := xmltree.Parse(file, s.original[file], s.depth)
	if err == nil {
		s.documents[file] = doc
	}
	return doc, err
}

func (s *sheet) draft() *draft {
	return &draft{sheet: s, files: maps.Clone(s.original), edited: map[string]*xmltree.Document{}}
}

// open is the draft of a bundle: as it was read, or as it was edited on this bench.
func (b *bench) open(r apigee.Revision) (*draft, error) {
	if d := b.drafts[r]; d != nil {
		return d, nil
	}
	d, err := b.shelf.take(r)
	if err != nil {
		return nil, err
	}
	b.drafts[r] = d
	return d, nil
}

// clone is a bench with the same drafts, whose edits the first does not see.
func (b *bench) clone() *bench {
	out := b.shelf.bench()
	for r, d := range b.drafts {
		out.drafts[r] = d.clone()
	}
	return out
}

// changed are the drafts that differ from what was read, in the order of their revisions.
func (b *bench) changed() []*draft {
	out := slices.SortedFunc(maps.Values(b.drafts), func(x, y *draft) int { return apigee.CompareRevisions(x.revision, y.revision) })
	return slices.DeleteFunc(out, func(d *draft) bool { return len(d.changes()) == 0 })
}

// instead are the edited bundles for an audit.
func (b *bench) instead() map[apigee.Revision]*bundle.Archive {
	out := map[apigee.Revision]*bundle.Archive{}
	for _, d := range b.changed() {
		out[d.revision] = d.archive.Edited(d.files)
	}
	return out
}

// draft is a bundle that is being edited in memory.
type draft struct {
	*sheet
	files  map[string][]byte
	edited map[string]*xmltree.Document // the files that were put in, as they are now
}

func (d *draft) clone() *draft {
	c := *d
	c.files, c.edited = maps.Clone(d.files), maps.Clone(d.edited)
	return &c
}

// changes are the names of the files that differ from what was read or are new, sorted.
func (d *draft) changes() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(d.edited)) {
		if before, had := d.original[name]; !had || !bytes.Equal(before, d.files[name]) {
			out = append(out, name)
		}
	}
	return out
}

// names are the files of the bundle, sorted.
func (d *draft) names() []string { return slices.Sorted(maps.Keys(d.files)) }

// policies are the files of policies, sorted.
func (d *draft) policies() []string {
	return slices.DeleteFunc(d.names(), func(file string) bool { return bundle.Collection(path.Base(path.Dir(file))) != "policies" })
}

// document is a file as it is now.
func (d *draft) document(file string) (*xmltree.Document, error) {
	if doc := d.edited[file]; doc != nil {
		return doc, nil
	}
	if _, ok := d.original[file]; !ok {
		return nil, fmt.Errorf("the bundle has no file %s", file)
	}
	doc, err := d.read(file)
	if err != nil {
		return nil, fmt.Errorf("%s is not well-formed: %w", file, err)
	}
	return doc, nil
}

// splice is a text in the place of a region of a document, in bytes of its source.
type splice struct {
	start, end int
	text       string
}

// edit changes a file in some regions, which do not overlap.
func (d *draft) edit(file string, all ...splice) error {
	doc, err := d.document(file)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b splice) int { return a.start - b.start })
	var out strings.Builder
	at := 0
	for _, s := range all {
		if s.start < at {
			return fmt.Errorf("two changes of %s are about the same text", file)
		}
		out.WriteString(doc.Source[at:s.start])
		out.WriteString(s.text)
		at = s.end
	}
	out.WriteString(doc.Source[at:])
	data, err := doc.Encode(out.String())
	if err != nil {
		return fmt.Errorf("%s %w", file, err)
	}
	return d.put(file, data)
}

// add adds a file. It must not be there yet, in whatever case of its letters.
func (d *draft) add(file, text string) error {
	for name := range d.files {
		if strings.EqualFold(name, file) {
			return fmt.Errorf("the bundle has a file %s already", name)
		}
	}
	return d.put(file, []byte(text))
}

// put keeps the new content of a file, if it can be read.
func (d *draft) put(file string, data []byte) error {
	doc, err := xmltree.Parse(file, data, d.depth)
	if err != nil {
		return fmt.Errorf("%s would not be well-formed: %w", file, err)
	}
	d.files[file], d.edited[file] = data, doc
	return nil
}
