package cache

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// live is an organization in memory that counts what it is asked.
type live struct {
	inventory.Source // of the methods that no test calls
	deployments      []apigee.Deployment
	zips             map[apigee.Revision][]byte
	created          map[string]time.Time // nil: refused
	date             time.Time

	mu        sync.Mutex
	downloads int
	lists     int
}

func (l *live) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: l.deployments}, nil
}

func (l *live) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.downloads++
	data, ok := l.zips[r]
	if !ok {
		return nil, fmt.Errorf("download %s: %w", r, inventory.ErrNotFound)
	}
	a := bundle.Downloaded(data, l.date)
	return a, a.Open(bundle.DefaultLimits())
}

func (l *live) Created(context.Context, apigee.Kind) (map[string]time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists++
	if l.created == nil {
		return nil, errors.New("refused")
	}
	return l.created, nil
}

// packed is a bundle with one policy file.
func packed(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("apiproxy/policies/P.xml")
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var login = apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}

func deployed(environment string, at int64) apigee.Deployment {
	return apigee.Deployment{Environment: environment, Revision: login, DeployedAt: at}
}

var acme = Scope{Platform: apigee.PlatformX, Endpoint: "https://apigee.googleapis.com", Organization: "acme"}

// read is one run: it lists and reads login, and returns the content of its policy.
func read(t *testing.T, dir string, scope Scope, l *live) (content string, hits int) {
	t.Helper()
	s := NewSource(l, l.Created, Open(dir, nil, Limits{}), scope, bundle.DefaultLimits())
	s.now = func() time.Time { return noon }
	if _, err := s.Deployments(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := s.Bundle(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := s.Unkept(); err != nil {
		t.Fatal(err)
	}
	return first(t, a), s.Hits()
}

// first is the content of the first file.
func first(t *testing.T, a *bundle.Archive) string {
	t.Helper()
	data, err := a.Files[0].Content()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestWhenAnEntryCounts: the first run downloads <Old/>, then the organization changes to <New/> without the second run's
// being told; what it is told decides whether it downloads.
func TestWhenAnEntryCounts(t *testing.T) {
	before := map[string]time.Time{"login": noon.Add(-time.Hour)}
	after := map[string]time.Time{"login": noon.Add(time.Hour)}
	at := func(all ...apigee.Deployment) []apigee.Deployment { return all }
	for _, test := range []struct {
		name      string
		then, now []apigee.Deployment
		created   map[string]time.Time
		date      time.Time
		hit       bool
	}{
		{"unchanged", at(deployed("prod", 100)), at(deployed("prod", 100)), before, noon, true},
		{"unchanged, the list refused", at(deployed("prod", 100)), at(deployed("prod", 100)), nil, noon, true},
		{"unchanged, the list without it", at(deployed("prod", 100)), at(deployed("prod", 100)), map[string]time.Time{}, noon, true},
		{"one deployment of two unchanged", at(deployed("prod", 100), deployed("test", 50)), at(deployed("prod", 200), deployed("test", 50)), before, noon, true},
		{"deployed anew", at(deployed("prod", 100)), at(deployed("prod", 200)), before, noon, false},
		{"deployed elsewhere at the same moment", at(deployed("prod", 100)), at(deployed("test", 100)), before, noon, false},
		{"created anew, the deployment time the same", at(deployed("prod", 100)), at(deployed("prod", 100)), after, noon, false},
		{"no deployment times, created before", at(deployed("prod", 0)), at(deployed("prod", 0)), before, noon, true},
		{"no deployment times, created after", at(deployed("prod", 0)), at(deployed("prod", 0)), after, noon, false},
		{"nothing known", at(deployed("prod", 0)), at(deployed("prod", 0)), nil, noon, false},
		{"times only now", at(deployed("prod", 0)), at(deployed("prod", 100)), nil, noon, false},
		{"created within the second of the download", at(deployed("prod", 100)), at(deployed("prod", 100)),
			map[string]time.Time{"login": noon.Add(900 * time.Millisecond)}, noon, true},
		{"no date, created just before by our clock", at(deployed("prod", 0)), at(deployed("prod", 0)),
			map[string]time.Time{"login": noon.Add(-time.Second)}, time.Time{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			l := &live{deployments: test.then, zips: map[apigee.Revision][]byte{login: packed(t, "<Old/>")}, created: before, date: test.date}
			if content, hits := read(t, dir, acme, l); content != "<Old/>" || hits != 0 || l.lists != 0 {
				t.Fatalf("cold: %s, %d hits, %d lists", content, hits, l.lists)
			}
			l.deployments, l.created, l.zips[login] = test.now, test.created, packed(t, "<New/>")
			want := map[bool]string{true: "<Old/>", false: "<New/>"}[test.hit]
			if content, _ := read(t, dir, acme, l); content != want {
				t.Errorf("%s, want %s", content, want)
			}
		})
	}
}

// TestScopesAreApart: the same proxy of another organization, endpoint or platform is another proxy.
func TestScopesAreApart(t *testing.T) {
	dir := t.TempDir()
	l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
	read(t, dir, acme, l)
	for _, change := range []func(*Scope){
		func(s *Scope) { s.Organization = "acme2" },
		func(s *Scope) { s.Endpoint = "https://eu-apigee.googleapis.com" },
		func(s *Scope) { s.Platform = apigee.PlatformEdge },
	} {
		other := acme
		change(&other)
		if _, hits := read(t, dir, other, l); hits != 0 {
			t.Errorf("%+v was served acme's bundle", other)
		}
	}
	if _, hits := read(t, dir, acme, l); hits != 1 {
		t.Error("acme's own bundle is gone")
	}
}

// filesIn are all files below a folder, in lexical order: of a pack first the index, then the zips.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDamagedEntriesAreDownloadedAgain(t *testing.T) {
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	replaced := func(old, with string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Errorf("nothing is changed: %s", b)
			}
			return bytes.Replace(b, []byte(old), []byte(with), 1)
		}
	}
	for name, damage := range map[string]struct{ index, zips func([]byte) []byte }{
		"the zips cut short":         {zips: cut},
		"a bit turned":               {zips: func(b []byte) []byte { b[len(b)-30] ^= 1; return b }},
		"no zips":                    {zips: func([]byte) []byte { return nil }},
		"zips that begin later":      {zips: func(b []byte) []byte { return append([]byte("x"), b...) }},
		"the index cut short":        {index: cut},
		"a line without an end":      {index: bytes.TrimSpace},
		"no index":                   {index: func([]byte) []byte { return nil }},
		"no JSON":                    {index: func(b []byte) []byte { return append([]byte("x"), b...) }},
		"another's":                  {index: replaced(`"login"`, `"logon"`)},
		"another's scope":            {index: replaced(`"acme"`, `"evil"`)},
		"of another number":          {index: replaced(`"revision":"3"`, `"revision":"4"`)},
		"other digest":               {index: replaced(`"sha256":"`, `"sha256":"0`)},
		"a place before the zips":    {index: replaced(`"offset":0`, `"offset":-1`)},
		"a place behind the zips":    {index: replaced(`"offset":0`, `"offset":9223372036854775807`)},
		"a size that is none":        {index: replaced(`"size":`, `"size":-`)},
		"a size behind the zips":     {index: replaced(`"size":`, `"size":9`)},
		"a size of no number at all": {index: replaced(`"size":`, `"size":99999999999999999999`)},
		"an index much too large":    {index: func(b []byte) []byte { return append(b, make([]byte, maxIndex)...) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
			read(t, dir, acme, l)
			for i, damage := range []func([]byte) []byte{damage.index, damage.zips} {
				if damage != nil {
					rewrite(t, filesIn(t, dir)[i], damage)
				}
			}
			if content, hits := read(t, dir, acme, l); content != "<A/>" || hits != 0 || l.downloads != 2 {
				t.Errorf("%s, %d hits, %d downloads", content, hits, l.downloads)
			}
			if _, hits := read(t, dir, acme, l); hits != 1 {
				t.Error("the entry was not mended")
			}
		})
	}
}

