package cache

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// Usage is how much is kept.
type Usage struct {
	Bundles int
	Bytes   int64
}

func (u Usage) plus(v Usage) Usage { return Usage{u.Bundles + v.Bundles, u.Bytes + v.Bytes} }

// Kept is what is kept of one organization.
type Kept struct {
	Scope
	Usage
	// Oldest and Newest are when bundles were last used, to within a week: the one longest ago, and the latest. They are zero where
	// there is none, or nobody knows.
	Oldest, Newest time.Time
	folder         string
}

// Survey is what a store held at one moment.
type Survey struct {
	Organizations []Kept // sorted by name and endpoint
	packs         []found
	outdated      []found   // packs of which nothing counts any more
	at            time.Time // the moment
}

// Total is how much is kept of all organizations together.
func (s *Survey) Total() (sum Usage) {
	for _, k := range s.Organizations {
		sum = sum.plus(k.Usage)
	}
	return sum
}

// found is a pack that was looked at.
type found struct {
	*pack
	Usage           // bundles that a newer pack holds too do not count
	used  time.Time // at the latest; not to come
}

// organizationName matches the folders that [Store.folder] makes. Whatever is called otherwise is not the store's, and neither
// counted nor removed.
var organizationName = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}-[0-9a-f]{16}$`)

// writtenFor is longer than any pack is being written for, and than the clocks of two machines are apart.
const writtenFor = 24 * time.Hour

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
	if err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	slices.SortFunc(survey.Organizations, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return survey, nil
}

// surveyOrganization counts the bundles of one organization and takes its name from one that can be read.
func (s *Store) surveyOrganization(ctx context.Context, survey *Survey, folder string) error {
	packs, err := s.packs(folder)
	if err != nil {
		return err
	}
	k, bundles := Kept{folder: folder}, map[*pack]int{}
	for _, p := range s.places(packs) {
		bundles[p.pack]++
		if k.Organization == "" {
			if e, err := p.entry(); err == nil {
				k.Scope = e.Scope
			}
		}
	}
	for _, p := range packs {
		if err := ctx.Err(); err != nil {
			return err
		}
		size, err := p.bytes()
		if err != nil {
			return err
		}
		f := found{p, Usage{bundles[p], size}, p.begun}
		if f.used.After(survey.at) { // by a clock that is a little fast
			f.used = survey.at
		}
		k.Usage = k.plus(f.Usage)
		if f.Bundles == 0 && !p.blind && survey.at.Sub(f.used) > writtenFor {
			survey.outdated = append(survey.outdated, f)
			continue
		}
		survey.packs = append(survey.packs, f)
		if f.Bundles > 0 {
			k.Oldest = cmp.Or(k.Oldest, f.used) // the oldest pack comes first
			k.Newest = f.used
		}
	}
	survey.Organizations = append(survey.Organizations, k)
	return nil
}

// bytes is how large the files of a pack are.
func (p *pack) bytes() (sum int64, err error) {
	for _, suffix := range []string{zipsSuffix, indexSuffix} {
		info, err := p.store.files.lstat(p.name + suffix)
		switch {
		case missing(err): // another process removes it, or writes it
		case err != nil:
			return 0, err
		default:
			sum += info.Size()
		}
	}
	return sum, nil
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
