package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"apigee-audit/internal/files"
)

// layout is the folder inside a store's that holds everything; another layout of files gets another name.
const layout = "bundles-2"

// Limits are what a store may keep; 0 is no limit.
type Limits struct {
	MaxAge  time.Duration // since a bundle was last used
	MaxSize int64         // of all bundles together, in bytes
}

// None reports whether everything may be kept.
func (l Limits) None() bool { return l == Limits{} }

// Store is a folder of bundles. It may be used by several goroutines and processes at once.
type Store struct {
	dir    string
	key    []byte // seals entries; nil without
	limits Limits
	files  fileSystem
	now    func() time.Time
	large  chan struct{} // holds one for each large zip that is being read

	mu         sync.Mutex
	distrusted error
	mine       map[string]bool // folders that were looked at and are the user's alone
	written    int64           // bytes of the entries that were kept
}

// Open names a folder. It is made when the first bundle is kept. With a key, entries are sealed with it, and what counts is
// whether an entry's seal is right, not who owns the folder. The limits are those of [Store.Trim].
func Open(dir string, key []byte, limits Limits) *Store {
	if len(key) == 0 {
		key = nil
	}
	return &Store{
		dir: filepath.Join(dir, layout), key: key, limits: limits, files: system{}, now: time.Now, large: make(chan struct{}, largeAtOnce),
		mine: map[string]bool{},
	}
}

// Dir is the folder that holds the bundles.
func (s *Store) Dir() string { return s.dir }

// folder is where the packs of one organization are. Its name starts with the organization's so that people find it; the
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

// packSize is how large packs get. Where little may be kept they are small, so that not everything is evicted at once.
func (s *Store) packSize() int64 {
	if s.limits.MaxSize > 0 {
		return min(packSize, s.limits.MaxSize/8)
	}
	return packSize
}

// renewAfter is how old a pack gets before those of its bundles that are used are packed anew. So the age of a pack is that of the
// last use of what it alone holds, to within a week; reading seldom writes, and what is used is never evicted by age.
func (s *Store) renewAfter() time.Duration {
	const week = 7 * 24 * time.Hour
	if s.limits.MaxAge > 0 {
		return min(week, s.limits.MaxAge/2)
	}
	return week
}

// checkFolders looks at the folders above the packs of an organization. One that does not exist yet is [fs.ErrNotExist]; it will
// be the user's. A folder that is the user's alone stays so for as long as the process runs, and is not asked about again.
func (s *Store) checkFolders(scope Scope) error {
	if s.key != nil {
		return nil
	}
	for _, folder := range []string{s.dir, s.folder(scope)} {
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

// kept counts what a run has written.
func (s *Store) kept(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += bytes
}

// missing reports whether an error says that a folder does not exist, which makes an empty store.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
