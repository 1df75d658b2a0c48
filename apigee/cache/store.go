package cache

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/internal/files"
)

const (
	// layout is the folder inside a store's that holds everything; another layout of files gets another name.
	layout = "bundles-1"
	suffix = ".bundle"
	// Zips beyond largeZip are rare; largeAtOnce of them are read at once.
	largeZip    = 2 << 20
	largeAtOnce = 4
)

// Store is a folder of bundles. It may be used by several goroutines and processes at once.
type Store struct {
	dir   string
	large chan struct{} // holds one for each large zip that is being read

	mu         sync.Mutex
	distrusted error
}

// Open names a folder. It is made when the first bundle is kept.
func Open(dir string) *Store {
	return &Store{dir: filepath.Join(dir, layout), large: make(chan struct{}, largeAtOnce)}
}

// Dir is the folder that holds the bundles.
func (s *Store) Dir() string { return s.dir }

// folder is where the entries of one organization are. Its name starts with the organization's so that people find it; the
// digest is what distinguishes it from others.
func (s *Store) folder(scope Scope) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(scope.Platform), scope.Endpoint, scope.Organization}, "\x00")))
	readable := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)) {
			return r
		}
		return '_'
	}, scope.Organization)
	return filepath.Join(s.dir, readable[:min(len(readable), 64)]+"-"+hex.EncodeToString(sum[:8]))
}

func (s *Store) file(scope Scope, r apigee.Revision) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(r.Kind), r.Name, r.Number}, "\x00")))
	name := hex.EncodeToString(sum[:])
	return filepath.Join(s.folder(scope), name[:2], name[2:]+suffix)
}

// get reads an entry. One that is missing, damaged or another's is not there, and one that somebody else may have written
// is not used: a digest proves that an entry is whole, not whose it is.
func (s *Store) get(scope Scope, r apigee.Revision, limit int64) (*entry, bool) {
	name := s.file(scope, r)
	if s.checkFolders(scope, name) != nil {
		return nil, false
	}
	f, info, err := files.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if s.check(name, info) != nil || info.Size() > limit+maxHeader {
		return nil, false
	}
	in := bufio.NewReader(f)
	e, length, err := readHeader(in)
	size := info.Size() - length
	if err != nil || e.Scope != scope || e.revision() != r || size < 0 || size > limit { // negative where it grows meanwhile
		return nil, false
	}
	if size > largeZip { // those that are damaged must not fill the memory together
		s.large <- struct{}{}
		defer func() { <-s.large }()
	}
	return e, e.readZip(in, size) == nil
}

// checkFolders looks at every folder above an entry, down from the store's. What does not exist yet is the user's.
func (s *Store) checkFolders(scope Scope, name string) error {
	for _, folder := range []string{s.dir, s.folder(scope), filepath.Dir(name)} {
		info, err := os.Stat(folder)
		if err != nil {
			return nil // what lies below says what is wrong
		}
		if err := s.check(folder, info); err != nil {
			return err
		}
	}
	return nil
}

// check refuses what is not the user's alone, and remembers it.
func (s *Store) check(name string, info fs.FileInfo) error {
	why := files.Foreign(info)
	if why == "" {
		return nil
	}
	err := fmt.Errorf("%s: %s", name, why)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.distrusted == nil {
		s.distrusted = err
	}
	return err
}

// Distrusted is why the store, or a part of it, is not used: somebody else may have written what it holds. It is nil where
// nothing of that kind was met.
func (s *Store) Distrusted() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.distrusted
}

// put writes an entry and replaces an older one.
func (s *Store) put(e *entry) error {
	data, err := e.bytes()
	if err != nil {
		return err
	}
	name := s.file(e.Scope, e.revision())
	if err := s.checkFolders(e.Scope, name); err != nil {
		return err
	}
	folder := filepath.Dir(name)
	tmp, err := os.CreateTemp(folder, ".tmp-*") // mode 0600
	if missing(err) {                           // most bundles find their folder there
		if err = os.MkdirAll(folder, 0o700); err == nil {
			tmp, err = os.CreateTemp(folder, ".tmp-*")
		}
	}
	if err != nil {
		return err
	}
	// Not synced to the disk: a file that a power failure left in parts fails its digest, and costs one download.
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// Purge removes what is kept of an organization, at whichever endpoint, or with an empty name of all. It says how much
// that was.
func (s *Store) Purge(organization string) (Usage, error) {
	all, err := s.Info()
	if err != nil {
		return Usage{}, err
	}
	var removed Usage
	for _, o := range all {
		if organization != "" && o.Organization != organization {
			continue
		}
		if err := os.RemoveAll(o.folder); err != nil {
			return removed, fmt.Errorf("remove cached bundles: %w", err)
		}
		removed.Bundles += o.Bundles
		removed.Bytes += o.Bytes
	}
	if organization == "" {
		err = os.RemoveAll(s.dir)
	}
	return removed, err
}

// missing reports whether an error says that a folder does not exist, which makes an empty store.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
