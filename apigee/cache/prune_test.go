package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

const day = 24 * time.Hour

// numbered is one of many revisions.
func numbered(i int) apigee.Revision {
	return apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("proxy-%03d", i), Number: "1"}
}

// filled is a store at noon with an entry for each age, of 100 bytes and more.
func filled(t *testing.T, ages ...time.Duration) *Store {
	t.Helper()
	s := Open(t.TempDir(), nil)
	s.now = func() time.Time { return noon }
	for i, age := range ages {
		add(t, s, numbered(i), age)
	}
	return s
}

func add(t *testing.T, s *Store, r apigee.Revision, age time.Duration) {
	t.Helper()
	archive := bundle.Downloaded([]byte(strings.Repeat("x", 100)), noon.Add(-age))
	e := &entry{Scope: acme, Kind: r.Kind, Name: r.Name, Revision: r.Number, SHA256: archive.SHA256, FetchedAt: noon.Add(-age), archive: archive}
	if err := s.put(e); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(s.file(acme, r), noon.Add(-age), noon.Add(-age)); err != nil {
		t.Fatal(err)
	}
}

// have are which of the numbered revisions a store holds.
func have(s *Store, n int) (all []int) {
	for i := range n {
		if _, ok := s.get(acme, numbered(i), 1<<20); ok {
			all = append(all, i)
		}
	}
	return all
}

