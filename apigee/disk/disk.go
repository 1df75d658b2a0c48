// Package disk finds bundles in folders, zips, and trees that hold many of both. All of them together are seen as one
// organization named "local" with one environment, "local".
//
// Nothing is extracted or written, symbolic links are followed inside the given paths only, what is not a file is not opened,
// and every walk is bounded: what lies behind a limit is a problem, never silence.
package disk

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Name is the name of the organization and of its only environment.
const Name = "local"

// Source is the bundles found on disk as an [inventory.Source]. It is read-only after [Open], so safe for any number of
// goroutines.
type Source struct {
	// Platform is what the bundles are read for; empty means [apigee.PlatformX]. Set it before the audit.
	Platform apigee.Platform

	listing inventory.Listing
	empty   bool
	bundles map[apigee.Revision]located
	done    []func() error
}

// located is one bundle found; its content is read when asked for.
type located struct {
	apigee.Revision
	read  func() (*bundle.Archive, error)
	whole func() (map[string][]byte, error)
}

// Open finds the bundles in the paths. Each path is a folder that holds apiproxy/ or sharedflowbundle/, one of those two
// folders itself, a zip, or a tree with any number of them, zips in zips included. [Source.Close] it afterwards.
//
// The error is for a path that does not exist or cannot be looked at, and wraps the [fs.PathError]. A path without a
// bundle and a broken zip are problems that [Source.Deployments] returns, and so is what was not looked at when the
// context ended.
func Open(ctx context.Context, paths []string, l bundle.Limits) (*Source, error) {
	f := finder{ctx: ctx, limits: l, seen: map[string]bool{}}
	infos := make([]fs.FileInfo, len(paths))
	for i, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		infos[i] = info
		if abs, err := filepath.Abs(p); err == nil {
			if real, err := filepath.EvalSymlinks(abs); err == nil {
				f.given = append(f.given, real)
			}
		}
	}
	empty := 0 // paths
	for i, p := range paths {
		before, foreign := f.found(), len(f.foreign)
		if err := f.path(p, infos[i]); err != nil {
			release(f.done)
			return nil, err
		}
		if f.found() == before && !f.full {
			if !infos[i].IsDir() {
				f.foreign = f.foreign[:foreign] // which this says of the path itself
			}
			empty++
			f.problem("find bundles", "%s contains no apiproxy/ or sharedflowbundle/ folder and no bundle zip; give the folder of a bundle, its zip, or a folder above them", p)
		}
	}
	if f.unsaid > 0 {
		f.problems = append(f.problems, about("find bundles", fmt.Sprintf("%d more problems of this kind are not listed", f.unsaid)))
	}
	s := &Source{listing: inventory.Listing{Problems: f.problems, Notices: f.notices()}, bundles: map[apigee.Revision]located{}, done: f.done, empty: empty == len(paths)}
	for _, b := range f.bundles {
		r := unique(s.bundles, b.Revision)
		s.bundles[r] = b
		s.listing.Deployments = append(s.listing.Deployments, apigee.Deployment{Environment: Name, Revision: r})
	}
	return s, nil
}

// Empty reports whether none of the paths held a bundle, or anything that could be a broken one.
func (s *Source) Empty() bool { return s.empty }

// Close lets go of the files that are held open. Nothing can be read afterwards.
func (s *Source) Close() { release(s.done) }

func release(all []func() error) {
	for _, done := range all {
		_ = done() // it was only read
	}
}

// Organization describes the made-up organization.
func (s *Source) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: Name, Platform: cmp.Or(s.Platform, apigee.PlatformX), Environments: []string{Name}, Offline: true}, nil
}

// Deployments lists the bundles in the order of the paths, with what could not be read while looking for them, and notices
// of bundles in unusual places.
func (s *Source) Deployments(context.Context) (inventory.Listing, error) { return s.listing, nil }

// FlowHooks is always empty: hooks are a setting of an environment and in no bundle.
func (s *Source) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

// Bundle reads one bundle.
func (s *Source) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, ok := s.bundles[r]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", r, fs.ErrNotExist)
	}
	return b.read()
}

// Whole are all files of a bundle, those that the audit does not read included, with the root folder that Apigee wants in
// front of their names.
func (s *Source) Whole(r apigee.Revision) (map[string][]byte, error) {
	b, ok := s.bundles[r]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", r, fs.ErrNotExist)
	}
	return b.whole()
}
