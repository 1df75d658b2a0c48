package cache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Try finds out whether bundles could be kept and would be used: whether the folder is there or can be made, is the user's alone,
// and has room for a large bundle. It leaves nothing behind. An error that [Store.Distrusted] repeats is about whose the
// folder is.
func (s *Store) Try() (err error) {
	made, err := makeFolders(s.dir)
	defer func() { err = errors.Join(err, removeAll(made)) }()
	if err != nil {
		return err
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	if err := s.check(s.dir, info); err != nil {
		return err
	}
	name := filepath.Join(s.dir, fmt.Sprintf("%s%d-%x", tempPrefix, s.now().Unix(), rand.Uint64()))
	f, err := s.files.create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll([]string{name})) }()
	_, err = f.Write(make([]byte, largeZip))
	return errors.Join(err, f.Close())
}

// makeFolders makes a folder and those above it, and returns which it made, the innermost first.
func makeFolders(dir string) (made []string, err error) {
	var missed []string
	for folder := dir; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(folder); !missing(err) || folder == filepath.Dir(folder) {
			break
		}
		missed = append(missed, folder)
	}
	for _, folder := range slices.Backward(missed) {
		if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return made, err
		}
		made = slices.Insert(made, 0, folder)
	}
	return made, nil
}

// removeAll removes files, and folders that are empty: what another process has put there meanwhile stays.
func removeAll(names []string) error {
	for _, name := range names {
		info, err := os.Lstat(name)
		if err == nil {
			err = os.Remove(name)
		}
		if err != nil && !missing(err) && (info == nil || !info.IsDir()) {
			return err
		}
	}
	return nil
}