func TestPrune(t *testing.T) {
	one := filled(t, 0)
	survey, err := one.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	size := survey.Total().Bytes // of one entry
	for _, tt := range []struct {
		name   string
		limits Limits
		want   []int
	}{
		{"no limit", Limits{}, []int{0, 1, 2, 3}},
		{"by age", Limits{MaxAge: 30 * day}, []int{0, 1}},
		{"an age exactly", Limits{MaxAge: 40 * day}, []int{0, 1, 2}},
		{"by size", Limits{MaxSize: 2*size + size/2}, []int{0, 1}},
		{"by a size exactly", Limits{MaxSize: 3 * size}, []int{0, 1, 2}},
		{"by a size smaller than any", Limits{MaxSize: 1}, nil},
		{"by age, which leaves room enough", Limits{MaxAge: 50 * day, MaxSize: 3 * size}, []int{0, 1, 2}},
		{"by age, and then by size", Limits{MaxAge: 50 * day, MaxSize: size}, []int{0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filled(t, 0, 10*day, 40*day, 90*day)
			survey, err := s.Survey(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			foretold := survey.Evicted(tt.limits)
			removed, left, err := s.Prune(t.Context(), tt.limits)
			if got := have(s, 4); !slices.Equal(got, tt.want) || err != nil {
				t.Errorf("left %v, want %v; %v", got, tt.want, err)
			}
			if removed != foretold || removed.Bundles != 4-len(tt.want) || left.Bundles != len(tt.want) || removed.Bytes+left.Bytes != 4*size {
				t.Errorf("foretold %+v, removed %+v, left %+v", foretold, removed, left)
			}
			again, _, err := s.Prune(t.Context(), tt.limits)
			if again.Bundles != 0 || err != nil {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
}

// TestPruneRemovesWhatItEmpties: an organization that is not audited any more leaves no folders behind.
func TestPruneRemovesWhatItEmpties(t *testing.T) {
	s := filled(t, 40*day, 50*day)
	if _, _, err := s.Prune(t.Context(), Limits{MaxAge: day}); err != nil {
		t.Fatal(err)
	}
	if left := everything(t, s.dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

// TestForeignFilesStay: whatever is not what and where a store makes files is neither counted nor removed, nor is anything behind a
// link, whether the store is pruned or purged.
func TestForeignFilesStay(t *testing.T) {
	s := filled(t, 100*day)
	entry := s.file(acme, numbered(0))
	group, organization := filepath.Dir(entry), filepath.Dir(filepath.Dir(entry))
	elsewhere := t.TempDir()
	old := func(name string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(name, []byte("mine"), 0o600), os.Chtimes(name, noon.Add(-100*day), noon.Add(-100*day))); err != nil {
			t.Fatal(err)
		}
		return name
	}
	hex := strings.Repeat("a", 62) + suffix
	foreign := []string{
		old(filepath.Join(s.dir, "notes.txt")),
		old(filepath.Join(s.dir, hex)),
		old(filepath.Join(s.dir, "acme", "aa", hex)),
		old(filepath.Join(organization, hex)),
		old(filepath.Join(organization, "notes", hex)),
		old(filepath.Join(group, "photo.bundle")),
		old(filepath.Join(group, strings.ToUpper(hex))),
		old(filepath.Join(group, hex+".bak")),
		old(filepath.Join(group, ".tmp-mine")),
		old(filepath.Join(group, "deeper", hex)),
		old(filepath.Join(elsewhere, "aa", hex)),
		old(filepath.Join(elsewhere, hex)),
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, name); err != nil {
			t.Skip("no links here:", err)
		}
		foreign = append(foreign, name)
	}
	link(elsewhere, filepath.Join(s.dir, "linked-0123456789abcdef"))
	link(elsewhere, filepath.Join(organization, "zz"))
	if filepath.Base(group) != "bb" {
		link(elsewhere, filepath.Join(organization, "bb"))
	}
	link(filepath.Join(elsewhere, hex), filepath.Join(group, strings.Repeat("b", 62)+suffix))
	if err := os.MkdirAll(filepath.Join(group, strings.Repeat("c", 62)+suffix), 0o700); err != nil { // a folder called like an entry
		t.Fatal(err)
	}
	for name, remove := range map[string]func() (Usage, error){
		"prune": func() (Usage, error) {
			u, _, err := s.Prune(t.Context(), Limits{MaxAge: day, MaxSize: 1})
			return u, err
		},
		"trim":  func() (Usage, error) { return s.Trim(t.Context(), Limits{MaxAge: day, MaxSize: 1}) },
		"purge": func() (Usage, error) { return s.Purge(t.Context(), "") },
	} {
		add(t, s, numbered(0), 100*day)
		if survey, err := s.Survey(t.Context()); err != nil || survey.Total().Bundles != 1 {
			t.Errorf("%s: %+v are counted, %v", name, survey.Total(), err)
		}
		if removed, err := remove(); removed.Bundles != 1 || err != nil {
			t.Errorf("%s: removed %+v, %v", name, removed, err)
		}
		for _, file := range foreign {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestLeftoversAreRemoved: those of processes that were killed, of this version and earlier ones, and no others.
func TestLeftoversAreRemoved(t *testing.T) {
	s := filled(t, 0)
	group := filepath.Dir(s.file(acme, numbered(0)))
	for name, at := range map[string]time.Time{
		fmt.Sprintf(".tmp-%d-123", noon.Add(-2*day).Unix()):     noon, // its name says when it was begun
		fmt.Sprintf(".tmp-%d-456", noon.Add(-time.Hour).Unix()): time.Unix(0, 0),
		".tmp-789": noon.Add(-2 * day),
		".tmp-790": noon.Add(-time.Hour),
		".tmp-791": time.Unix(0, 0), // nobody knows
	} {
		for _, folder := range []string{group, s.dir} {
			file := filepath.Join(folder, name)
			if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chtimes(file, at, at)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if removed, _, err := s.Prune(t.Context(), Limits{MaxAge: day}); removed.Bundles != 0 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
	for _, folder := range []string{group, s.dir} {
		left, err := filepath.Glob(filepath.Join(folder, ".tmp-*"))
		if err != nil || len(left) != 3 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

// TestUseIsNotedOnceADay: reading an entry keeps it alive, and writes nothing where the day is known.
func TestUseIsNotedOnceADay(t *testing.T) {
	for age, noted := range map[time.Duration]bool{time.Hour: false, 23 * time.Hour: false, 25 * time.Hour: true, 300 * day: true, -time.Hour: false} {
		dir := t.TempDir()
		l := &live{deployments: []apigee.Deployment{deployed("prod", 100)}, zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
		read(t, dir, acme, l)
		now := time.Now()
		before := now.Add(-age).Truncate(time.Second)
		file := Open(dir, nil).file(acme, login)
		if err := os.Chtimes(file, before, before); err != nil {
			t.Fatal(err)
		}
		if _, hits := read(t, dir, acme, l); hits != 1 {
			t.Fatalf("%s: no hit", age)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := !info.ModTime().Equal(before); got != noted {
			t.Errorf("%s after the last use the time was set: %v, want %v", age, got, noted)
		}
	}
}

// TestPruneLetsOthersWork: readers and writers of the same entries see whole entries or none, and nothing is an error.
func TestPruneLetsOthersWork(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			s := Open(dir, nil) // as another process
			for i := range 60 {
				if worker < 2 {
					if _, _, err := s.Prune(t.Context(), Limits{MaxSize: 1}); err != nil {
						t.Error(err)
					}
					continue
				}
				r := numbered(i % 7)
				archive := bundle.Downloaded([]byte(r.Name), time.Time{})
				if err := s.put(&entry{Scope: acme, Kind: r.Kind, Name: r.Name, Revision: r.Number, SHA256: archive.SHA256, archive: archive}); err != nil {
					t.Error(err)
				}
				if e, ok := s.get(acme, r, 1<<20); ok && string(e.archive.Zip) != r.Name {
					t.Errorf("%s holds %q", r.Name, e.archive.Zip)
				}
			}
		})
	}
	group.Wait()
}

// TestUsedMeanwhileStays: what another process used between the look and the removal is kept.
func TestUsedMeanwhileStays(t *testing.T) {
	s := filled(t, 100*day, 100*day)
	s.files = usedMeanwhile{system{}, s.file(acme, numbered(0))}
	if removed, _, err := s.Prune(t.Context(), Limits{MaxAge: day}); removed.Bundles != 1 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
	if got := have(s, 2); !slices.Equal(got, []int{0}) {
		t.Errorf("left %v", got)
	}
}

// usedMeanwhile is a file system on which somebody uses a file just before it would be removed.
type usedMeanwhile struct {
	fileSystem
	name string
}

func (f usedMeanwhile) lstat(name string) (os.FileInfo, error) {
	if name == f.name {
		if err := f.setTime(name, noon); err != nil {
			return nil, err
		}
	}
	return f.fileSystem.lstat(name)
}

// TestInterruptedPruning: it says what it did, and the next one does the rest.
func TestInterruptedPruning(t *testing.T) {
	s := filled(t, slices.Repeat([]time.Duration{100 * day}, 20)...)
	ctx, cancel := context.WithCancel(t.Context())
	interrupting := &interrupted{fileSystem: system{}, after: 7, interrupt: cancel}
	s.files = interrupting
	removed, left, err := s.Prune(ctx, Limits{MaxAge: day})
	if removed.Bundles != 7 || left.Bundles != 13 || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %+v, %v", removed, left, err)
	}
	s.files = system{}
	if removed, left, err := s.Prune(t.Context(), Limits{MaxAge: day}); removed.Bundles != 13 || left.Bundles != 0 || err != nil {
		t.Errorf("%+v, %+v, %v", removed, left, err)
	}
}

// interrupted is a file system whose user loses patience after some removals.
type interrupted struct {
	fileSystem
	after     int
	interrupt func()
}

func (f *interrupted) remove(name string) error {
	if f.after--; f.after == 0 {
		f.interrupt()
	}
	return f.fileSystem.remove(name)
}

// TestTrimLooksOnceADay: and again where the limits changed, what was kept exceeds them, or the last one did not end.
func TestTrimLooksOnceADay(t *testing.T) {
	s := filled(t, 0, 100*day)
	now := noon
	s.now = func() time.Time { return now }
	limits := Limits{MaxAge: 200 * day}
	trim := func(why string, l Limits, want int) {
		t.Helper()
		if removed, err := s.Trim(t.Context(), l); removed.Bundles != want || err != nil {
			t.Errorf("%s: removed %+v, %v", why, removed, err)
		}
	}
	trim("the first time", limits, 0)
	add(t, s, numbered(2), 300*day)
	trim("within a day", limits, 0)
	trim("other limits", Limits{MaxAge: 90 * day}, 2)
	trim("the limits from before", limits, 0)
	add(t, s, numbered(3), 300*day)
	now = now.Add(25 * time.Hour)
	trim("a day later", limits, 1)

	sized := Limits{MaxSize: 1000}
	trim("by size", sized, 0)
	s = &Store{dir: s.dir, files: s.files, now: s.now, mine: map[string]bool{}, large: s.large} // the next run
	add(t, s, numbered(4), time.Hour)
	trim("a run that kept what there is room for", sized, 0)
	for i := 5; i < 10; i++ {
		add(t, s, numbered(i), time.Hour)
	}
	if removed, err := s.Trim(t.Context(), sized); removed.Bundles == 0 || err != nil {
		t.Errorf("a run that kept too much: removed %+v, %v", removed, err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, noteName), []byte(`{"at":"2999-01-01T00:00:00Z","limits":{"MaxSize":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s = &Store{dir: s.dir, files: s.files, now: s.now, mine: map[string]bool{}, large: s.large} // which has kept nothing
	trim("a note from the future", Limits{MaxSize: 1}, len(have(s, 12)))
	trim("no limits", Limits{}, 0)
}

// TestTrimIsInNobodysWay: it makes no folder, waits for nobody, and leaves what it does not own.
func TestTrimIsInNobodysWay(t *testing.T) {
	limits := Limits{MaxAge: day}
	nothing := Open(filepath.Join(t.TempDir(), "nothing"), nil)
	if removed, err := nothing.Trim(t.Context(), limits); removed.Bundles != 0 || err != nil {
		t.Errorf("no store: %+v, %v", removed, err)
	}
	if _, err := os.Stat(nothing.dir); !missing(err) {
		t.Errorf("no store: %v", err)
	}
	s := filled(t, 100*day)
	for name, files := range map[string]fileSystem{"held by another process": held{system{}}, "read-only": readOnly{system{}}} {
		s.files = files
		if removed, err := s.Trim(t.Context(), limits); removed.Bundles != 0 || err != nil {
			t.Errorf("%s: %+v, %v", name, removed, err)
		}
	}
	s.files = readOnly{system{}}
	if removed, left, err := s.Prune(t.Context(), limits); removed.Bundles != 0 || left.Bundles != 1 || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "remove cached bundles") {
		t.Errorf("pruning what is read-only: %+v, %+v, %v", removed, left, err)
	}
	s.files = system{}
	ended, end := context.WithCancel(t.Context())
	end()
	if removed, err := s.Trim(ended, limits); removed.Bundles != 0 || err != nil {
		t.Errorf("interrupted: %+v, %v", removed, err)
	}
	if removed, err := s.Trim(t.Context(), limits); removed.Bundles != 1 || err != nil {
		t.Errorf("nobody in the way: %+v, %v", removed, err)
	}
}

// TestTrimOfAKilledRunIsDoneAgain: a run that was killed in the middle has noted nothing that would keep the next from going on.
func TestTrimOfAKilledRunIsDoneAgain(t *testing.T) {
	s := filled(t, 100*day, 100*day)
	ctx, cancel := context.WithCancel(t.Context())
	s.files = &interrupted{fileSystem: system{}, after: 1, interrupt: cancel}
	if removed, err := s.Trim(ctx, Limits{MaxAge: day}); removed.Bundles != 1 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
	s.files = system{}
	if removed, err := s.Trim(t.Context(), Limits{MaxAge: day}); removed.Bundles != 1 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
}

// held is a file system whose folders another process holds.
type held struct{ fileSystem }

func (held) hold(string) (release func(), ok bool) { return nil, false }

// readOnly is a file system that refuses to be written to.
type readOnly struct{ fileSystem }

func (readOnly) createTemp(string, string) (tempFile, error) { return nil, os.ErrPermission }
func (readOnly) mkdirAll(string) error                       { return os.ErrPermission }
func (readOnly) rename(string, string) error                 { return os.ErrPermission }
func (readOnly) remove(string) error                         { return os.ErrPermission }
func (readOnly) setTime(string, time.Time) error             { return os.ErrPermission }
