package cache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
)

// bucket is a file system as a mounted bucket is one: a rename copies, in parts that others see, and then deletes; files have no
// times and none that can be set; permissions are those of the mount; nothing can be locked; and each call costs a request.
//
// Source: Cloud Storage FUSE, docs/semantics.md (renames, permissions, locks).
type bucket struct {
	system
	mode     fs.FileMode // of everything; 0 for what the system says
	rejects  bool        // setting a time is an error, and not ignored
	requests atomic.Int64
	writes   atomic.Int64 // among them
	copied   func()       // called while a rename has copied half
}

func (b *bucket) ask()   { b.requests.Add(1) }
func (b *bucket) write() { b.requests.Add(1); b.writes.Add(1) }

func (b *bucket) open(name string) (io.ReadCloser, fs.FileInfo, error) {
	b.ask()
	f, info, err := b.system.open(name)
	return f, b.seen(info), err
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
	b.write()
	return b.system.mkdirAll(folder)
}

func (b *bucket) createTemp(folder, pattern string) (tempFile, error) {
	b.write()
	return b.system.createTemp(folder, pattern)
}

func (b *bucket) rename(from, to string) error {
	b.write()
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	half := len(data) / 2
	if err := os.WriteFile(to, data[:half], 0o600); err != nil {
		return err
	}
	if b.copied != nil {
		b.copied()
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data[half:])
	return errors.Join(err, f.Close(), os.Remove(from))
}

func (b *bucket) remove(name string) error {
	b.write()
	return b.system.remove(name)
}

func (b *bucket) setTime(string, time.Time) error {
	b.write()
	if b.rejects {
		return errors.ErrUnsupported
	}
	return nil
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
	return src
}

// mounted is a store on a bucket.
func mounted(dir string, b *bucket, key string) *Store {
	s := Open(dir, []byte(key))
	s.files, s.now = b, func() time.Time { return noon }
	return s
}

// TestABucketIsWorthIt: the second process downloads nothing, and pays one request to the bucket for each bundle and one for
// each folder, not several; it writes nothing once it knows that times cannot be set.
func TestABucketIsWorthIt(t *testing.T) {
	const n = 300
	for name, b := range map[string]*bucket{"times are ignored": {}, "times are refused": {rejects: true}} {
		t.Run(name, func(t *testing.T) {
			dir, l := t.TempDir(), fleet(t, n)
			if src := audit(t, mounted(dir, b, ""), l); src.Hits() != 0 || src.Unkept() != nil || src.Distrusted() != nil {
				t.Fatalf("cold: %d hits, %v, %v", src.Hits(), src.Unkept(), src.Distrusted())
			}
			if perBundle := float64(b.requests.Load()) / n; perBundle > 8 {
				t.Errorf("cold: %.1f requests for a bundle", perBundle)
			}
			b.requests.Store(0)
			b.writes.Store(0)
			l.downloads = 0
			src := audit(t, mounted(dir, b, ""), l)
			if src.Hits() != n || l.downloads != 0 {
				t.Errorf("warm: %d hits, %d downloads", src.Hits(), l.downloads)
			}
			const folders = 258 // of the store, the organization and the first two digits
			if got := b.requests.Load(); got > n+folders+8*(3+2) {
				t.Errorf("warm: %d requests", got)
			}
			if got := b.writes.Load(); got > 8 { // one for each that was at it when the first one found out
				t.Errorf("warm: %d writes", got)
			}
		})
	}
}

// TestHalfACopyIsNoEntry: whoever reads while a rename copies downloads the bundle, and takes nothing for it that it is not.
func TestHalfACopyIsNoEntry(t *testing.T) {
	dir, l, b := t.TempDir(), fleet(t, 1), &bucket{}
	looked := 0
	b.copied = func() {
		looked++
		if _, ok := mounted(dir, &bucket{}, "").get(acme, numbered(0), 1<<20); ok {
			t.Error("half an entry was used")
		}
	}
	audit(t, mounted(dir, b, ""), l)
	if src := audit(t, mounted(dir, &bucket{}, ""), l); looked == 0 || src.Hits() != 1 {
		t.Errorf("looked %d times, %d hits", looked, src.Hits())
	}
}

// TestACopyThatWasCutOff: the process ended between the copy and the deletion, or in the middle of the copy. The next one mends
// what is damaged, and removes what is left over.
func TestACopyThatWasCutOff(t *testing.T) {
	dir, l, b := t.TempDir(), fleet(t, 1), &bucket{}
	s := mounted(dir, b, "")
	audit(t, s, l)
	file := s.file(acme, numbered(0))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	left := strings.TrimSuffix(file, entryFile(file)) + ".tmp-" + "1700000000-1"
	if err := errors.Join(os.WriteFile(left, data, 0o600), os.Truncate(file, int64(len(data)/2))); err != nil {
		t.Fatal(err)
	}
	if src := audit(t, mounted(dir, b, ""), l); src.Hits() != 0 || src.Unkept() != nil {
		t.Errorf("%d hits, %v", src.Hits(), src.Unkept())
	}
	if src := audit(t, mounted(dir, b, ""), l); src.Hits() != 1 {
		t.Error("it was not mended")
	}
	if _, _, err := s.Prune(t.Context(), Limits{MaxAge: day}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(left); !missing(err) {
		t.Errorf("left over: %v", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func entryFile(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }

// TestAgesWithoutTimes: where files have no times, the age of an entry is that of its download.
func TestAgesWithoutTimes(t *testing.T) {
	s := filled(t, day, 40*day, 90*day)
	s.files = &bucket{}
	survey, err := s.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if k := survey.Organizations[0]; !k.Oldest.Equal(noon.Add(-90*day)) || !k.Newest.Equal(noon.Add(-day)) {
		t.Errorf("from %v to %v", k.Oldest, k.Newest)
	}
	if removed, _, err := s.Prune(t.Context(), Limits{MaxAge: 30 * day}); removed.Bundles != 2 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
	if got := have(s, 3); !slices.Equal(got, []int{0}) {
		t.Errorf("left %v", got)
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
			DeployedAt: map[string]int64{"prod": 100}, archive: archive}
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
			e.SHA256 = e.archive.SHA256
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
		header, err := e.header()
		if err == nil {
			err = s.write(s.file(e.Scope, e.revision()), header, e.archive.Zip)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.get(e.Scope, e.revision(), 1<<20); ok != (name == "as it was") {
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
