package snapshot

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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

func fileBlob(name string) blob {
	return func() (io.ReaderAt, int64, func() error, error) {
		file, err := os.Open(name)
		if err != nil {
			return nil, 0, nil, err
		}
		info, err := file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("neither a folder nor a regular file")
		}
		if err != nil {
			file.Close()
			return nil, 0, nil, err
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

// with reads the directory of the zip and closes it afterwards.
func (b blob) with(use func(*zip.Reader) error) error {
	r, size, done, err := b()
	if err != nil {
		return err
	}
	defer func() { _ = done() }() // it was only read
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // such names are refused where files are read
		return fmt.Errorf("not a readable zip: %w", err)
	}
	if len(z.File) > maxZipEntries {
		return fmt.Errorf("has %d entries, more than the %d that are read", len(z.File), maxZipEntries)
	}
	return use(z)
}

// zip adds the bundles of one zip: usually it is one, but exports of whole organizations hold many, or zips of zips.
func (f *finder) zip(b blob, place, shown string, nesting int) {
	if nesting > maxZipNesting {
		f.problem("open zip", "%s lies in more than %d zips and is not read", shown, maxZipNesting)
		return
	}
	err := b.with(func(z *zip.Reader) error {
		if slices.ContainsFunc(z.File, func(e *zip.File) bool { return path.Base(e.Name) == manifestName }) {
			if files, err := inside(z); err == nil && isManifest(files) {
				f.isSnapshot(shown)
				return nil
			}
		}
		roots, zips := contents(z)
		for _, root := range roots {
			f.zipBundle(b, z, root, len(roots) == 1, place, shown)
		}
		unpacked := int64(0)
		for _, i := range zips {
			if unpacked += int64(min(z.File[i].UncompressedSize64, maxUnpacked)); unpacked > maxUnpacked {
				return fmt.Errorf("its inner zips are larger than %d MB together; the rest is not read", maxUnpacked>>20)
			}
			name := z.File[i].Name
			f.zip(b.inner(i, f.limits.Compressed), place+"\x00"+name, shown+"/"+name, nesting+1)
		}
		return nil
	})
	if err != nil {
		f.problem("open zip", "%s: %v", shown, err)
	}
}

// contents lists the root folders of the bundles in a zip, sorted, and the entries that are zips themselves.
func contents(z *zip.Reader) (roots []string, zips []int) {
	for i, file := range z.File {
		parts := strings.Split(file.Name, "/")
		if !fs.ValidPath(strings.TrimSuffix(file.Name, "/")) || slices.ContainsFunc(parts, skipped) || strings.HasPrefix(path.Base(file.Name), "._") {
			continue
		}
		inside := false
		for at := range len(parts) - 1 {
			if kindOf(parts[at]) != "" && bundlePart(parts[at+1]) {
				roots = append(roots, strings.Join(parts[:at+1], "/"))
				inside = true
				break
			}
		}
		if !inside && isZip(file.Name) {
			zips = append(zips, i)
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots), zips
}

func (f *finder) zipBundle(b blob, z *zip.Reader, root string, only bool, place, shown string) {
	dir := path.Dir(root)
	sub, err := fs.Sub(z, dir)
	if err != nil {
		f.problem("open zip", "%s: %s: %v", shown, root, err)
		return
	}
	fallback := strings.TrimSuffix(filepath.Base(shown), filepath.Ext(shown))
	if dir != "." {
		fallback = path.Base(dir)
		shown += "/" + dir
	}
	read := b.readPart(dir, f.limits)
	if only && dir == "." {
		read = b.readWhole(f.limits)
	}
	base := path.Base(root)
	f.add(place+"\x00"+root, bundle{
		Ref:  apigee.Ref{Kind: kindOf(base), Name: bundleName(sub, base, fallback, f.limits)},
		root: shown,
		read: read,
	})
}

// readWhole reads a zip that is one bundle.
func (b blob) readWhole(l apigee.Limits) func() (*apigee.Archive, error) {
	return func() (*apigee.Archive, error) {
		r, size, done, err := b()
		if err != nil {
			return nil, err
		}
		defer func() { _ = done() }() // it was only read
		// One byte above the limit lets ReadZip say that it is too large.
		data, err := io.ReadAll(io.NewSectionReader(r, 0, min(size, l.Compressed+1)))
		if err != nil {
			return nil, err
		}
		return apigee.ReadZip(data, l)
	}
}

// readPart reads one of several bundles in a zip.
func (b blob) readPart(dir string, l apigee.Limits) func() (*apigee.Archive, error) {
	return func() (a *apigee.Archive, err error) {
		err = b.with(func(z *zip.Reader) error {
			sub, err := fs.Sub(z, dir)
			if err != nil {
				return err
			}
			a, err = apigee.ReadDir(sub, l)
			return err
		})
		return a, err
	}
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