func rewrite(t *testing.T, file string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesArePrivateAndHoldNoPartsOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are not told in modes there")
	}
	dir := filepath.Join(t.TempDir(), "new")
	l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
	read(t, dir, acme, l)
	all := filesIn(t, dir)
	if len(all) != 2 {
		t.Fatalf("%v, want two files", all)
	}
	for _, file := range all {
		for path := file; strings.HasPrefix(path, dir); path = filepath.Dir(path) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is open to others: %v", path, info.Mode())
			}
		}
	}
}

// TestManyAtOnce: readers and writers of one entry, as of several processes, never see half of it.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			content := fmt.Sprintf("<A>%s</A>", strings.Repeat("x", i*1000))
			archive := bundle.Downloaded([]byte(content), time.Time{})
			for range 20 {
				s := Open(dir, nil, Limits{})
				put(t, s, entryOf(login, archive))
				if _, ok := get(s, login); !ok {
					t.Error("the entry was not there, or in parts")
				}
			}
		})
	}
	group.Wait()
}

// entryOf is an entry of acme.
func entryOf(r apigee.Revision, a *bundle.Archive) *entry {
	return &entry{Scope: acme, Kind: r.Kind, Name: r.Name, Revision: r.Number, SHA256: a.SHA256, FetchedAt: a.FetchedAt, archive: a}
}

