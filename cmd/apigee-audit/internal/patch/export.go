package patch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/audit/fix"
)

// DiffName is the file in an exported folder that shows all changes in it.
const DiffName = "changes.diff"

// Export is a folder that is being filled with edited bundles. Until [Export.Commit] there is nothing at its path.
type Export struct {
	target, tmp string
	root        *os.Root
	diff        strings.Builder
	taken       map[string]bool // lower-case folders: some file systems take "Login" and "login" for one
}

// NewExport begins a folder. It must not exist yet, or be empty. The error wraps [fs.ErrExist] for one that holds something. Only
// the user can read it: bundles hold secrets often enough.
func NewExport(target string) (*Export, error) {
	target = filepath.Clean(target)
	if err := vacant(target); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(target), ".apigee-audit-fix-*") // mode 0700
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(tmp)
	if err != nil {
		return nil, errors.Join(err, os.Remove(tmp))
	}
	return &Export{target: target, tmp: tmp, root: root, taken: map[string]bool{}}, nil
}

// vacant is nil when there is nothing of a name, or an empty folder.
func vacant(name string) error {
	entries, err := os.ReadDir(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(name); err == nil { // a link to nothing
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		}
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	return nil
}

// Abort removes what was written.
func (e *Export) Abort() error { return errors.Join(e.root.Close(), os.RemoveAll(e.tmp)) }

// Commit gives the folder its name, with the diff of everything in it.
func (e *Export) Commit() error {
	err := e.write(DiffName, []byte(e.diff.String()))
	if err = errors.Join(err, e.root.Close()); err != nil {
		return err
	}
	if err := vacant(e.target); err != nil {
		return err
	}
	if err := os.Remove(e.target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(e.tmp, e.target)
}

// Whole reads all files of a bundle that lies on disk.
type Whole func(apigee.Revision) (map[string][]byte, error)

// Add adds a bundle, as a folder and as a zip to import. folder is where: see [Folders]. whole is for bundles on disk.
func (e *Export) Add(folder string, b *fix.Bundle, whole Whole, l bundle.Limits) error {
	if key := strings.ToLower(folder); e.taken[key] {
		return fmt.Errorf("another bundle is in folder %s already, if the case of letters is left out of account", folder)
	}
	content, zip, err := contents(b, whole, l)
	if err != nil {
		return err
	}
	for name, data := range content {
		if err := e.write(path.Join(folder, name), data); err != nil {
			return err
		}
	}
	if err := e.write(path.Join(folder, path.Base(folder)+".zip"), zip); err != nil {
		return err
	}
	e.taken[strings.ToLower(folder)] = true
	e.diff.WriteString(Listed(folder, b))
	return nil
}

// contents are the files of an edited bundle, and the zip of them.
func contents(b *fix.Bundle, whole Whole, l bundle.Limits) (content map[string][]byte, zip []byte, err error) {
	if b.Archive.Zip == nil {
		if content, err = whole(b.Revision); err != nil {
			return nil, nil, err
		}
		for _, f := range b.Files {
			content[standard(b, f)] = f.After
		}
		zip, err = bundle.Packed(content)
		return content, zip, err
	}
	if content, err = b.Archive.Unpacked(b.Revision.Kind, l); err != nil {
		return nil, nil, err
	}
	changed := map[string][]byte{}
	for _, f := range b.Files {
		content[standard(b, f)], changed[f.Name] = f.After, f.After
	}
	zip, err = b.Archive.Repacked(changed, l)
	return content, zip, err
}

// standard is the name of a file with the root folder that Apigee wants.
func standard(b *fix.Bundle, f fix.File) string {
	inner, ok := b.Archive.Inner(b.Revision.Kind, f.Name)
	if !ok {
		return f.Name
	}
	return b.Revision.Kind.Root() + "/" + inner
}

func (e *Export) write(name string, data []byte) error {
	name = filepath.FromSlash(name)
	if err := e.root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", name, reason(err))
	}
	if err := e.root.WriteFile(name, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, reason(err))
	}
	return nil
}

// Listed is the diff of a bundle with the paths that it has in a folder.
func Listed(folder string, b *fix.Bundle) string {
	var out strings.Builder
	for _, f := range b.Files {
		out.WriteString(unified(path.Join(folder, standard(b, f)), f.Before, f.After))
	}
	return out.String()
}

// Folders are the folders of bundles: apis/login, and where several revisions or copies of one change apis/login/12. In front is
// the organization, if it is not "". The error, which is for one bundle alone, is for a name that could lead elsewhere.
func Folders(organization string, all []fix.Bundle) (folders []string, errs []error) {
	of := map[apigee.Ref][]apigee.Revision{}
	for i := range all {
		r := all[i].Revision
		of[r.Ref()] = append(of[r.Ref()], r)
	}
	folders, errs = make([]string, len(all)), make([]error, len(all))
	for i := range all {
		r := all[i].Revision
		parts := []string{string(r.Kind), r.Name}
		if siblings := of[r.Ref()]; len(siblings) > 1 {
			parts = append(parts, numberAmong(siblings, r))
		}
		if organization != "" {
			parts = append([]string{organization}, parts...)
		}
		for j := range parts {
			var err error
			if parts[j], err = snapshot.FileName(parts[j]); err != nil {
				errs[i] = errors.Join(errs[i], err)
			}
		}
		folders[i] = path.Join(parts...)
	}
	return folders, errs
}

// numberAmong is the number of a revision where every one has its own, else its place.
func numberAmong(siblings []apigee.Revision, r apigee.Revision) string {
	seen := map[string]bool{}
	for _, s := range siblings {
		if s.Number == "" || seen[s.Number] {
			return strconv.Itoa(slices.Index(siblings, r) + 1)
		}
		seen[s.Number] = true
	}
	return r.Number
}
