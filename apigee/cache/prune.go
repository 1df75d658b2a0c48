package cache

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Evicted is how much [Store.Prune] would remove: what was not used for too long, and then what was not used for longest
// until the rest has the size, whole packs each time.
func (s *Survey) Evicted(l Limits) (sum Usage) {
	for _, f := range s.evicted(l) {
		sum = sum.plus(f.Usage)
	}
	return sum
}

func (s *Survey) evicted(l Limits) []found {
	evicted, size := slices.Clone(s.outdated), s.Total().Bytes
	for _, f := range evicted {
		size -= f.Bytes
	}
	byAge := slices.SortedFunc(slices.Values(s.packs), func(a, b found) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	for _, f := range byAge {
		if l.MaxAge > 0 && s.at.Sub(f.used) > l.MaxAge || l.MaxSize > 0 && size > l.MaxSize {
			evicted, size = append(evicted, f), size-f.Bytes
		}
	}
	return evicted
}

// Prune evicts what the limits do not allow, and removes what interrupted processes and earlier versions have left behind. It says
// how much was removed and how much is left, also where it was interrupted itself: what it did not come to is there for the
// next. A bundle that is used just after costs a download.
func (s *Store) Prune(ctx context.Context, l Limits) (removed, left Usage, err error) {
	survey, err := s.Survey(ctx)
	if err != nil {
		return Usage{}, Usage{}, err
	}
	removed, err = s.removeAll(ctx, survey.evicted(l))
	s.removeLeftovers(ctx)
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
	var chosen []found
	for _, f := range slices.Concat(survey.packs, survey.outdated) {
		if organization == "" || survey.isOf(f, organization) {
			chosen = append(chosen, f)
		}
	}
	removed, err := s.removeAll(ctx, chosen)
	if organization != "" || err != nil {
		return removed, err
	}
	s.removeLeftovers(ctx)
	for _, k := range survey.Organizations {
		_ = s.files.remove(k.folder)
	}
	_ = s.files.remove(filepath.Join(s.dir, noteName))
	_ = s.files.remove(s.dir) // what else lies there is somebody else's, and keeps it there
	return removed, nil
}

// isOf reports whether a pack is of an organization.
func (s *Survey) isOf(f found, organization string) bool {
	return slices.ContainsFunc(s.Organizations, func(k Kept) bool {
		return k.Organization == organization && k.folder == filepath.Dir(f.name)
	})
}

// removeAll removes packs, and folders that are empty then. Other processes may do the same, or have a file open, which on some
// systems is in the way.
func (s *Store) removeAll(ctx context.Context, all []found) (removed Usage, err error) {
	folders := map[string]bool{}
	for _, f := range all {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		gone, failed := s.removePack(f.pack)
		err = cmp.Or(err, failed)
		if gone {
			removed = removed.plus(f.Usage)
			folders[filepath.Dir(f.name)] = true
		}
	}
	for folder := range folders {
		_ = s.files.remove(folder) // which only succeeds for empty ones
	}
	if err != nil {
		err = fmt.Errorf("remove cached bundles: %w", err)
	}
	return removed, err
}

// removePack removes the files of a pack, the index first, so that no index speaks of zips that are not there. gone is false where
// another process was quicker.
func (s *Store) removePack(p *pack) (gone bool, err error) {
	for _, suffix := range []string{indexSuffix, zipsSuffix} {
		switch err := s.removeFile(p.name + suffix); {
		case err == nil:
			gone = true
		case !missing(err):
			return false, err
		}
	}
	return gone, nil
}

// removeFile removes a regular file. Whatever else has taken its place meanwhile stays, and is missing.
func (s *Store) removeFile(name string) error {
	info, err := s.files.lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fs.ErrNotExist
	}
	return s.files.remove(name)
}
