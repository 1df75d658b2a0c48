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

// filled is a store at noon with an entry for each age, of 100 bytes and more, in packs of their own.
func filled(t *testing.T, ages ...time.Duration) *Store {
	t.Helper()
	s := Open(t.TempDir(), nil, Limits{})
	s.now = func() time.Time { return noon }
	for i, age := range ages {
		add(t, s, numbered(i), age)
	}
	return s
}

func add(t *testing.T, s *Store, r apigee.Revision, age time.Duration) {
	t.Helper()
	now := s.now()
	defer func(before func() time.Time) { s.now = before }(s.now)
	s.now = func() time.Time { return now.Add(-age) }
	archive := bundle.Downloaded([]byte(strings.Repeat("x", 100)), noon)
	put(t, s, entryOf(r, archive))
}

// have are which of the numbered revisions a store holds.
func have(s *Store, n int) (all []int) {
	for i := range n {
		if _, ok := get(s, numbered(i)); ok {
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

// TestOnlyTheNewestPackCounts: of a bundle that several hold. One of which nothing counts any more is removed, but not on the day on
// which it may still be written.
func TestOnlyTheNewestPackCounts(t *testing.T) {
	s := filled(t, 40*day, 30*day)
	survey, err := s.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	size := survey.Total().Bytes / 2
	add(t, s, numbered(0), 20*day)
	add(t, s, numbered(1), 23*time.Hour)
	add(t, s, numbered(1), 0)
	survey, err = s.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if total := survey.Total(); total != (Usage{2, 5 * size}) {
		t.Errorf("%+v in all, an entry has %d", total, size)
	}
	if k := survey.Organizations[0]; !k.Oldest.Equal(noon.Add(-20*day)) || !k.Newest.Equal(noon) {
		t.Errorf("used from %v to %v", k.Oldest, k.Newest)
	}
	// What does not count makes room first.
	if got := survey.Evicted(Limits{MaxSize: 3 * size}); got != (Usage{0, 2 * size}) {
		t.Errorf("would evict %+v", got)
	}
	if removed, left, err := s.Prune(t.Context(), Limits{}); removed != (Usage{0, 2 * size}) || left != (Usage{2, 3 * size}) || err != nil {
		t.Errorf("removed %+v, left %+v, %v", removed, left, err)
	}
	if got := have(s, 2); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("left %v", got)
	}
}

// TestWhatCannotBeReadGoesByItsAge: a folder that fails for a moment must not cost what is in it.
func TestWhatCannotBeReadGoesByItsAge(t *testing.T) {
	s := filled(t, 2*day, 40*day)
	s.files = unreadable{system{}}
	if removed, _, err := s.Prune(t.Context(), Limits{MaxAge: 30 * day}); removed.Bytes == 0 || err != nil {
		t.Errorf("removed %+v, %v", removed, err)
	}
	s.files = system{}
	if got := have(s, 2); !slices.Equal(got, []int{0}) {
		t.Errorf("left %v", got)
	}
}

// unreadable is a file system that lists files and does not open them.
type unreadable struct{ fileSystem }

func (unreadable) open(string) (oldFile, os.FileInfo, error) { return nil, nil, os.ErrPermission }

// TestForeignFilesStay: whatever is not what and where a store makes files is neither counted nor removed, nor is anything behind a
// link, whether the store is pruned or purged.
func TestForeignFilesStay(t *testing.T) {
	s := filled(t, 100*day)
	organization := s.folder(acme)
	older := filepath.Join(filepath.Dir(s.dir), olderLayout)
	elsewhere := t.TempDir()
	mine := func(name string) string {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte("mine"), 0o600)); err != nil {
			t.Fatal(err)
		}
		return name
	}
	pack := fmt.Sprintf("%d-%016x", noon.Add(-100*day).UnixNano(), 1)
	olderEntry := strings.Repeat("a", 62) + ".bundle"
	foreign := []string{
		mine(filepath.Join(s.dir, "notes.txt")),
		mine(filepath.Join(s.dir, ".tmp-mine")),
		mine(filepath.Join(s.dir, pack+zipsSuffix)),
		mine(filepath.Join(s.dir, pack+indexSuffix)),
		mine(filepath.Join(s.dir, "acme", pack+zipsSuffix)),
		mine(filepath.Join(organization, "notes", pack+zipsSuffix)),
		mine(filepath.Join(organization, "photo.zips")),
		mine(filepath.Join(organization, pack+".zip")),
		mine(filepath.Join(organization, pack+zipsSuffix+".bak")),
		mine(filepath.Join(organization, "-"+pack+zipsSuffix)),
		mine(filepath.Join(organization, "9999999999999999999-0000000000000001"+zipsSuffix)),
		mine(filepath.Join(elsewhere, "ab", olderEntry)),
		mine(filepath.Join(elsewhere, pack+zipsSuffix)),
		mine(filepath.Join(elsewhere, pack+indexSuffix)),
		mine(filepath.Join(older, "notes.txt")),
		mine(filepath.Join(older, "acme", "ab", olderEntry)),
		mine(filepath.Join(older, filepath.Base(organization), olderEntry)),
		mine(filepath.Join(older, filepath.Base(organization), "ab", "photo.bundle")),
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, name); err != nil {
			t.Skip("no links here:", err)
		}
		foreign = append(foreign, name)
	}
	link(elsewhere, filepath.Join(s.dir, "linked-0123456789abcdef"))
	link(elsewhere, filepath.Join(older, "linked-0123456789abcdef"))
	link(elsewhere, filepath.Join(older, filepath.Base(organization), "cd"))
	link(filepath.Join(elsewhere, pack+zipsSuffix), filepath.Join(organization, "1-0000000000000002"+zipsSuffix))
	if err := os.MkdirAll(filepath.Join(organization, "1-0000000000000003"+zipsSuffix), 0o700); err != nil { // a folder called like a file
		t.Fatal(err)
	}
	for name, remove := range map[string]func() (Usage, error){
		"prune": func() (Usage, error) {
			u, _, err := s.Prune(t.Context(), Limits{MaxAge: day, MaxSize: 1})
			return u, err
		},
		"trim":  func() (Usage, error) { return s.Trim(t.Context()) },
		"purge": func() (Usage, error) { return s.Purge(t.Context(), "") },
	} {
		s.limits = Limits{MaxAge: day, MaxSize: 1}
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

// TestLeftoversAreRemoved: those of processes that were killed, and what earlier versions have kept.
func TestLeftoversAreRemoved(t *testing.T) {
	s := filled(t, 0)
	older := filepath.Join(filepath.Dir(s.dir), olderLayout)
	group := filepath.Join(older, filepath.Base(s.folder(acme)), "0f")
	for _, name := range []string{
		filepath.Join(s.dir, fmt.Sprintf(".tmp-%d-12ab", noon.Add(-2*day).Unix())),
		filepath.Join(s.dir, fmt.Sprintf(".tmp-%d-12ac", noon.Add(-time.Hour).Unix())),
		filepath.Join(group, strings.Repeat("a", 62)+".bundle"),
		filepath.Join(group, ".tmp-1700000000-123"),
		filepath.Join(older, "trimmed.json"),
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if removed, left, err := s.Prune(t.Context(), Limits{MaxAge: day}); removed.Bundles != 0 || left.Bundles != 1 || err != nil {
		t.Errorf("%+v, %+v, %v", removed, left, err)
	}
	if left, err := filepath.Glob(filepath.Join(s.dir, ".tmp-*")); err != nil || len(left) != 1 || !strings.HasSuffix(left[0], "12ac") {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := os.Stat(older); !missing(err) {
		t.Errorf("of earlier versions is left %v", everything(t, older))
	}
}

// TestWhatIsUsedIsPackedAnew: once a week, or sooner where what is older would be evicted. Reading writes nothing otherwise.
func TestWhatIsUsedIsPackedAnew(t *testing.T) {
	for _, tt := range []struct {
		age, maxAge time.Duration
		anew        bool
	}{
		{time.Hour, 0, false}, {6 * day, 0, false}, {8 * day, 0, true}, {300 * day, 0, true}, {-time.Hour, 0, false},
		{6 * day, 90 * day, false}, {8 * day, 90 * day, true}, {day, 3 * day, false}, {2 * day, 3 * day, true},
	} {
		dir, l := t.TempDir(), fleet(t, 2)
		now := noon.Add(-tt.age)
		run := func() {
			t.Helper()
			s := Open(dir, nil, Limits{MaxAge: tt.maxAge})
			s.now = func() time.Time { return now }
			if src := audit(t, s, l); src.Unkept() != nil {
				t.Fatal(src.Unkept())
			}
		}
		run()
		now = noon
		for again, want := range []int{2, 2} {
			run()
			if tt.anew {
				want += 2
			}
			if got := len(filesIn(t, dir)); got != want {
				t.Errorf("%s after it was packed, at most %s, run %d: %d files, want %d", tt.age, tt.maxAge, again, got, want)
			}
		}
		if l.downloads != 2 {
			t.Errorf("%s after it was packed: %d downloads", tt.age, l.downloads)
		}
	}
}

// TestAClockThatWasWrong: what it has written is used, but neither preferred nor kept for years.
func TestAClockThatWasWrong(t *testing.T) {
	for ahead, oldest := range map[time.Duration]bool{time.Hour: false, 25 * time.Hour: true, 1000 * day: true} {
		s := filled(t, 0)
		add(t, s, numbered(0), -ahead)
		add(t, s, numbered(1), -ahead)
		survey, err := s.Survey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if k := survey.Organizations[0]; k.Bundles != 2 || k.Oldest.After(noon) || k.Newest.After(noon) {
			t.Errorf("%s ahead: %+v", ahead, k)
		}
		left := []int{0, 1}
		if oldest {
			left = left[:1] // of both that hold it, the one of today
		}
		if _, _, err := s.Prune(t.Context(), Limits{MaxAge: day}); err != nil || !slices.Equal(have(s, 2), left) {
			t.Errorf("%s ahead: left %v, want %v, %v", ahead, have(s, 2), left, err)
		}
	}
}

// TestWhatCannotBeWrittenIsUsed: a cache that others fill is no reason to complain.
func TestWhatCannotBeWrittenIsUsed(t *testing.T) {
	dir, l := t.TempDir(), fleet(t, 2)
	s := Open(dir, nil, Limits{})
	s.now = func() time.Time { return noon.Add(-30 * day) }
	audit(t, s, l)
	s = Open(dir, nil, Limits{})
	s.files, s.now = readOnly{system{}}, func() time.Time { return noon }
	if src := audit(t, s, l); src.Hits() != 2 || src.Unkept() != nil {
		t.Errorf("%d hits, unkept: %v", src.Hits(), src.Unkept())
	}
}

// TestPruneLetsOthersWork: readers and writers of the same entries see whole entries or none, and nothing is an error.
func TestPruneLetsOthersWork(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			s := Open(dir, nil, Limits{}) // as another process
			for i := range 60 {
				if worker < 2 {
					if _, _, err := s.Prune(t.Context(), Limits{MaxSize: 1}); err != nil {
						t.Error(err)
					}
					continue
				}
				r := numbered(i % 7)
				archive := bundle.Downloaded([]byte(r.Name), time.Time{})
				put(t, s, entryOf(r, archive))
				if e, ok := get(s, r); ok && string(e.archive.Zip) != r.Name {
					t.Errorf("%s holds %q", r.Name, e.archive.Zip)
				}
			}
		})
	}
	group.Wait()
}

