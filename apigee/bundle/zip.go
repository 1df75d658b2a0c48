package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"apigee-audit/internal/text"
)

// Open lists the files of a downloaded zip; nothing is ever extracted to disk. The error is for data that is not a bundle at
// all. A single bad entry becomes a problem of the archive, or an error of its content, and the rest can be read.
func (a *Archive) Open(l Limits) error {
	z, err := openZip(a.Zip, l)
	if err != nil {
		return err
	}
	sound, refused := soundEntries(z.File)
	prefix, err := locate(sound)
	if err != nil {
		if len(refused) > 0 {
			err = fmt.Errorf("%w: %w", err, refused[0])
		}
		return err
	}
	c := newCollector("", l, len(sound))
	c.unpacker = &unpacker{zip: a.Zip}
	for _, f := range sound {
		if name, ok := strings.CutPrefix(f.Name, prefix); ok {
			root, inner, _ := strings.Cut(name, "/")
			if k := RootKind(root); k != "" && root == k.Root() && !isFolder(f) {
				c.list(name, inner, f)
			}
		}
	}
	for _, why := range refused {
		c.refuse("", why.Error())
	}
	found := c.finish()
	a.Base, a.Files, a.Problems, a.Notices = found.Base, found.Files, found.Problems, found.Notices
	return nil
}

// ReadZipAs reads a zip on disk that holds one bundle of a known layout.
func ReadZipAs(data []byte, at Layout, l Limits) (*Archive, error) {
	z, err := openZip(data, l)
	if err != nil {
		return nil, err
	}
	a := readEntries(z.File, at, l, &unpacker{zip: data})
	a.SHA256 = digestOf(data)
	return a, nil
}

// ReadZipPart reads one bundle of a zip that holds several, or other things beside it, from those entries that lie in its
// folder.
func ReadZipPart(entries []*zip.File, at Layout, l Limits) (*Archive, error) {
	if at.Base != "." && len(entries) > l.Entries { // without a root folder they may be anything
		return nil, tooManyEntries(len(entries), l)
	}
	a := readEntries(entries, at, l, nil)
	a.seal(at.Kind)
	return a, nil
}

// NotReadable is the error of data that should have been a zip. The library's own says no more where it is none at all.
func NotReadable(err error) error {
	if errors.Is(err, zip.ErrFormat) {
		return errors.New("not a readable zip")
	}
	return fmt.Errorf("not a readable zip: %w", err)
}

func openZip(data []byte, l Limits) (*zip.Reader, error) {
	if int64(len(data)) > l.Compressed {
		return nil, fmt.Errorf("the zip is larger than %s", text.Bytes(l.Compressed))
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // insecure names are refused one by one
		return nil, NotReadable(err)
	}
	if len(z.File) > l.Entries {
		return nil, tooManyEntries(len(z.File), l)
	}
	return z, nil
}

func tooManyEntries(n int, l Limits) error {
	return fmt.Errorf("the bundle has %d entries, more than the %d that are read", n, l.Entries)
}

// locate finds what stands in front of the bundle's root folder. Zips made by hand often hold it one folder down.
func locate(entries []*zip.File) (prefix string, err error) {
	least := -1 // folders in front of the root folder that was found
	for _, f := range entries {
		name, at := f.Name, 0
		for depth := 0; depth < least || least < 0; depth++ {
			folder, _, nested := strings.Cut(name[at:], "/")
			if !nested {
				break
			}
			if k := RootKind(folder); k != "" && folder == k.Root() {
				prefix, least = name[:at], depth
				break
			}
			at += len(folder) + 1
		}
	}
	if least < 0 {
		return "", errNoRoot
	}
	return prefix, nil
}

var errNoRoot = errors.New("no apiproxy/ or sharedflowbundle/ folder inside")

// inner is the name of a zip's entry inside the bundle's root folder.
func (at Layout) inner(name string) (inner string, ok bool) {
	if at.Dir == "." {
		return name, true
	}
	return strings.CutPrefix(name, at.Dir+"/")
}

// readEntries lists the files of a bundle for an unpacker, and reads them where there is none.
func readEntries(files []*zip.File, at Layout, l Limits, u *unpacker) *Archive {
	c := newCollector(at.Base, l, 0)
	c.unpacker = u
	for _, f := range files {
		inner, ok := at.inner(f.Name)
		if !ok || !at.reads(inner) {
			continue
		}
		c.entry(at.Base, inner, f)
	}
	return c.finish()
}

// entry adds one entry of a zip. Names that could point outside name nothing.
func (c *collector) entry(base, inner string, f *zip.File) {
	if !SafeName(f.Name) || junk(f.Name) || isFolder(f) {
		return
	}
	if c.unpacker == nil {
		c.add(base, inner, func(limit int64) ([]byte, error) {
			if err := regular(f); err != nil {
				return nil, err
			}
			return unpack(f, limit)
		})
		return
	}
	c.list(path.Join(base, inner), inner, f)
}

func isFolder(f *zip.File) bool { return strings.HasSuffix(f.Name, "/") }

// regular says why an entry is not a file.
func regular(f *zip.File) error {
	switch m := f.Mode(); {
	case m.IsRegular():
		return nil
	case m&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link, which leads nowhere in a zip; pack the folder again so that the files themselves are in it, with zip without --symlinks")
	default:
		return errors.New("it is " + ModeName(m) + ", not a file")
	}
}

// SafeName reports whether an entry of a zip has a name that cannot point outside.
func SafeName(name string) bool {
	return fs.ValidPath(strings.TrimSuffix(name, "/")) && strings.IndexByte(name, '\\') < 0 && strings.IndexByte(name, 0) < 0
}

// RefusedNames says which names of a zip's entries are refused and why, nothing when none is.
func RefusedNames(files []*zip.File) []error {
	_, refused := soundEntries(files)
	return refused
}

// soundEntries are those whose names are safe, and why others are refused, in one sentence for each reason: a zip may have
// thousands.
func soundEntries(files []*zip.File) (sound []*zip.File, refused []error) {
	sound = make([]*zip.File, 0, len(files))
	var slashes, outside []string
	for _, f := range files {
		switch name := f.Name; {
		case junk(strings.ReplaceAll(name, `\`, "/")):
		case SafeName(name):
			sound = append(sound, f)
		case fs.ValidPath(path.Clean(strings.ReplaceAll(name, `\`, "/"))) && !strings.ContainsAny(name, ":\x00"):
			slashes = append(slashes, name)
		default:
			outside = append(outside, name)
		}
	}
	const longest = 100
	if n := len(slashes); n > 0 {
		refused = append(refused, fmt.Errorf(`the zip has backslashes instead of slashes in %d of its %d names, such as %q: a Windows tool wrote them, Apigee refuses such a zip, `+
			`and it is not read; pack the folder again with a tool that writes slashes, such as 7-Zip, jar or PowerShell 7`, n, len(files), text.Clip(slashes[0], longest)))
	}
	if n := len(outside); n > 0 {
		refused = append(refused, fmt.Errorf("the zip has names that could point outside the bundle, which are not read: %d of %d, such as %q", n, len(files), text.Clip(outside[0], longest)))
	}
	return sound, refused
}
