package cache

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
)

// bucket is a file system as a mounted bucket is one: what is written is there for others once its file is closed; files have no
// times; permissions are those of the mount; nothing can be locked; and each call costs a request.
//
// Source: Cloud Storage FUSE, docs/semantics.md (consistency, permissions, locks).
type bucket struct {
	system
	mode     fs.FileMode // of everything; 0 for what the system says
	requests atomic.Int64
	closing  func(name string) error // called before a file is there; an error keeps it away
}

func (b *bucket) ask() { b.requests.Add(1) }

func (b *bucket) open(name string) (oldFile, fs.FileInfo, error) {
	b.ask()
	f, info, err := b.system.open(name)
	if err != nil {
		return nil, nil, err
	}
	return bucketFile{f, b}, b.seen(info), nil
}

// bucketFile is a file of a bucket. Each part that is read costs a request.
type bucketFile struct {
	oldFile
	b *bucket
}

func (f bucketFile) Read(p []byte) (int, error) {
	f.b.ask()
	return f.oldFile.Read(p)
}

func (f bucketFile) ReadAt(p []byte, offset int64) (int, error) {
	f.b.ask()
	return f.oldFile.ReadAt(p, offset)
}

func (b *bucket) stat(name string) (fs.FileInfo, error) {
	b.ask()
	info, err := b.system.stat(name)
	return b.seen(info), err
}

func (b *bucket) lstat(name string) (fs.FileInfo, error) {
	b.ask()
	info, err := b.system.lstat(name)
	return b.seen(info), err
}

func (b *bucket) list(folder string) ([]fs.DirEntry, error) {
	b.ask()
	all, err := b.system.list(folder)
	for i, d := range all {
		all[i] = bucketEntry{d, b}
	}
	return all, err
}

func (b *bucket) mkdirAll(folder string) error {
	b.ask()
	return b.system.mkdirAll(folder)
}

func (b *bucket) create(name string) (newFile, error) {
	b.ask()
	if _, err := b.system.lstat(name); err == nil {
		return nil, fs.ErrExist
	}
	if _, err := b.system.stat(filepath.Dir(name)); err != nil {
		return nil, err
	}
	return &upload{b: b, name: name}, nil
}

// upload is a file that is there once it is closed.
type upload struct {
	bytes.Buffer
	b    *bucket
	name string
}

func (u *upload) Close() error {
	u.b.ask()
	if u.b.closing != nil {
		if err := u.b.closing(u.name); err != nil {
			return err
		}
	}
	return os.WriteFile(u.name, u.Bytes(), 0o600)
}

func (b *bucket) remove(name string) error {
	b.ask()
	return b.system.remove(name)
}

func (b *bucket) hold(string) (release func(), ok bool) { return func() {}, true }

// seen is what the file system says of a file.
func (b *bucket) seen(info fs.FileInfo) fs.FileInfo {
	if info == nil {
		return nil
	}
	return bucketInfo{info, b.mode}
}

type bucketEntry struct {
	fs.DirEntry
	b *bucket
}

func (e bucketEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	return e.b.seen(info), err
}

type bucketInfo struct {
	fs.FileInfo
	mode fs.FileMode
}

func (bucketInfo) ModTime() time.Time { return time.Unix(0, 0) }

func (i bucketInfo) Mode() fs.FileMode {
	if i.mode == 0 {
		return i.FileInfo.Mode()
	}
	return i.FileInfo.Mode()&^fs.ModePerm | i.mode
}

// fleet is an organization of n revisions that are deployed since a second ago.
func fleet(t *testing.T, n int) *live {
	t.Helper()
	l := &live{zips: map[apigee.Revision][]byte{}, date: noon}
	for i := range n {
		l.zips[numbered(i)] = packed(t, "<A/>")
		l.deployments = append(l.deployments, apigee.Deployment{Environment: "prod", Revision: numbered(i), DeployedAt: 100})
	}
	return l
}