// put keeps an entry in a pack of its own, as a process would that does nothing else.
func put(t *testing.T, s *Store, e *entry) {
	t.Helper()
	p := &packer{store: s, scope: e.Scope}
	if err := cmp.Or(p.put(e), p.close()); err != nil {
		t.Error(err)
	}
}

// get reads an entry as a process would that begins now.
func get(s *Store, r apigee.Revision) (*entry, bool) {
	h := &shelf{store: s, scope: acme}
	defer h.close()
	e, _, ok := h.get(r, 1<<20)
	return e, ok
}

// TestWhatIsBeingWrittenIsThere: another process uses what one has written so far; so does the next one after one was killed.
func TestWhatIsBeingWrittenIsThere(t *testing.T) {
	s := Open(t.TempDir(), nil, Limits{})
	p := &packer{store: s, scope: acme}
	for i := range 3 {
		archive := bundle.Downloaded([]byte(strings.Repeat("x", 10+i)), noon)
		if err := p.put(entryOf(numbered(i), archive)); err != nil {
			t.Fatal(err)
		}
		if got := have(s, 3); len(got) != i+1 {
			t.Errorf("after %d: %v", i+1, got)
		}
	}
}

// TestPacksAreFilled: one after the other, up to a size, and with small ones where little may be kept.
func TestPacksAreFilled(t *testing.T) {
	for limit, want := range map[int64]int{0: 1, 80 << 10: 4} {
		dir := t.TempDir()
		s := Open(dir, nil, Limits{MaxSize: limit})
		p := &packer{store: s, scope: acme}
		for i := range 8 {
			archive := bundle.Downloaded(bytes.Repeat([]byte("x"), 5<<10), noon)
			if err := p.put(entryOf(numbered(i), archive)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.close(); err != nil {
			t.Fatal(err)
		}
		if got := len(filesIn(t, dir)); got != 2*want || len(have(s, 8)) != 8 {
			t.Errorf("limit %d: %d files, want %d; %v", limit, got, 2*want, have(s, 8))
		}
	}
}

func TestAStoreThatCannotBeWrittenCostsNothingButItself(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
	s := NewSource(l, l.Created, Open(file, nil, Limits{}), acme, bundle.DefaultLimits())
	defer s.Close()
	if _, err := s.Bundle(t.Context(), login); err != nil {
		t.Error(err)
	}
	if s.Unkept() == nil {
		t.Error("nothing says that the bundle could not be kept")
	}
}

func TestUnreadableBundlesAreNotKept(t *testing.T) {
	dir := t.TempDir()
	l := &live{zips: map[apigee.Revision][]byte{login: []byte("PK no zip")}, date: noon}
	if _, err := NewSource(l, l.Created, Open(dir, nil, Limits{}), acme, bundle.DefaultLimits()).Bundle(t.Context(), login); err == nil {
		t.Error("no error")
	}
	if all := filesIn(t, dir); len(all) > 0 {
		t.Errorf("kept: %v", all)
	}
}

func TestSurveyAndPurge(t *testing.T) {
	dir := t.TempDir()
	store := Open(dir, nil, Limits{})
	if all, err := store.Survey(t.Context()); err != nil || len(all.Organizations) > 0 {
		t.Fatal(all, err)
	}
	l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
	for _, org := range []string{"beta", "example.com:acme", "../../evil"} {
		scope := acme
		scope.Organization = org
		read(t, dir, scope, l)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	survey, err := store.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := survey.Organizations
	if len(all) != 3 || all[1].Organization != "beta" || all[1].Bundles != 1 || all[1].Bytes == 0 || all[1].Endpoint != acme.Endpoint {
		t.Fatalf("%+v", all)
	}
	if removed, err := store.Purge(t.Context(), "beta"); err != nil || removed.Bundles != 1 {
		t.Errorf("%+v, %v", removed, err)
	}
	if survey, _ := store.Survey(t.Context()); len(survey.Organizations) != 2 {
		t.Errorf("%+v", survey.Organizations)
	}
	if removed, err := store.Purge(t.Context(), ""); err != nil || removed.Bundles != 2 {
		t.Errorf("%+v, %v", removed, err)
	}
	if left := everything(t, dir); len(left) != 2 || filepath.Base(left[1]) != "mine.txt" {
		t.Errorf("left: %v", left)
	}
}

// TestWhatIsNoEntryIsNotHeld: indexes that speak of zips of the size of the largest bundle where there are none cost no memory.
func TestWhatIsNoEntryIsNotHeld(t *testing.T) {
	const limit = 16 << 20
	s := Open(t.TempDir(), nil, Limits{})
	put(t, s, entryOf(login, bundle.Downloaded([]byte("PK"), time.Time{})))
	index := filesIn(t, s.dir)[0]
	for name, change := range map[string]func([]byte) []byte{
		"a size that the pack does not have": func(b []byte) []byte { return bytes.Replace(b, []byte(`"size":2`), []byte(`"size":16777216`), 1) },
		"a line without an end":              func([]byte) []byte { return bytes.Repeat([]byte("{"), 4*maxLine) },
		"lines of nothing":                   func([]byte) []byte { return bytes.Repeat([]byte("\n"), 4*maxLine) },
		"zeros":                              func([]byte) []byte { return make([]byte, 2*maxIndex) },
	} {
		rewrite(t, index, change)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		h := &shelf{store: s, scope: acme}
		if _, _, ok := h.get(login, limit); ok {
			t.Errorf("%s was taken for an entry", name)
		}
		h.close()
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 8*maxLine {
			t.Errorf("%s took %d KB", name, took>>10)
		}
	}
}

// TestIndexesAreBounded: what they take together, whoever has filled the folder. The newest are read.
func TestIndexesAreBounded(t *testing.T) {
	s := Open(t.TempDir(), nil, Limits{})
	now := noon
	s.now = func() time.Time { return now }
	for i := range 3 * maxIndexes / maxIndex {
		name := filepath.Join(s.folder(acme), fmt.Sprintf("%d-%016x", now.UnixNano(), i))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name+indexSuffix, nil, 0o600), os.Truncate(name+indexSuffix, maxIndex)); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	archive := bundle.Downloaded([]byte("PK"), noon)
	put(t, s, entryOf(numbered(1), archive))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got := have(s, 1); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > maxIndexes+8<<20 {
		t.Errorf("they took %d MB", took>>20)
	}
	if got := have(s, 2); !slices.Equal(got, []int{1}) {
		t.Errorf("found %v", got)
	}
}