// TestInterruptedPruning: it says what it did, and the next one does the rest.
func TestInterruptedPruning(t *testing.T) {
	s := filled(t, slices.Repeat([]time.Duration{100 * day}, 20)...)
	ctx, cancel := context.WithCancel(t.Context())
	interrupting := &interrupted{fileSystem: system{}, after: 2 * 7, interrupt: cancel}
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
	next := func(l Limits) { // a run
		dir := filepath.Dir(s.dir)
		s = Open(dir, nil, l)
		s.now = func() time.Time { return now }
	}
	trim := func(why string, l Limits, want int) {
		t.Helper()
		s.limits = l
		if removed, err := s.Trim(t.Context()); removed.Bundles != want || err != nil {
			t.Errorf("%s: removed %+v, %v", why, removed, err)
		}
	}
	limits := Limits{MaxAge: 200 * day}
	next(limits)
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
	next(sized)
	add(t, s, numbered(4), time.Hour)
	trim("a run that kept what there is room for", sized, 0)
	for i := 5; i < 10; i++ {
		add(t, s, numbered(i), time.Hour)
	}
	if removed, err := s.Trim(t.Context()); removed.Bundles == 0 || err != nil {
		t.Errorf("a run that kept too much: removed %+v, %v", removed, err)
	}
	note := filepath.Join(s.dir, noteName)
	if err := os.WriteFile(note, []byte(`{"at":"2999-01-01T00:00:00Z","limits":{"MaxSize":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	next(Limits{MaxSize: 1}) // which has kept nothing
	trim("a note from the future", s.limits, len(have(s, 12)))
	trim("no limits", Limits{}, 0)
}

// TestANoteIsNoWayOut: where it is a link, what it leads to stays as it is.
func TestANoteIsNoWayOut(t *testing.T) {
	s := filled(t, 0)
	s.limits = Limits{MaxAge: day}
	mine := filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	note := filepath.Join(s.dir, noteName)
	if err := os.Symlink(mine, note); err != nil {
		t.Skip("no links here:", err)
	}
	if _, err := s.Trim(t.Context()); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(mine); string(data) != "mine" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := os.ReadFile(note); !strings.Contains(string(data), `"left"`) || err != nil {
		t.Errorf("the note: %q, %v", data, err)
	}
}

// TestTrimIsInNobodysWay: it makes no folder, waits for nobody, and leaves what it does not own.
func TestTrimIsInNobodysWay(t *testing.T) {
	limits := Limits{MaxAge: day}
	nothing := Open(filepath.Join(t.TempDir(), "nothing"), nil, limits)
	if removed, err := nothing.Trim(t.Context()); removed.Bundles != 0 || err != nil {
		t.Errorf("no store: %+v, %v", removed, err)
	}
	if _, err := os.Stat(nothing.dir); !missing(err) {
		t.Errorf("no store: %v", err)
	}
	s := filled(t, 100*day)
	s.limits = limits
	for name, files := range map[string]fileSystem{"held by another process": held{system{}}, "read-only": readOnly{system{}}} {
		s.files = files
		if removed, err := s.Trim(t.Context()); removed.Bundles != 0 || err != nil {
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
	if removed, err := s.Trim(ended); removed.Bundles != 0 || err != nil {
		t.Errorf("interrupted: %+v, %v", removed, err)
	}
	if removed, err := s.Trim(t.Context()); removed.Bundles != 1 || err != nil {
		t.Errorf("nobody in the way: %+v, %v", removed, err)
	}
}

// TestTrimOfAKilledRunIsDoneAgain: a run that was killed in the middle has noted nothing that would keep the next from going on.
func TestTrimOfAKilledRunIsDoneAgain(t *testing.T) {
	s := filled(t, 100*day, 100*day)
	s.limits = Limits{MaxAge: day}
	ctx, cancel := context.WithCancel(t.Context())
	s.files = &interrupted{fileSystem: system{}, after: 3, interrupt: cancel} // a note, and the files of a pack
	if removed, err := s.Trim(ctx); removed.Bundles != 1 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
	s.files = system{}
	if removed, err := s.Trim(t.Context()); removed.Bundles != 1 || err != nil {
		t.Errorf("%+v, %v", removed, err)
	}
}

// held is a file system whose folders another process holds.
type held struct{ fileSystem }

func (held) hold(string) (release func(), ok bool) { return nil, false }

// readOnly is a file system that refuses to be written to.
type readOnly struct{ fileSystem }

func (readOnly) create(string) (newFile, error) { return nil, os.ErrPermission }
func (readOnly) mkdirAll(string) error          { return os.ErrPermission }
func (readOnly) remove(string) error            { return os.ErrPermission }
