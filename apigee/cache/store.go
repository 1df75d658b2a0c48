package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"apigee-audit/apigee"
)

const (
	// layout is the folder inside a store's that holds everything; another layout of files gets another name.
	layout = "bundles-1"
	suffix = ".bundle"
)

// Store is a folder of bundles. It may be used by several goroutines and processes at once.
type Store struct {
	dir string
}

// Open names a folder. It is made when the first bundle is kept.
func Open(dir string) *Store { return &Store{filepath.Join(dir, layout)} }

// Dir is the folder that holds the bundles.
func (s *Store) Dir() string { return s.dir }

// folder is where the entries of one organization are. Its name starts with the organization's so that people find it; the
// digest is what tells it from others.
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

// get reads an entry. One that is missing, damaged or another's is not there.
func (s *Store) get(scope Scope, r apigee.Revision, limit int64) (*entry, bool) {
	f, err := os.Open(s.file(scope, r))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > limit+maxHeader {
		return nil, false
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, false
	}
	e, err := parse(data)
	if err != nil || e.Scope != scope || e.revision() != r {
		return nil, false
	}
	return e, true
}

// put writes an entry in the place of an older one.
func (s *Store) put(e *entry) error {
	data, err := e.bytes()
	if err != nil {
		return err
	}
	name := s.file(e.Scope, e.revision())
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".tmp-*") // mode 0600
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

// missing tells a folder that is not there, which is an empty store.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
