package cache

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

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
	// smallFile is what most files are smaller than: one call reads all of such a file.
	smallFile = 64 << 10
)

// Store is a folder of bundles. It may be used by several goroutines and processes at once.
type Store struct {
	dir   string
	key   []byte // seals entries; nil without
	files fileSystem
	now   func() time.Time
	large chan struct{} // holds one for each large zip that is being read

	mu         sync.Mutex
	distrusted error
	mine       map[string]bool // folders that were looked at and are the user's alone
	times      timekeeping
	written    int64 // bytes of the entries that were kept
}

// Open names a folder. It is made when the first bundle is kept. With a key, entries are sealed with it, and what counts is
// whether an entry's seal is right, not who owns the folder.
func Open(dir string, key []byte) *Store {
	if len(key) == 0 {
		key = nil
	}
	return &Store{
		dir: filepath.Join(dir, layout), key: key, files: system{}, now: time.Now, large: make(chan struct{}, largeAtOnce),
		mine: map[string]bool{},
	}
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
	f, info, err := s.files.open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if s.check(name, info) != nil || info.Size() > limit+maxHeader {
		return nil, false
	}
	in := bufio.NewReaderSize(f, int(min(info.Size(), smallFile)))
	e, length, err := readHeader(in)
	size := info.Size() - length
	if err != nil || e.Scope != scope || e.revision() != r || size < 0 || size > limit { // negative where it grows meanwhile
		return nil, false
	}
	if s.key != nil && !e.sealedWith(s.key) {
		return nil, false
	}
	if size > largeZip { // those that are damaged must not fill the memory together
		s.large <- struct{}{}
		defer func() { <-s.large }()
	}
	e.used = info.ModTime()
	return e, e.readZip(in, size) == nil
}

// checkFolders looks at every folder above an entry, down from the store's. One that does not exist yet is [fs.ErrNotExist]; it will be
// the user's. A folder that is the user's alone stays so for as long as the process runs, and is not asked about again.
func (s *Store) checkFolders(scope Scope, name string) error {
	if s.key != nil {
		return nil
	}
	for _, folder := range []string{s.dir, s.folder(scope), filepath.Dir(name)} {
		if s.known(folder) {
			continue
		}
		info, err := s.files.stat(folder)
		if missing(err) {
			return err
		}
		if err != nil {
			return nil // what lies below says what is wrong
		}
		if err := s.check(folder, info); err != nil {
			return err
		}
		s.mu.Lock()
		s.mine[folder] = true
		s.mu.Unlock()
	}
	return nil
}

func (s *Store) known(folder string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mine[folder]
}

// check refuses what is not the user's alone, and remembers it. Seals take its place where there is a key.
func (s *Store) check(name string, info fs.FileInfo) error {
	if s.key != nil {
		return nil
	}
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
	if err := e.seal(s.key); err != nil {
		return err
	}
	header, err := e.header()
	if err != nil {
		return err
	}
	name := s.file(e.Scope, e.revision())
	if err := s.checkFolders(e.Scope, name); err != nil && !missing(err) {
		return err
	}
	// Not synced to the disk: a file that a power failure left in parts fails its digest, and costs one download. So does one
	// that another process reads while a file system without a rename of its own copies it.
	if err := s.write(name, header, e.archive.Zip); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += int64(len(header) + len(e.archive.Zip))
	return nil
}

// write gives a file its content, in parts, under a temporary name, and then its own.
func (s *Store) write(name string, content ...[]byte) error {
	tmp, err := s.createTemp(filepath.Dir(name))
	if err != nil {
		return err
	}
	for _, part := range content {
		if err == nil {
			_, err = tmp.Write(part)
		}
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = s.files.rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, s.files.remove(tmp.Name()))
	}
	return nil
}

// createTemp makes a file whose name says when it was made, for when it is left behind. Its folder is made where it is missing, and
// again if whoever removes empty ones was quicker.
func (s *Store) createTemp(folder string) (tmp tempFile, err error) {
	pattern := fmt.Sprintf("%s%d-*", tempPrefix, s.now().Unix())
	for range 10 {
		tmp, err = s.files.createTemp(folder, pattern)
		if !missing(err) { // most bundles find their folder there
			return tmp, err
		}
		if err := s.files.mkdirAll(folder); err != nil && !missing(err) {
			return nil, err
		}
	}
	return tmp, err
}

// missing reports whether an error says that a folder does not exist, which makes an empty store.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
