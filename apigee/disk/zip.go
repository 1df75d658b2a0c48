package disk

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/snapshot"
)

// Bounds of zips that hold other zips or several bundles; a single bundle has the tighter ones of [bundle.Limits].
const (
	maxZipNesting = 3       // zips in zips
	maxUnpacked   = 2 << 30 // bytes of inner zips unpacked while looking for bundles
	// What is kept open of zips from which several things are read: opening one anew for each would take as long as reading
	// all of it.
	fewEntries     = 1000      // zips on disk with fewer are opened again each time
	maxKeptEntries = 400_000   // of all others together
	maxKeptBytes   = 128 << 20 // of inner zips together
)

// zipped is a zip on disk or inside another zip. It is opened each time, so that nothing stays in memory.
type zipped struct {
	open  func() (r io.ReaderAt, size int64, done func() error, err error)
	inner bool
	kept  []*zip.File // when it stays open
}

// onFile is a zip on disk.
func onFile(name string) *zipped {
	return &zipped{open: func() (io.ReaderAt, int64, func() error, error) { return snapshot.OpenFile(name) }}
}

// inside is the zip at an entry of this one, of which data is what it holds now.
func (z *zipped) inside(name string, data []byte, limit int64) (found *zipped, forget func()) {
	memory := func(data []byte) (io.ReaderAt, int64, func() error, error) {
		return bytes.NewReader(data), int64(len(data)), func() error { return nil }, nil
	}
	inner := &zipped{inner: true, open: func() (io.ReaderAt, int64, func() error, error) { return memory(data) }}
	return inner, func() {
		inner.open = func() (r io.ReaderAt, size int64, done func() error, err error) {
			err = z.with(func(entries []*zip.File) error {
				i, ok := search(entries, name)
				if !ok {
					return errors.New("changed while it was read")
				}
				data, err := unpack(entries[i], limit)
				r, size, done, _ = memory(data)
				return err
			})
			return r, size, done, err
		}
	}
}

// directory reads the directory of the zip.
func (z *zipped) directory() (d *zip.Reader, done func() error, err error) {
	r, size, done, err := z.open()
	if err != nil {
		return nil, nil, err
	}
	if d, err = snapshot.ReadDirectory(r, size); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return d, done, nil
}

// with reads the directory of the zip, sorted, and closes it afterwards.
func (z *zipped) with(use func([]*zip.File) error) error {
	if z.kept != nil {
		return use(z.kept)
	}
	d, done, err := z.directory()
	if err != nil {
		return err
	}
	defer func() { _ = done() }() // it was only read
	return use(entriesByName(d.File))
}

