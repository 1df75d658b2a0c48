// Package patch takes edited bundles to where people can use them: into the folders on disk that they came from, into a diff, or
// into a folder of bundles to import. It writes nothing that the audit has not read, and nothing outside the paths that were
// given.
package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/fix"
	"apigee-audit/internal/files"
)

// Workspace is the folders on disk in which bundles may be changed.
type Workspace struct {
	given []string          // real paths
	taken map[string]string // real file → the bundle that changes it
}

// NewWorkspace is the workspace of the paths that were given. Those that are files are none: zips are not changed.
func NewWorkspace(paths []string) *Workspace {
	w := &Workspace{taken: map[string]string{}}
	for _, p := range paths {
		if real, err := realPath(p); err == nil {
			if info, err := os.Stat(real); err == nil && info.IsDir() {
				w.given = append(w.given, real)
			}
		}
	}
	return w
}

// realPath is an absolute path without symbolic links.
func realPath(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// Copy is one folder in which a bundle lies.
type Copy struct {
	Source string // its path as reports have it
	given  string // the path that was given, real
	files  []file
}

// file is a file that changes, or is new.
type file struct {
	name          string // below the given path
	shown         string // what people call it
	before, after []byte // before is nil for a new one
	info          fs.FileInfo
}

// path is the file's real path.
func (c *Copy) path(f file) string { return filepath.Join(c.given, f.name) }

// Names are the files that change, as people call them.
func (c *Copy) Names() []string {
	var all []string
	for _, f := range c.files {
		all = append(all, f.shown)
	}
	return all
}

// Locate finds where a bundle lies. It lies in several places where these are byte for byte the same. zips are the places in
// zips. The error says why the bundle must be left alone.
func (w *Workspace) Locate(b *fix.Bundle) (copies []Copy, zips []string, err error) {
	for _, source := range b.Sources() {
		dir := filepath.FromSlash(source)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			zips = append(zips, source) // or in a zip that lies in it
			continue
		}
		c, err := w.copy(b, source, dir)
		if err != nil {
			return nil, nil, err
		}
		copies = append(copies, *c)
	}
	return copies, zips, w.take(b, copies)
}

func (w *Workspace) copy(b *fix.Bundle, source, dir string) (*Copy, error) {
	if b.Archive.Base != "." {
		dir = filepath.Join(dir, root(b))
	}
	base, err := realPath(dir)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be found: %w", dir, files.Reason(err))
	}
	c := &Copy{Source: source}
	i := slices.IndexFunc(w.given, func(g string) bool { return within(g, base) })
	if i < 0 {
		return nil, fmt.Errorf("%s lies outside the paths that were given", dir)
	}
	c.given = w.given[i]
	below, err := filepath.Rel(c.given, base)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(c.given)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened: %w", c.given, files.Reason(err))
	}
	defer r.Close()
	for _, f := range b.Files {
		inner, ok := b.Archive.Inner(b.Revision.Kind, f.Name)
		if !ok || !filepath.IsLocal(filepath.FromSlash(inner)) {
			return nil, fmt.Errorf("%s lies outside the bundle", f.Name)
		}
		shown := filepath.Join(dir, filepath.FromSlash(inner))
		found, err := look(r, below, filepath.FromSlash(inner), f)
		if err != nil {
			return nil, fmt.Errorf("%s %w", shown, err)
		}
		found.shown = shown
		c.files = append(c.files, *found)
	}
	return c, nil
}

// root is the folder in front of the names of a bundle's files.
func root(b *fix.Bundle) string {
	if b.Archive.Base == "" {
		return b.Revision.Kind.Root()
	}
	return b.Archive.Base
}

// within reports whether a real path lies in a folder, or is it.
func within(folder, name string) bool {
	rel, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(rel)
}

// look sees to it that a file may be changed as it was audited. The error follows the file's name. Links inside of a bundle are
// not written through: other bundles may share what they lead to, and the change was not audited with them.
func look(r *os.Root, below, inner string, f fix.File) (*file, error) {
	name := below
	parts := strings.Split(inner, string(filepath.Separator))
	for i, part := range parts {
		name = filepath.Join(name, part)
		info, err := r.Lstat(name)
		last := i == len(parts)-1
		switch {
		case errors.Is(err, fs.ErrNotExist) && f.Before == nil:
			return &file{name: filepath.Join(below, inner), after: f.After}, nil
		case err != nil:
			return nil, fmt.Errorf("cannot be looked at: %w", files.Reason(err))
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, errors.New("is reached through a symbolic link, and other bundles may use the file that it leads to")
		case last && f.Before == nil:
			return nil, errors.New("exists already")
		case last && !info.Mode().IsRegular():
			return nil, fmt.Errorf("is %s, not a file", bundle.ModeName(info.Mode()))
		case last:
			return &file{name: name, before: f.Before, after: f.After, info: info}, same(r, name, f.Before)
		}
	}
	return nil, errors.New("has no name")
}

// same makes sure that a file still has the content that was audited.
func same(r *os.Root, name string, want []byte) error {
	f, err := r.Open(name)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", files.Reason(err))
	}
	defer f.Close()
	got, err := io.ReadAll(io.LimitReader(f, int64(len(want))+1))
	switch {
	case err != nil:
		return fmt.Errorf("cannot be read: %w", files.Reason(err))
	case !bytes.Equal(got, want):
		return errors.New("has changed since it was audited")
	}
	return nil
}

// take notes the files that a bundle changes. Two bundles may have one file in common, as proxies and shared flows without a
// folder of their own around them do; the changes to it were not audited together.
func (w *Workspace) take(b *fix.Bundle, copies []Copy) error {
	for i := range copies {
		for _, f := range copies[i].files {
			if other, taken := w.taken[copies[i].path(f)]; taken {
				return fmt.Errorf("%s belongs to %s as well, which is changed too", f.shown, other)
			}
		}
	}
	for i := range copies {
		for _, f := range copies[i].files {
			w.taken[copies[i].path(f)] = b.Revision.String()
		}
	}
	return nil
}
