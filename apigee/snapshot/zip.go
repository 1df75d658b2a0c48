package snapshot

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// Bounds of zips that hold other zips or several bundles; a single bundle has the tighter ones of [apigee.Limits].
const (
	maxZipNesting = 3       // zips in zips
	maxZipEntries = 100_000 // entries of one zip
	maxUnpacked   = 1 << 30 // bytes of inner zips unpacked while looking into one zip
)

// blob opens the bytes of a zip, on disk or inside another zip, each time anew, so that nothing stays in memory.
type blob func() (r io.ReaderAt, size int64, done func() error, err error)

// fileBlob is a zip on disk. What is not a file is not opened: that alone could wait for ever.
func fileBlob(name string) blob {
	return func() (io.ReaderAt, int64, func() error, error) {
		info, err := os.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("neither a folder nor a regular file")
		}
		if err != nil {
			return nil, 0, nil, reason(err)
		}
		file, err := os.Open(name)
		if err != nil {
			return nil, 0, nil, reason(err)
		}
		if info, err = file.Stat(); err != nil {
			file.Close()
			return nil, 0, nil, reason(err)
		}
		return file, info.Size(), file.Close, nil
	}
}

// inner is the zip at one entry of a zip.
func (b blob) inner(entry int, limit int64) blob {
	return func() (io.ReaderAt, int64, func() error, error) {
		var data []byte
		err := b.with(func(z *zip.Reader) (err error) {
			if entry >= len(z.File) {
				return errors.New("changed while it was read")
			}
			data, err = unpack(z.File[entry], limit)
			return err
		})
		return bytes.NewReader(data), int64(len(data)), func() error { return nil }, err
	}
}

var errEmpty = errors.New("the zip is empty, as a failed export leaves it: export the bundle again")

// open reads the directory of the zip.
func (b blob) open() (z *zip.Reader, done func() error, err error) {
	r, size, done, err := b()
	if err != nil {
		return nil, nil, err
	}
	switch z, err = zip.NewReader(r, size); {
	case size == 0:
		err = errEmpty
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // such names are refused where files are read
		err = fmt.Errorf("not a readable zip: %w", err)
	case len(z.File) > maxZipEntries:
		err = fmt.Errorf("has %d entries, more than the %d that are read", len(z.File), maxZipEntries)
	default:
		return z, done, nil
	}
	return nil, nil, errors.Join(err, done())
}

// with reads the directory of the zip and closes it afterwards.
func (b blob) with(use func(*zip.Reader) error) error {
	z, done, err := b.open()
	if err != nil {
		return err
	}
	defer func() { _ = done() }() // it was only read
	return use(z)
}

// zip looks into a zip of a tree: usually it is one bundle, but exports of whole organizations hold many, or zips of zips.
func (f *finder) zip(in *tree, name, shown string) {
	switch key := in.key(name); {
	case f.seen[key]:
		f.repeated++
		return
	case in.nesting > maxZipNesting:
		f.problem("open zip", "%s lies in more than %d zips and is not read", shown, maxZipNesting)
		return
	default:
		f.seen[key] = true
	}
	b, err := in.zip(name)
	if err == nil {
		err = b.with(func(z *zip.Reader) error { return f.inZip(b, z, path.Join(in.place, name), shown, in.nesting+1) })
	}
	if err != nil {
		f.problem("open zip", "%s: %v", shown, err)
	}
}

// inZip looks through the content of a zip.
func (f *finder) inZip(b blob, z *zip.Reader, place, shown string, nesting int) error {
	before := f.found() + len(f.foreign)
	for _, why := range apigee.RefusedNames(z.File) {
		f.problem("open zip", "%s: %v", shown, why)
	}
	isFile := func(e *zip.File) bool { return !strings.HasSuffix(e.Name, "/") }
	if !slices.ContainsFunc(z.File, isFile) {
		return errEmpty
	}
	t := &tree{place: place, nesting: nesting, zip: b.zips(z.File, f.limits.Compressed)}
	t.reader = fromZip(b, t, f.limits)
	z.File = entriesByName(z.File)
	t.files = z
	f.walk(t, ".", shown, 0, false)
	t.files, t.zip = nil, nil // bundles remember their tree, and a zip's directory is large
	if t.bundles > 1 {
		t.kept = f.kept.keep(b)
	}
	if f.found()+len(f.foreign) == before {
		f.foreign = append(f.foreign, shown)
	}
	return nil
}

