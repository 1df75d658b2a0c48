package patch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"apigee-audit/internal/files"
)

// Track notes how to remove what is being written under a temporary name; done forgets it.
type Track func(remove func() error) (done func())

// Check says why the files of a copy cannot be written, before anything is.
func (c *Copy) Check(uncommitted map[string]error) error {
	for _, f := range c.files {
		if err := uncommitted[c.path(f)]; err != nil {
			return fmt.Errorf("%s %w", f.shown, err)
		}
		if f.info != nil && f.info.Mode().Perm()&0o200 == 0 {
			return fmt.Errorf("%s is read-only", f.shown)
		}
	}
	return nil
}

// Write writes what changes in the copies of one bundle: all of it, or nothing. Each file is whole at any time.
func Write(copies []Copy, track Track) (err error) {
	var staged []stage
	defer func() {
		for _, s := range staged {
			s.done(err != nil)
		}
	}()
	for i := range copies {
		root, err := os.OpenRoot(copies[i].given)
		if err != nil {
			return fmt.Errorf("%s cannot be opened: %w", copies[i].given, files.Reason(err))
		}
		defer root.Close()
		for _, f := range copies[i].files {
			s, err := prepare(root, &copies[i], f, track)
			if err != nil {
				return fmt.Errorf("%s cannot be written: %w", f.shown, reason(err))
			}
			staged = append(staged, *s)
		}
	}
	for i := range staged {
		if err := staged[i].put(); err != nil {
			for j := range i {
				err = errors.Join(err, staged[j].restore())
			}
			return err
		}
	}
	return nil
}

// stage is a file under a temporary name beside the one that it is to replace.
type stage struct {
	root   *os.Root
	file   file
	tmp    string
	forget func()
	placed bool
}

// prepare writes the new content of a file under a temporary name, with the permissions and the owner of the old one. New files
// are as readable as the folder's umask has them.
func prepare(root *os.Root, c *Copy, f file, track Track) (*stage, error) {
	folder := filepath.Dir(f.name)
	mode := fs.FileMode(0o666)
	if f.info != nil {
		mode = f.info.Mode().Perm()
	} else if err := root.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	tmp, err := createTemp(root, folder, mode)
	if err != nil {
		return nil, err
	}
	s := &stage{root: root, file: f}
	s.tmp = filepath.Join(folder, filepath.Base(tmp.Name()))
	absolute := filepath.Join(c.given, s.tmp)
	s.forget = track(func() error { return os.Remove(absolute) })
	_, err = tmp.Write(f.after)
	if f.info != nil && err == nil {
		err = errors.Join(tmp.Chmod(mode), files.Own(tmp, f.info))
	}
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		s.done(true)
		return nil, err
	}
	return s, nil
}

// createTemp creates a file of a name that nothing has in a folder.
func createTemp(root *os.Root, folder string, mode fs.FileMode) (*os.File, error) {
	const tries = 1000
	for n := range tries {
		name := filepath.Join(folder, fmt.Sprintf(".apigee-audit-%d-%d", os.Getpid(), n))
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, errors.New("the folder is full of unfinished files")
}

// put gives the file its name, unless what was there has changed meanwhile.
func (s *stage) put() error {
	if s.file.before != nil {
		if err := same(s.root, s.file.name, s.file.before); err != nil {
			return fmt.Errorf("%s %w", s.file.shown, err)
		}
	} else if _, err := s.root.Lstat(s.file.name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists already", s.file.shown)
	}
	if err := s.root.Rename(s.tmp, s.file.name); err != nil {
		return fmt.Errorf("%s cannot be written: %w", s.file.shown, reason(err))
	}
	s.placed = true
	return nil
}

// restore takes a file back that was put already.
func (s *stage) restore() error {
	var err error
	if s.file.before == nil {
		err = s.root.Remove(s.file.name)
	} else {
		err = s.root.WriteFile(s.file.name, s.file.before, s.file.info.Mode().Perm())
	}
	if err != nil {
		return fmt.Errorf("%s could not be restored: %w", s.file.shown, reason(err))
	}
	return nil
}

// done removes what is left of a stage.
func (s *stage) done(failed bool) {
	if failed && !s.placed {
		_ = s.root.Remove(s.tmp) // the first error says more
	}
	s.forget()
}

// reason drops the temporary name, which says nothing to anybody.
func reason(err error) error {
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return files.Reason(err)
}
