package cache

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Usage is how much is kept.
type Usage struct {
	Bundles int
	Bytes   int64
}

func (u *Usage) add(bytes int64) {
	u.Bundles++
	u.Bytes += bytes
}

// Kept is what is kept of one organization.
type Kept struct {
	Scope
	Usage
	// Oldest and Newest are when bundles were last used, to a day: the one longest ago, and the latest. They are zero where that
	// cannot be known.
	Oldest, Newest time.Time
	folder         string
}

// Survey is what a store held at one moment.
type Survey struct {
	Organizations []Kept // sorted by name and endpoint
	entries       []found
	leftovers     []found   // of processes that did not end as they should
	at            time.Time // the moment
}

// Total is how much is kept of all organizations together.
func (s *Survey) Total() (sum Usage) {
	for _, k := range s.Organizations {
		sum.Bundles, sum.Bytes = sum.Bundles+k.Bundles, sum.Bytes+k.Bytes
	}
	return sum
}

// found is a file of the store.
type found struct {
	name     string
	size     int64
	modified time.Time // as the file system says
	used     time.Time // last; zero where that cannot be known
}

// The names of what a store makes, in the only places where it makes them. Whatever is called or lies otherwise is not the
// store's, and neither counted nor removed.
var (
	organizationName = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}-[0-9a-f]{16}$`)
	groupName        = regexp.MustCompile(`^[0-9a-f]{2}$`)
	entryName        = regexp.MustCompile(`^[0-9a-f]{62}\.bundle$`)
	leftoverName     = regexp.MustCompile(`^\.tmp-(?:([0-9]{1,12})-)?[0-9]+$`)
)

const (
	tempPrefix = ".tmp-"
	// abandonedAfter is longer than anything is being written for.
	abandonedAfter = 24 * time.Hour
)

// Survey looks at everything that is kept. A store that was never written to is empty.
func (s *Store) Survey(ctx context.Context) (*Survey, error) {
	survey := &Survey{at: s.now()}
	organizations, err := s.folders(s.dir, organizationName)
	for _, folder := range organizations {
		if err != nil {
			break
		}
		err = s.surveyOrganization(ctx, survey, folder)
	}
	if err == nil {
		err = s.surveyFiles(ctx, survey, s.dir, func(found) {})
	}
	if err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	slices.SortFunc(survey.Organizations, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return survey, nil
}

// surveyOrganization counts the bundles of one organization and takes its name from the first that can be read.
func (s *Store) surveyOrganization(ctx context.Context, survey *Survey, folder string) error {
	groups, err := s.folders(folder, groupName)
	if err != nil {
		return err
	}
	k := Kept{folder: folder}
	for _, group := range groups {
		if err := s.surveyFiles(ctx, survey, group, func(f found) {
			k.add(f.size)
			if k.Organization == "" {
				k.Scope = s.header(f.name).Scope
			}
			if f.used.IsZero() {
				return
			}
			if k.Oldest.IsZero() || f.used.Before(k.Oldest) {
				k.Oldest = f.used
			}
			if f.used.After(k.Newest) {
				k.Newest = f.used
			}
		}); err != nil {
			return err
		}
	}
	survey.Organizations = append(survey.Organizations, k)
	return nil
}

// surveyFiles finds the entries and the leftovers in one folder. Links and whatever else is no regular file stay out of it.
func (s *Store) surveyFiles(ctx context.Context, survey *Survey, folder string, each func(found)) error {
	all, err := s.files.list(folder)
	if missing(err) { // another process has removed it
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		isEntry, isLeftover := folder != s.dir && entryName.MatchString(d.Name()), leftoverName.MatchString(d.Name())
		if !d.Type().IsRegular() || !isEntry && !isLeftover {
			continue
		}
		info, err := d.Info()
		if missing(err) {
			continue
		}
		if err != nil {
			return err
		}
		f := found{name: filepath.Join(folder, d.Name()), size: info.Size(), modified: info.ModTime()}
		if isLeftover {
			if f.used = begun(info, survey.at); survey.at.Sub(f.used) > abandonedAfter {
				survey.leftovers = append(survey.leftovers, f)
			}
			continue
		}
		f.used = s.lastUse(f.name, info, survey.at)
		survey.entries = append(survey.entries, f)
		each(f)
	}
	return nil
}

// folders are those in a folder that have such names, sorted. Links are none.
func (s *Store) folders(folder string, name *regexp.Regexp) (all []string, err error) {
	entries, err := s.files.list(folder)
	if missing(err) {
		return nil, nil
	}
	for _, d := range entries {
		if d.IsDir() && name.MatchString(d.Name()) {
			all = append(all, filepath.Join(folder, d.Name()))
		}
	}
	return all, err
}

// lastUse is when an entry was last used: the time of its file, or where files have none when it was downloaded. A time that is
// still to come is that of another clock, and as good as now.
func (s *Store) lastUse(name string, info fs.FileInfo, now time.Time) time.Time {
	used := info.ModTime()
	if timeless(used) {
		used = s.header(name).FetchedAt
	}
	if used.After(now) {
		return now
	}
	return used
}

// begun is when a temporary file was made: its name says it, and the time of the file where an older version has named it.
// One without either stays where it is.
func begun(info fs.FileInfo, now time.Time) time.Time {
	if m := leftoverName.FindStringSubmatch(info.Name()); m != nil && m[1] != "" {
		if seconds, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			return time.Unix(seconds, 0)
		}
	}
	if t := info.ModTime(); !timeless(t) {
		return t
	}
	return now
}

// timeless reports whether a file has no time: file systems that keep none say 1970, or nothing at all.
func timeless(t time.Time) bool { return t.Unix() <= 0 }

// header is the first line of a file; it is empty where there is none.
func (s *Store) header(name string) entry {
	f, _, err := s.files.open(name)
	if err != nil {
		return entry{}
	}
	defer f.Close()
	e, _, err := readHeader(bufio.NewReader(f))
	if err != nil {
		return entry{}
	}
	return *e
}
