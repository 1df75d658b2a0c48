package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"apigee-audit/apigee/bundle"
)

const (
	zipsSuffix  = ".zips"
	indexSuffix = ".index"
	// packSize is how large the files of a pack get before the next pack is begun, in bytes. It bounds what is lost if a file
	// system shows files only once they are closed and the process is killed, and what is evicted at once.
	packSize = 8 << 20
	// Zips beyond largeZip are rare; largeAtOnce of them are read at once.
	largeZip    = 2 << 20
	largeAtOnce = 4
)

// packFile matches the names of a pack's two files: the first group is when it was begun, in nanoseconds since 1970, by the
// clock of whoever wrote it; a random number keeps those apart that are begun at once.
var packFile = regexp.MustCompile(`^([0-9]{1,19})-[0-9a-f]{16}(\.zips|\.index)$`)

// packWriter is a pack that is being written.
type packWriter struct {
	zips, index newFile
	offset      int64 // of the next zip
	size        int64 // of both files, in bytes
}

// newPack begins a pack in the folder of an organization, which is made where it is missing, and again if whoever removes
// empty ones was quicker.
func (s *Store) newPack(folder string) (w *packWriter, err error) {
	for range 10 {
		if w, err = s.createPack(folder); !missing(err) { // most packs find their folder there
			return w, err
		}
		// Where it was there and is not any more, the folder has been removed meanwhile.
		if err := s.files.mkdirAll(folder); err != nil && !missing(err) && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return nil, err
}

func (s *Store) createPack(folder string) (*packWriter, error) {
	name := filepath.Join(folder, fmt.Sprintf("%d-%016x", s.now().UnixNano(), rand.Uint64()))
	zips, err := s.files.create(name + zipsSuffix)
	if err != nil {
		return nil, err
	}
	index, err := s.files.create(name + indexSuffix)
	if err != nil {
		_ = zips.Close() // nothing was written
		_ = s.files.remove(name + zipsSuffix)
		return nil, err
	}
	return &packWriter{zips: zips, index: index}, nil
}

// add writes the zip of an entry, and then the line that says where it is. After an error nothing more can be added.
func (w *packWriter) add(e *entry, key []byte) error {
	e.Offset, e.Size = w.offset, int64(len(e.archive.Zip))
	if err := e.seal(key); err != nil {
		return err
	}
	line, err := e.line()
	if err != nil {
		return err
	}
	// Not synced to the disk: what a power failure left in parts fails its digest, and costs a download.
	if _, err := w.zips.Write(e.archive.Zip); err != nil {
		return err
	}
	w.offset += e.Size
	w.size += e.Size + int64(len(line))
	_, err = w.index.Write(line)
	return err
}

// close ends the pack, the zips before the index: where files are only there once they are closed, an index is there last.
func (w *packWriter) close() error { return errors.Join(w.zips.Close(), w.index.Close()) }

// pack is a pair of files of the store.
type pack struct {
	store *Store
	name  string    // the path of both, without their suffixes
	begun time.Time // by the clock of whoever wrote it; zero if that cannot be
	blind bool      // the index is there and was not read, so nobody knows what counts

	mu   sync.Mutex
	zips oldFile // nil before it is opened
	size int64   // of the zips
	err  error   // why they cannot be opened
}

// packOf is the pack that a file in a folder belongs to. ok is false for files that no store makes.
func (s *Store) packOf(folder, file string) (p *pack, ok bool) {
	m := packFile.FindStringSubmatch(file)
	if m == nil {
		return nil, false
	}
	nanoseconds, err := strconv.ParseInt(m[1], 10, 64)
	begun := time.Unix(0, nanoseconds)
	if begun.Sub(s.now()) > writtenFor { // a clock that was wrong must not make it the newest for years
		begun = time.Time{}
	}
	return &pack{store: s, name: filepath.Join(folder, strings.TrimSuffix(file, m[2])), begun: begun}, err == nil
}

// read reads the zip of an entry and verifies its digest.
func (p *pack) read(e *entry) error {
	zips, size, err := p.open()
	if err != nil {
		return err
	}
	if e.Offset < 0 || e.Size < 0 || e.Offset > size-e.Size {
		return errors.New("the pack ends before the zip does")
	}
	if e.Size > largeZip { // those that are damaged must not fill the memory together
		p.store.large <- struct{}{}
		defer func() { <-p.store.large }()
	}
	zip := make([]byte, e.Size)
	if _, err := zips.ReadAt(zip, e.Offset); err != nil {
		return err
	}
	e.archive = bundle.Downloaded(zip, e.FetchedAt)
	if e.archive.SHA256 != e.SHA256 {
		return errors.New("the zip is damaged")
	}
	return nil
}

// open opens the zips, once.
func (p *pack) open() (zips oldFile, size int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.zips == nil && p.err == nil {
		f, info, err := p.store.files.open(p.name + zipsSuffix)
		if err == nil {
			if err = p.store.check(p.name+zipsSuffix, info); err != nil {
				_ = f.Close() // it was only to be read
			}
		}
		if p.err = err; err == nil {
			p.zips, p.size = f, info.Size()
		}
	}
	return p.zips, p.size, p.err
}

// close closes the zips. They are opened again if they are needed again.
func (p *pack) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.zips != nil {
		_ = p.zips.Close() // it was only read
	}
	p.zips, p.err = nil, nil
}
