// Package snapshot reads bundles from disk: folders, zips, and trees holding many of both. All of them together are
// seen as one organization named "local" with one environment, "local".
//
// Nothing is extracted or written, symbolic links are not followed below the given paths, and every walk is bounded:
// what lies behind a limit is a problem, never silence.
package snapshot

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"apigee-audit/apigee"
)

// Name is the name of the organization and of its only environment.
const Name = "local"

// Source is the bundles found on disk as an [apigee.Source]. It is read-only after [Open], so safe for any number of
// goroutines.
type Source struct {
	// Platform is what the bundles are read for; empty means [apigee.PlatformX]. Set it before the audit.
	Platform apigee.Platform

	deployments []apigee.Deployment
	problems    []apigee.Problem
	notices     []apigee.Problem
	bundles     map[apigee.Revision]bundle
}

// bundle is one bundle found; its content is read when asked for.
type bundle struct {
	apigee.Ref
	root string // path as given and joined, for reports
	read func() (*apigee.Archive, error)
}

// Open finds the bundles in the paths. Each path is a folder that holds apiproxy/ or sharedflowbundle/, one of those two
// folders itself, a zip, or a tree with any number of them, zips in zips included.
//
// The error is for a path that does not exist or cannot be looked at, and wraps the [fs.PathError]. A path without a
// bundle and a broken zip are problems that [Source.Deployments] returns.
func Open(paths []string, l apigee.Limits) (*Source, error) {
	f := finder{limits: l, seen: map[string]bool{}}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		before := len(f.bundles) + len(f.problems) + f.repeated
		if err := f.path(p, info); err != nil {
			return nil, err
		}
		if len(f.bundles)+len(f.problems)+f.repeated == before {
			f.problem("find bundles", "%s holds no apiproxy/ or sharedflowbundle/ folder and no bundle zip; give the folder of a bundle, its zip, or a folder above them", p)
		}
	}
	s := &Source{problems: f.problems, bundles: map[apigee.Revision]bundle{}}
	s.deploy(f.bundles)
	return s, nil
}

// deploy gives every bundle a revision of its own. Copies of a bundle (a build's target/ folder, two exports) are all
// kept, because nobody but the reader can know which of them is the real one.
func (s *Source) deploy(found []bundle) {
	copies := map[apigee.Ref][]bundle{}
	for _, b := range found {
		earlier := copies[b.Ref]
		copies[b.Ref] = append(earlier, b)
		r := apigee.Revision{Kind: b.Kind, Name: b.Name}
		if n := len(earlier); n > 0 {
			r.Number = strconv.Itoa(n + 1)
			s.notices = append(s.notices, apigee.Problem{
				Organization: Name, Environment: Name, Kind: b.Kind, Name: b.Name, Revision: r.Number, Operation: "find bundles",
				Error: fmt.Sprintf("%s is a further bundle of this name beside %s; both are audited, this one as revision %s", b.root, earlier[0].root, r.Number),
			})
		}
		s.bundles[r] = b
		s.deployments = append(s.deployments, apigee.Deployment{Environment: Name, Revision: r})
	}
}

// Organization describes the made-up organization.
func (s *Source) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: Name, Platform: cmp.Or(s.Platform, apigee.PlatformX), Environments: []string{Name}, Offline: true}, nil
}

// Deployments lists the bundles in the order of the paths, and what could not be read while looking for them.
func (s *Source) Deployments(context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	return s.deployments, s.problems, nil
}

// FlowHooks is always empty: hooks are a setting of an environment and in no bundle.
func (s *Source) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

// Bundle reads one bundle; its Root is the folder or zip it came from, relative where the path given was.
func (s *Source) Bundle(ctx context.Context, r apigee.Revision) (*apigee.Archive, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, ok := s.bundles[r]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", r, fs.ErrNotExist)
	}
	a, err := b.read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.root, err)
	}
	a.Root = filepath.ToSlash(b.root)
	return a, nil
}

// Notices are oddities that were understood: bundles that are there more than once.
func (s *Source) Notices() []apigee.Problem { return s.notices }