// audit is one process that reads all of an organization, a few revisions at once. It returns how many came from the store.
func audit(t *testing.T, s *Store, l *live) *Source {
	t.Helper()
	src := NewSource(l, l.Created, s, acme, bundle.DefaultLimits())
	if _, err := src.Deployments(t.Context()); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	revisions := make(chan apigee.Revision)
	for range 8 {
		group.Go(func() {
			for r := range revisions {
				if _, err := src.Bundle(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range l.zips {
		revisions <- i
	}
	close(revisions)
	group.Wait()
	src.Close()
	return src
}

var ticks atomic.Int64

// mounted is a store on a bucket, at noon and a little later each time.
func mounted(dir string, b *bucket, key string) *Store {
	s := Open(dir, []byte(key), Limits{})
	s.files, s.now = b, func() time.Time { return noon.Add(time.Duration(ticks.Add(1))) }
	return s
}

// TestABucketIsWorthIt: the first process pays a few requests to the bucket, not several for each bundle. The second downloads
// nothing, and pays one for each bundle.
func TestABucketIsWorthIt(t *testing.T) {
	const n = 300
	dir, l, b := t.TempDir(), fleet(t, n), &bucket{}
	if src := audit(t, mounted(dir, b, ""), l); src.Hits() != 0 || src.Unkept() != nil || src.Distrusted() != nil {
		t.Fatalf("cold: %d hits, %v, %v", src.Hits(), src.Unkept(), src.Distrusted())
	}
	if got := b.requests.Load(); got > 12 {
		t.Errorf("cold: %d requests", got)
	}
	b.requests.Store(0)
	l.downloads = 0
	src := audit(t, mounted(dir, b, ""), l)
	if src.Hits() != n || l.downloads != 0 {
		t.Errorf("warm: %d hits, %d downloads", src.Hits(), l.downloads)
	}
	if got := b.requests.Load(); got > n+8 {
		t.Errorf("warm: %d requests", got)
	}
}

// TestAPackOfWhichOneFileIsThere: the process was killed between the two, or the folder shows one before the other.
func TestAPackOfWhichOneFileIsThere(t *testing.T) {
	for _, suffix := range []string{zipsSuffix, indexSuffix} {
		dir, l := t.TempDir(), fleet(t, 3)
		audit(t, mounted(dir, &bucket{}, ""), l)
		for _, file := range filesIn(t, dir) {
			if strings.HasSuffix(file, suffix) {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
		for run, hits := range []int{0, 3} {
			if src := audit(t, mounted(dir, &bucket{}, ""), l); src.Hits() != hits || src.Unkept() != nil {
				t.Errorf("without %s, run %d: %d hits, %v", suffix, run, src.Hits(), src.Unkept())
			}
		}
		// A day later nobody is writing the other file any more.
		s := mounted(dir, &bucket{}, "")
		s.now = func() time.Time { return noon.Add(25 * time.Hour) }
		if _, left, err := s.Prune(t.Context(), Limits{}); err != nil || left.Bundles != 3 || len(filesIn(t, dir)) != 2 {
			t.Errorf("without %s: %+v, %v, %v", suffix, left, err, filesIn(t, dir))
		}
	}
}

// TestWhatCannotBeClosedIsNotKept: where a file is refused when it is closed, as for want of room, somebody is told.
func TestWhatCannotBeClosedIsNotKept(t *testing.T) {
	for _, suffix := range []string{zipsSuffix, indexSuffix} {
		dir, l := t.TempDir(), fleet(t, 3)
		full := &bucket{closing: func(name string) error {
			if strings.HasSuffix(name, suffix) {
				return errors.New("no room")
			}
			return nil
		}}
		if src := audit(t, mounted(dir, full, ""), l); src.Unkept() == nil || !strings.Contains(src.Unkept().Error(), "no room") {
			t.Errorf("%s: unkept %v", suffix, src.Unkept())
		}
		if src := audit(t, mounted(dir, &bucket{}, ""), l); src.Hits() != 0 || src.Unkept() != nil {
			t.Errorf("%s: %d hits, %v", suffix, src.Hits(), src.Unkept())
		}
	}
}

// TestWhoeverFillsAPackClosesIt: while it is uploaded, others go on keeping bundles.
func TestWhoeverFillsAPackClosesIt(t *testing.T) {
	l, uploading, others := fleet(t, 50), make(chan struct{}), make(chan struct{})
	var closed atomic.Int64
	b := &bucket{closing: func(string) error {
		if closed.Add(1) == 1 {
			close(uploading)
			<-others
		}
		return nil
	}}
	s := mounted(t.TempDir(), b, "")
	s.limits.MaxSize = 1 // each bundle fills a pack
	p := &packer{store: s, scope: acme}
	var group sync.WaitGroup
	keep := func(i int) {
		archive := bundle.Downloaded(l.zips[numbered(i)], noon)
		if err := p.put(entryOf(numbered(i), archive)); err != nil {
			t.Error(err)
		}
	}
	group.Go(func() { keep(0) })
	<-uploading
	for i := range 10 {
		keep(1 + i)
	}
	close(others)
	group.Wait()
	if got := have(s, 50); len(got) != 11 {
		t.Errorf("kept %v", got)
	}
}

const secret = "0123456789abcdef0123456789abcdef"

// TestAMountOpenToOthersNeedsAKey: what others could write is not used. With a key it is, where the seal is right.
func TestAMountOpenToOthersNeedsAKey(t *testing.T) {
	if files.Foreign(bucketInfo{mode: 0o777, FileInfo: someInfo(t)}) == "" {
		t.Skip("permissions are not told in modes here")
	}
	dir, l := t.TempDir(), fleet(t, 3)
	open := func() *bucket { return &bucket{mode: 0o777} }
	audit(t, mounted(dir, &bucket{}, ""), l) // entries that are there already, without a seal
	src := audit(t, mounted(dir, open(), ""), l)
	if src.Hits() != 0 || src.Distrusted() == nil || !strings.Contains(src.Distrusted().Error(), "others can write to it (mode 0777)") {
		t.Errorf("without a key: %d hits, %v", src.Hits(), src.Distrusted())
	}
	for _, step := range []struct {
		name, key string
		hits      int
	}{
		{"unsealed entries", secret, 0},
		{"sealed entries", secret, 3},
		{"entries that are sealed with another key", secret + "!", 0},
		{"the entries that took their place", secret + "!", 3},
		{"entries that are sealed with another key again", secret, 0},
	} {
		if src := audit(t, mounted(dir, open(), step.key), l); src.Hits() != step.hits || src.Distrusted() != nil || src.Unkept() != nil {
			t.Errorf("%s: %d hits, %v, %v", step.name, src.Hits(), src.Distrusted(), src.Unkept())
		}
	}
	if src := audit(t, mounted(dir, &bucket{}, ""), l); src.Hits() != 3 {
		t.Errorf("the user's own folder, without the key: %d hits", src.Hits())
	}
}

// TestASealCoversEverything: an entry of which anything was changed is not used, its digest being right all the same.
func TestASealCoversEverything(t *testing.T) {
	forge := func(change func(*entry)) *entry {
		archive := bundle.Downloaded(packed(t, "<Evil/>"), noon)
		r := numbered(0)
		e := &entry{Scope: acme, Kind: r.Kind, Name: r.Name, Revision: r.Number, SHA256: archive.SHA256, FetchedAt: noon,
			DeployedAt: map[string]int64{"prod": 100}, Size: int64(len(archive.Zip)), archive: archive}
		if err := e.seal([]byte(secret)); err != nil {
			t.Fatal(err)
		}
		change(e)
		return e
	}
	for name, e := range map[string]*entry{
		"as it was": forge(func(*entry) {}),
		"the zip": forge(func(e *entry) {
			e.archive = bundle.Downloaded(packed(t, "<Other/>"), noon)
			e.SHA256, e.Size = e.archive.SHA256, int64(len(e.archive.Zip))
		}),
		"the revision":        forge(func(e *entry) { e.Revision = "2" }),
		"the organization":    forge(func(e *entry) { e.Organization = "other" }),
		"the endpoint":        forge(func(e *entry) { e.Endpoint = "https://other.example.com" }),
		"the download's time": forge(func(e *entry) { e.FetchedAt = noon.Add(day) }),
		"the deployment":      forge(func(e *entry) { e.DeployedAt = map[string]int64{"prod": 200} }),
		"no seal":             forge(func(e *entry) { e.Seal = "" }),
		"not its seal":        forge(func(e *entry) { e.Seal = strings.Repeat("0", 64) }),
	} {
		s := mounted(t.TempDir(), &bucket{mode: 0o777}, secret)
		w, err := s.newPack(s.folder(e.Scope))
		if err != nil {
			t.Fatal(err)
		}
		line, err := e.line()
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.zips.Write(e.archive.Zip)
		if _, again := w.index.Write(line); cmp.Or(err, again, w.close()) != nil {
			t.Fatal(err, again)
		}
		h := &shelf{store: s, scope: e.Scope}
		if _, _, ok := h.get(e.revision(), 1<<20); ok != (name == "as it was") {
			t.Errorf("%s changed: used %v", name, ok)
		}
	}
}

func someInfo(t *testing.T) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return info
}
