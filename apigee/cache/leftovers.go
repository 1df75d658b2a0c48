package cache

import (
	"context"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const (
	tempPrefix = ".tmp-"
	// olderLayout is the folder of versions that kept each bundle in a file of its own, in folders named after the first two digits
	// of a digest. Nothing reads it any more.
	olderLayout = "bundles-1"
)

var (
	leftoverName = regexp.MustCompile(`^\.tmp-([0-9]{1,12})-[0-9a-f]+$`)
	olderGroup   = regexp.MustCompile(`^[0-9a-f]{2}$`)
	olderFile    = regexp.MustCompile(`^(?:[0-9a-f]{62}\.bundle|\.tmp-(?:[0-9]{1,12}-)?[0-9]+)$`)
	olderNote    = regexp.MustCompile(`^(?:trimmed\.json|\.tmp-(?:[0-9]{1,12}-)?[0-9]+)$`)
)

// removeLeftovers removes the temporary files of processes that were killed, and what the older layout has kept. Where that fails it
// is there for the next.
func (s *Store) removeLeftovers(ctx context.Context) {
	s.removeFiles(ctx, s.dir, leftoverName, func(file string) bool {
		m := leftoverName.FindStringSubmatch(file)
		seconds, err := strconv.ParseInt(m[1], 10, 64)
		return err == nil && s.now().Sub(time.Unix(seconds, 0)) > writtenFor
	})
	older := filepath.Join(filepath.Dir(s.dir), olderLayout)
	always := func(string) bool { return true }
	organizations, _ := s.folders(older, organizationName)
	for _, organization := range organizations {
		groups, _ := s.folders(organization, olderGroup)
		for _, group := range groups {
			s.removeFiles(ctx, group, olderFile, always)
			_ = s.files.remove(group) // which only succeeds for empty ones
		}
		_ = s.files.remove(organization)
	}
	if len(organizations) > 0 {
		s.removeFiles(ctx, older, olderNote, always)
		_ = s.files.remove(older)
	}
}

// removeFiles removes those regular files in a folder whose names match and of which which is true.
func (s *Store) removeFiles(ctx context.Context, folder string, name *regexp.Regexp, which func(file string) bool) {
	all, _ := s.files.list(folder)
	for _, d := range all {
		if ctx.Err() == nil && d.Type().IsRegular() && name.MatchString(d.Name()) && which(d.Name()) {
			_ = s.removeFile(filepath.Join(folder, d.Name()))
		}
	}
}
