package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"

	"apigee-audit/internal/files"
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

// begin makes something under a temporary name beside the target and holds it, as long as held is open, so that the pulls
// of other processes leave it alone.
func begin(target string, create func(dir, pattern string) (string, error)) (name string, held io.Closer, err error) {
	const tries = 10 // another process may clear it away between the two steps
	for range tries {
		if name, err = create(filepath.Dir(target), unfinished); err != nil {
			return "", nil, err
		}
		f, ok, err := files.Hold(name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", nil, errors.Join(err, os.Remove(name))
		case ok && f != nil:
			return name, f, nil
		case ok:
			return name, io.NopCloser(nil), nil
		}
	}
	return "", nil, fmt.Errorf("%s is removed as soon as it is created", name)
}

// clear removes what pulls that were killed have left beside a target: what has a name of ours, belongs to the user and is
// held by no process. It returns the names.
func clear(target string) []string {
	dir := filepath.Dir(target)
	entries, _ := os.ReadDir(dir) // what cannot be listed cannot be cleared either
	var removed []string
	for _, e := range entries {
		if ok, _ := filepath.Match(unfinished, e.Name()); !ok {
			continue
		}
		name := filepath.Join(dir, e.Name())
		release, ok := files.Abandoned(name)
		if !ok {
			continue
		}
		if os.RemoveAll(name) == nil {
			removed = append(removed, name)
		}
		_ = release() // it was only held
	}
	return removed
}

// folderStore writes a folder.
type folderStore struct {
	target, dir string
	root        *os.Root
	held        io.Closer
}

func newFolderStore(target string) (store, error) {
	dir, held, err := begin(target, os.MkdirTemp) // mode 0700
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir), held.Close())
	}
	return &folderStore{target, dir, root, held}, nil
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
	if err := files.Absent(s.target); err != nil {
		return err
	}
	if err := os.Rename(s.dir, s.target); err != nil {
		return err
	}
	return s.held.Close()
}

func (s *folderStore) abort() error {
	return errors.Join(s.root.Close(), os.RemoveAll(s.dir), s.held.Close())
}

// zipStore writes one zip; the bundles in it are stored as they are, because they are zips themselves.
type zipStore struct {
	target string
	file   *os.File
	held   io.Closer

	mu  sync.Mutex
	zip *zip.Writer
}

func newZipStore(target string) (store, error) {
	var file *os.File
	_, held, err := begin(target, func(dir, pattern string) (string, error) {
		f, err := os.CreateTemp(dir, pattern) // mode 0600
		if err != nil {
			return "", err
		}
		file = f
		return f.Name(), nil
	})
	if err != nil {
		return nil, err
	}
	return &zipStore{target: target, file: file, held: held, zip: zip.NewWriter(file)}, nil
}

func (s *zipStore) add(name string, data []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Store}
	if name == ManifestName {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.zip.Close(), s.file.Close()); err != nil {
		return err
	}
	defer s.held.Close()
	return files.MoveNew(s.file.Name(), s.target)
}

func (s *zipStore) abort() error {
	_ = s.file.Close() // closed already when commit failed
	defer s.held.Close()
	if err := os.Remove(s.file.Name()); err != nil {
		return fmt.Errorf("remove the unfinished snapshot: %w", err)
	}
	return nil
}
