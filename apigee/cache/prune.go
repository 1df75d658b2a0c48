package cache

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits are what a store may keep; 0 is no limit.
type Limits struct {
	MaxAge  time.Duration // since a bundle was last used
	MaxSize int64         // of all bundles together, in bytes
}

// None reports whether everything may be kept.
func (l Limits) None() bool { return l == Limits{} }

// Evicted is how much [Store.Prune] would remove: what was not used for too long, and then what was not used for longest
// until the rest has the size. An entry of unknown age goes by its size alone, and first.
func (s *Survey) Evicted(l Limits) (sum Usage) {
	for _, f := range s.evicted(l) {
		sum.add(f.size)
	}
	return sum
}

func (s *Survey) evicted(l Limits) []found {
	byAge := slices.SortedFunc(slices.Values(s.entries), func(a, b found) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	size, n := s.Total().Bytes, 0
	tooOld := func(f found) bool { return l.MaxAge > 0 && !f.used.IsZero() && s.at.Sub(f.used) > l.MaxAge }
	var evicted []found
	for _, f := range byAge {
		if tooOld(f) {
			evicted, size = append(evicted, f), size-f.size
		}
	}
	for ; l.MaxSize > 0 && size > l.MaxSize && n < len(byAge); n++ {
		if f := byAge[n]; !tooOld(f) {
			evicted, size = append(evicted, f), size-f.size
		}
	}
	return evicted
}

// Prune evicts what the limits do not allow, and removes what interrupted processes have left behind. It says how much was
// removed and how much is left, also where it was interrupted itself: what it did not come to is there for the next. A bundle
// that is used meanwhile stays; one that is used just after costs a download.
func (s *Store) Prune(ctx context.Context, l Limits) (removed, left Usage, err error) {
	survey, err := s.Survey(ctx)
	if err != nil {
		return Usage{}, Usage{}, err
	}
	removed, err = s.removeAll(ctx, slices.Concat(survey.evicted(l), survey.leftovers))
	left = survey.Total()
	left.Bundles, left.Bytes = left.Bundles-removed.Bundles, left.Bytes-removed.Bytes
	return removed, left, err
}

// Purge removes what is kept of an organization, at whichever endpoint, or with an empty name of all. It says how much
// that was.
func (s *Store) Purge(ctx context.Context, organization string) (Usage, error) {
	survey, err := s.Survey(ctx)
	if err != nil {
		return Usage{}, err
	}
	chosen := survey.entries
	if organization != "" {
		chosen = nil
		for _, k := range survey.Organizations {
			if k.Organization == organization {
				chosen = append(chosen, within(k.folder, survey.entries)...)
			}
		}
	}
	removed, err := s.removeAll(ctx, slices.Concat(chosen, survey.leftovers))
	if organization != "" || err != nil {
		return removed, err
	}
	for _, k := range survey.Organizations {
		_ = s.files.remove(k.folder)
	}
	_ = s.files.remove(filepath.Join(s.dir, noteName))
	_ = s.files.remove(s.dir) // what else lies there is somebody else's, and keeps it there
	return removed, nil
}

// within are the entries below a folder.
func within(folder string, entries []found) (all []found) {
	for _, f := range entries {
		if strings.HasPrefix(f.name, folder+string(filepath.Separator)) {
			all = append(all, f)
		}
	}
	return all
}

// removeAll removes files that nobody has touched since they were found, and folders that are empty then. Other processes may
// do the same, or have a file open, which on some systems is in the way. It counts entries alone.
func (s *Store) removeAll(ctx context.Context, all []found) (removed Usage, err error) {
	folders := map[string]bool{}
	for _, f := range all {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		info, changed := s.files.lstat(f.name)
		if changed != nil || !info.Mode().IsRegular() || !info.ModTime().Equal(f.modified) {
			continue
		}
		failed := s.files.remove(f.name)
		switch {
		case missing(failed):
		case failed != nil:
			err = cmp.Or(err, failed)
			continue
		case strings.HasSuffix(f.name, suffix):
			removed.add(f.size)
		}
		folders[filepath.Dir(f.name)] = true
	}
	for folder := range folders {
		if folder != s.dir && s.files.remove(folder) == nil { // which only succeeds for empty ones
			_ = s.files.remove(filepath.Dir(folder))
		}
	}
	if err != nil {
		err = fmt.Errorf("remove cached bundles: %w", err)
	}
	return removed, err
}