// entriesByName are the entries of a zip with names that lead nowhere else, sorted; those of one name stay in their order.
func entriesByName(all []*zip.File) []*zip.File {
	kept := slices.DeleteFunc(slices.Clone(all), func(e *zip.File) bool { return !bundle.SafeName(e.Name) })
	slices.SortStableFunc(kept, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	return kept
}

// search finds a name among sorted entries.
func search(entries []*zip.File, name string) (int, bool) {
	return slices.BinarySearchFunc(entries, name, func(e *zip.File, s string) int { return strings.Compare(e.Name, s) })
}

// below are the entries of a folder, of entries that are sorted.
func below(entries []*zip.File, dir string) []*zip.File {
	if dir == "." {
		return entries
	}
	from, _ := search(entries, dir+"/")
	to, _ := search(entries, dir+"0") // the character behind the slash
	return entries[from:to]
}

// zip looks into a zip of a tree: usually it is one bundle, but exports of whole organizations hold many, or zips of zips.
func (f *finder) zip(in *tree, name, shown string) {
	switch key := in.key(name); {
	case f.seen[key]:
		f.repeated++
		return
	case in.nesting > maxZipNesting:
		f.problem("open zip", "%s is nested in more than %d zips and is not read", shown, maxZipNesting)
		return
	case f.over(shown):
		return
	default:
		f.seen[key] = true
	}
	before := len(f.bundles)
	z, forget, err := in.zip(name)
	if err == nil {
		err = f.inZip(z, path.Join(in.place, name), shown, in.nesting+1)
		forget()
	}
	if err != nil {
		f.problem("open zip", "%s: %v", shown, err)
		f.bundles = f.bundles[:before]
	}
	if len(f.bundles) > before {
		in.zips++
	}
}

// inZip looks through the content of a zip.
func (f *finder) inZip(z *zipped, place, shown string, nesting int) error {
	d, done, err := z.directory()
	if err != nil {
		return err
	}
	defer func() { _ = done() }() // it was only read
	before := f.found() + len(f.foreign)
	for _, why := range bundle.RefusedNames(d.File) {
		f.problem("open zip", "%s: %v", shown, why)
	}
	if !slices.ContainsFunc(d.File, func(e *zip.File) bool { return !strings.HasSuffix(e.Name, "/") }) {
		return snapshot.ErrEmpty
	}
	// A name that is there twice would be no file at all to the file system; reading the bundle says that it is.
	d.File = slices.CompactFunc(entriesByName(d.File), func(a, b *zip.File) bool { return a.Name == b.Name })
	t := &tree{place: place, nesting: nesting, files: d}
	t.zip = func(name string) (*zipped, func(), error) { return f.innerZip(z, d.File, name) }
	t.reader, t.whole = fromZip(z, t, f.limits), wholeFromZip(z, f.limits)
	f.walk(t, ".", shown, 0, false)
	t.files, t.zip = nil, nil // bundles remember their tree, and a zip's directory is large
	if f.found()+len(f.foreign) == before && !f.full {
		f.foreign = append(f.foreign, shown)
	}
	if t.bundles+t.zips > 1 {
		return f.keep(z, len(d.File))
	}
	return nil
}

// innerZip unpacks a zip in a zip, as long as all of them are not too much together.
func (f *finder) innerZip(z *zipped, entries []*zip.File, name string) (*zipped, func(), error) {
	i, _ := search(entries, name)
	if f.unpacked += int64(min(entries[i].UncompressedSize64, maxUnpacked)); f.unpacked > maxUnpacked {
		return nil, nil, fmt.Errorf("not read, because zips in zips are more than %d MB together: give narrower paths", maxUnpacked>>20)
	}
	data, err := unpack(entries[i], f.limits.Compressed)
	if err != nil {
		return nil, nil, err
	}
	inner, forget := z.inside(name, data, f.limits.Compressed)
	return inner, forget, nil
}

// keep leaves a zip open if opening it again for each bundle would take too long. The error is for one too many.
func (f *finder) keep(z *zipped, entries int) error {
	if !z.inner && entries <= fewEntries {
		return nil
	}
	d, done, err := z.directory()
	if err != nil {
		return err
	}
	f.keptEntries += entries
	if z.inner {
		_, size, _, _ := z.open() // it is in memory
		f.keptBytes += size
	}
	if f.keptEntries > maxKeptEntries || f.keptBytes > maxKeptBytes {
		_ = done() // it was only read
		return errors.New("not read, because zips that hold several bundles are too large together: give narrower paths")
	}
	f.done = append(f.done, done)
	z.kept = entriesByName(d.File)
	return nil
}

// fromZip reads the bundles of a zip: one that is the zip, or one of several.
func fromZip(z *zipped, t *tree, l bundle.Limits) func(bundle.Layout) func() (*bundle.Archive, error) {
	return func(at bundle.Layout) func() (*bundle.Archive, error) {
		return func() (a *bundle.Archive, err error) {
			if t.bundles == 1 && (at.Dir == "." || at.Dir == at.Base) {
				return z.whole(at, l)
			}
			err = z.with(func(entries []*zip.File) error {
				a, err = bundle.ReadZipPart(below(entries, at.Dir), at, l)
				return err
			})
			return a, err
		}
	}
}

// wholeFromZip reads all files of the bundles of a zip.
func wholeFromZip(z *zipped, l bundle.Limits) func(bundle.Layout) func() (map[string][]byte, error) {
	return func(at bundle.Layout) func() (map[string][]byte, error) {
		return func() (all map[string][]byte, err error) {
			err = z.with(func(entries []*zip.File) error {
				all, err = bundle.WholeZip(below(entries, at.Dir), at, l)
				return err
			})
			return all, err
		}
	}
}

// whole reads a zip that is one bundle.
func (z *zipped) whole(at bundle.Layout, l bundle.Limits) (*bundle.Archive, error) {
	r, size, done, err := z.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = done() }() // it was only read
	// One byte above the limit lets ReadZipAs say that it is too large.
	data, err := io.ReadAll(io.NewSectionReader(r, 0, min(size, l.Compressed+1)))
	if err != nil {
		return nil, err
	}
	return bundle.ReadZipAs(data, at, l)
}

// unpack reads one entry, trusting neither its declared size nor its compression ratio.
func unpack(file *zip.File, limit int64) ([]byte, error) {
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("larger than %d MB", limit>>20)
	}
	return data, err
}