// entriesByName are the entries of a zip with names that lead nowhere else, sorted; of equal names the first.
func entriesByName(all []*zip.File) []*zip.File {
	kept := slices.DeleteFunc(slices.Clone(all), func(e *zip.File) bool { return !apigee.SafeName(e.Name) })
	slices.SortStableFunc(kept, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(kept, func(a, b *zip.File) bool { return a.Name == b.Name })
}

// zips opens the zips in a zip, as long as they are not too much together.
func (b blob) zips(entries []*zip.File, limit int64) func(string) (blob, error) {
	index := map[string]int{}
	for i, e := range slices.Backward(entries) {
		if isZip(e.Name) {
			index[e.Name] = i
		}
	}
	unpacked := int64(0)
	return func(name string) (blob, error) {
		i := index[name]
		if unpacked += int64(min(entries[i].UncompressedSize64, maxUnpacked)); unpacked > maxUnpacked {
			return nil, fmt.Errorf("not read, because the zips beside it are more than %d MB together", maxUnpacked>>20)
		}
		return b.inner(i, limit), nil
	}
}

// fromZip reads the bundles of a zip: one that is the zip, or one of several.
func fromZip(b blob, t *tree, l apigee.Limits) func(apigee.Layout) func() (*apigee.Archive, error) {
	return func(at apigee.Layout) func() (*apigee.Archive, error) {
		return func() (a *apigee.Archive, err error) {
			if t.bundles == 1 && (at.Dir == "." || at.Dir == at.Base) {
				return b.whole(at, l)
			}
			if t.kept != nil {
				return apigee.ReadZipPart(below(t.kept, at.Dir), at, l)
			}
			err = b.with(func(z *zip.Reader) error {
				a, err = apigee.ReadZipPart(below(entriesByName(z.File), at.Dir), at, l)
				return err
			})
			return a, err
		}
	}
}

// below are the entries of a folder, of entries that are sorted.
func below(entries []*zip.File, dir string) []*zip.File {
	if dir == "." {
		return entries
	}
	find := func(prefix string) int {
		i, _ := slices.BinarySearchFunc(entries, prefix, func(e *zip.File, s string) int { return strings.Compare(e.Name, s) })
		return i
	}
	return entries[find(dir+"/"):find(dir+"0")] // the character behind the slash
}

// whole reads a zip that is one bundle.
func (b blob) whole(at apigee.Layout, l apigee.Limits) (*apigee.Archive, error) {
	r, size, done, err := b()
	if err != nil {
		return nil, err
	}
	defer func() { _ = done() }() // it was only read
	// One byte above the limit lets ReadZipAs say that it is too large.
	data, err := io.ReadAll(io.NewSectionReader(r, 0, min(size, l.Compressed+1)))
	if err != nil {
		return nil, err
	}
	return apigee.ReadZipAs(data, at, l)
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

// Bounds of the zips that are kept open.
const (
	maxKept        = 32      // zips
	maxKeptEntries = 200_000 // entries together
)

// keptZips are zips of several bundles, kept open until everything is read: finding one bundle among the entries of a large
// zip takes as long as finding all.
type keptZips struct {
	entries int
	done    []func() error
}

// keep opens a zip and returns its entries, sorted, or nil where it is not worth it.
func (k *keptZips) keep(b blob) []*zip.File {
	if len(k.done) >= maxKept {
		return nil
	}
	z, done, err := b.open()
	if err != nil {
		return nil // reading will say so
	}
	if k.entries+len(z.File) > maxKeptEntries {
		_ = done() // it was only read
		return nil
	}
	k.entries += len(z.File)
	k.done = append(k.done, done)
	return entriesByName(z.File)
}

func (k *keptZips) close() {
	for _, done := range k.done {
		_ = done() // it was only read
	}
	k.done = nil
}
