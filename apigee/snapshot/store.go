package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// unfinished starts the names of snapshots being written. They lie beside their target and get its name at the end, so
// nothing that looks like a snapshot is ever half of one.
const unfinished = ".apigee-audit-pull-*"

// store is where a snapshot is written. Its files are readable by their owner alone: bundles hold secrets often enough.
type store interface {
	// add writes one file; the name is slash-separated. It may be called from several goroutines.
	add(name string, data []byte) error
	// commit gives the snapshot its name, and fails where something of that name has come up meanwhile.
	commit() error
	// abort removes what was written.
	abort() error
}

// absent is nil when there is nothing of that name, not even a dangling link.
func absent(target string) error {
	switch _, err := os.Lstat(target); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return &fs.PathError{Op: "create", Path: target, Err: fs.ErrExist}
}

// folderStore writes a folder.
type folderStore struct {
	target, dir string
	root        *os.Root
}

func newFolderStore(target string) (store, error) {
	dir, err := os.MkdirTemp(filepath.Dir(target), unfinished) // mode 0700
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	return &folderStore{target, dir, root}, nil
}

func (s *folderStore) add(name string, data []byte) error {
	if err := s.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (s *folderStore) commit() error {
	if err := s.root.Close(); err != nil {
		return err
	}
	if err := absent(s.target); err != nil {
		return err
	}
	return os.Rename(s.dir, s.target)
}

func (s *folderStore) abort() error {
	return errors.Join(s.root.Close(), os.RemoveAll(s.dir))
}

// zipStore writes one zip; the bundles in it are stored as they are, because they are zips themselves.
type zipStore struct {
	target string
	file   *os.File

	mu  sync.Mutex
	zip *zip.Writer
}

func newZipStore(target string) (store, error) {
	file, err := os.CreateTemp(filepath.Dir(target), unfinished) // mode 0600
	if err != nil {
		return nil, err
	}
	return &zipStore{target: target, file: file, zip: zip.NewWriter(file)}, nil
}

func (s *zipStore) add(name string, data []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Store}
	if name == manifestName {
		header.Method = zip.Deflate
	}
	header.SetMode(0o600)
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.zip.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func (s *zipStore) commit() error {
	if err := errors.Join(s.zip.Close(), s.file.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, never takes the place of a file. Some file systems have none.
	err := os.Link(s.file.Name(), s.target)
	switch {
	case err == nil:
		return os.Remove(s.file.Name())
	case errors.Is(err, fs.ErrExist):
		return err
	}
	if err := absent(s.target); err != nil {
		return err
	}
	return os.Rename(s.file.Name(), s.target)
}

func (s *zipStore) abort() error {
	_ = s.file.Close() // closed already when commit failed
	if err := os.Remove(s.file.Name()); err != nil {
		return fmt.Errorf("remove the unfinished snapshot: %w", err)
	}
	return nil
}
