package bundle

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
)

// Repacked is a downloaded zip with other content in some of its files, and with files that it did not have; names are as in
// [Archive.Files]. Whatever else is in the zip stays as it was packed, byte for byte and in its order.
func (a *Archive) Repacked(files map[string][]byte, l Limits) ([]byte, error) {
	z, prefix, err := a.reopened(l)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	written := map[string]bool{}
	var latest time.Time
	for _, f := range z.File {
		if f.Modified.After(latest) {
			latest = f.Modified
		}
		name, inside := strings.CutPrefix(f.Name, prefix)
		data, changed := files[name]
		if !inside || !changed {
			if err := w.Copy(f); err != nil {
				return nil, fmt.Errorf("copy %s: %w", f.Name, err)
			}
			continue
		}
		if written[name] {
			return nil, fmt.Errorf("the zip has two files %s", f.Name)
		}
		written[name] = true
		h := f.FileHeader
		h.Extra = nil // times, which the writer adds again
		if err := pack(w, h, data); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !written[name] {
			if err := pack(w, zip.FileHeader{Name: prefix + name, Method: zip.Deflate, Modified: latest}, files[name]); err != nil {
				return nil, err
			}
		}
	}
	if err := w.SetComment(z.Comment); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// Unpacked are all files in the root folder of a downloaded zip, those that the audit does not read included, by names as in
// [Archive.Files].
func (a *Archive) Unpacked(k apigee.Kind, l Limits) (map[string][]byte, error) {
	z, prefix, err := a.reopened(l)
	if err != nil {
		return nil, err
	}
	return unpacked(z.File, Layout{Kind: k, Dir: prefix + k.Root(), Base: k.Root()}, l)
}

func (a *Archive) reopened(l Limits) (z *zip.Reader, prefix string, err error) {
	if z, err = openZip(a.Zip, l); err != nil {
		return nil, "", err
	}
	sound, _ := soundEntries(z.File)
	prefix, err = locate(sound)
	return z, prefix, err
}

// Packed is a zip of files that is the same whenever it is made.
func Packed(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		// The first day that a zip can name.
		h := zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		if err := pack(w, h, files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

func pack(w *zip.Writer, h zip.FileHeader, data []byte) error {
	f, err := w.CreateHeader(&h)
	if err == nil {
		_, err = f.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", h.Name, err)
	}
	return nil
}

// unpacked reads every file of a bundle in a zip. The error is for the first that cannot be read: half of a bundle is none.
func unpacked(entries []*zip.File, at Layout, l Limits) (map[string][]byte, error) {
	w := newWhole(at, l)
	for _, f := range entries {
		inner, ok := at.inner(f.Name)
		if !ok || strings.HasSuffix(f.Name, "/") || junk(f.Name) || !SafeName(f.Name) {
			continue
		}
		if !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is %s, not a file", f.Name, ModeName(f.Mode()))
		}
		if err := w.add(inner, func(limit int64) ([]byte, error) { return unpack(f, limit) }); err != nil {
			return nil, err
		}
	}
	return w.files, nil
}

// WholeZip are all files of a bundle in a zip on disk, those that the audit does not read included, with the root folder that
// Apigee wants in front of their names.
func WholeZip(entries []*zip.File, at Layout, l Limits) (map[string][]byte, error) {
	if len(entries) > l.Entries {
		return nil, tooManyEntries(len(entries), l)
	}
	return unpacked(entries, at, l)
}

// whole gathers all files of a bundle under the limits.
type whole struct {
	at     Layout
	limits Limits
	left   int64
	files  map[string][]byte
}

func newWhole(at Layout, l Limits) *whole {
	return &whole{at: at, limits: l, left: l.Inflated, files: map[string][]byte{}}
}

// has reports whether a file is the bundle's: without a root folder around it, others may lie beside it.
func (w *whole) has(inner string) bool {
	folder, _, nested := strings.Cut(inner, "/")
	switch {
	case w.at.Base != ".":
		return true
	case !nested:
		return inner == w.at.Description
	}
	return Collection(folder) != "" || strings.EqualFold(folder, "resources")
}

func (w *whole) add(inner string, read func(limit int64) ([]byte, error)) error {
	if !w.has(inner) {
		return nil
	}
	name := w.at.Kind.Root() + "/" + inner
	if _, twice := w.files[name]; twice {
		return fmt.Errorf("there are two files %s", name)
	}
	data, err := read(min(w.limits.File, w.left))
	if err != nil {
		return &FileError{name, err}
	}
	w.left -= int64(len(data))
	w.files[name] = data
	return nil
}
