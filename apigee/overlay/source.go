package overlay

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/internal/files"
	"apigee-audit/internal/text"
)

// Source answers as the source below would after a change.
type Source struct {
	inventory.Source
	loose []*disk.Source
	// of are the candidates by revision. They have no number, as nobody knows which they will get, and their path: so none is
	// the same as a deployed revision.
	of map[apigee.Revision]candidate

	taken             map[place]bool // what is deployed there now is not any more
	placed            []apigee.Deployment
	hooks             map[string][]Hook // by environment
	problems, notices []apigee.Problem  // of the search for candidates
	applied           Applied
}

var _ inventory.Source = (*Source)(nil)

// candidate is a bundle that the change deploys, and its revision where it was found.
type candidate struct {
	among *disk.Source
	as    apigee.Revision
}

// place is a proxy or shared flow in an environment.
type place struct {
	apigee.Ref
	environment string
}

// New lays a change over a source. The error is a [Mistake] where the change does not fit what the source answers;
// [Source.Close] it otherwise.
//
// What of the paths cannot be read is not an error: like a download that fails, it is a problem of the audit.
func New(ctx context.Context, below inventory.Source, c Change, l bundle.Limits) (*Source, error) {
	f := fitting{below: below, deployed: map[place][]string{}, source: &Source{
		Source: below, of: map[apigee.Revision]candidate{}, taken: map[place]bool{}, hooks: map[string][]Hook{},
	}}
	if err := f.fit(ctx, c, l); err != nil {
		f.source.Close()
		return nil, err
	}
	return f.source, nil
}

// Close lets go of the candidates. Nothing can be read afterwards.
func (s *Source) Close() {
	for _, loose := range s.loose {
		loose.Close()
	}
}

// Applied is what the change came to.
func (s *Source) Applied() Applied { return s.applied }

// Deployments implements [inventory.Source].
func (s *Source) Deployments(ctx context.Context) (inventory.Listing, error) {
	below, err := s.Source.Deployments(ctx)
	if err != nil {
		return below, err
	}
	out := inventory.Listing{Problems: slices.Concat(below.Problems, s.problems), Notices: slices.Concat(below.Notices, s.notices)}
	for _, d := range below.Deployments {
		if !s.taken[place{d.Ref(), d.Environment}] {
			out.Deployments = append(out.Deployments, d)
		}
	}
	out.Deployments = append(out.Deployments, s.placed...)
	return out, nil
}

// FlowHooks implements [inventory.Source].
func (s *Source) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	below, err := s.Source.FlowHooks(ctx, environment)
	out := slices.Clone(below)
	for _, h := range s.hooks[environment] {
		out = slices.DeleteFunc(out, func(other apigee.FlowHook) bool { return other.Environment == environment && other.Point == h.Point })
		if h.SharedFlow != "" {
			out = append(out, h)
		}
	}
	return out, err
}

// Bundle implements [inventory.Source].
func (s *Source) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if c, is := s.of[r]; is {
		return c.among.Bundle(ctx, c.as)
	}
	return s.Source.Bundle(ctx, r)
}

// fitting fits a change to what the source below answers.
type fitting struct {
	below    inventory.Source
	source   *Source
	org      *apigee.Organization
	deployed map[place][]string // revisions
	// partial reports whether not everything could be listed, so that what is not in the list may be deployed all the same.
	partial bool
}

func (f *fitting) fit(ctx context.Context, c Change, l bundle.Limits) error {
	org, err := f.below.Organization(ctx)
	if err != nil {
		return err
	}
	listing, err := f.below.Deployments(ctx)
	if err != nil {
		return err
	}
	f.org, f.partial = org, len(listing.Problems) > 0
	for _, d := range apigee.SortDeployments(slices.Clone(listing.Deployments)) {
		at := place{d.Ref(), d.Environment}
		f.deployed[at] = append(f.deployed[at], d.Number)
	}
	for _, fit := range []func() error{
		func() error { return f.with(ctx, c.With, l) },
		func() error { return f.without(c.Without) },
		func() error { return f.rehook(ctx, c.Hooks) },
	} {
		if err := fit(); err != nil {
			return err
		}
	}
	return nil
}

// environments are those that the organization has, and those in which something is deployed.
func (f *fitting) environments() []string {
	all := slices.Clone(f.org.Environments)
	for at := range f.deployed {
		all = append(all, at.environment)
	}
	return distinct(all)
}

func (f *fitting) known(flag string, environments ...string) error {
	for _, name := range environments {
		if all := f.environments(); !slices.Contains(all, name) {
			return mistakef("%s: organization %s has no environment %s; there are %s", flag, f.org.Name, text.Quote(name), named(all))
		}
	}
	return nil
}

// named lists names, at most ten.
func named(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return text.ListSome(names, 10)
}

// having are the environments in which a proxy or shared flow is deployed.
func (f *fitting) having(ref apigee.Ref) []string {
	var all []string
	for at := range f.deployed {
		if at.Ref == ref {
			all = append(all, at.environment)
		}
	}
	return distinct(all)
}

// with finds the candidates and the places that they take.
func (f *fitting) with(ctx context.Context, all []With, l bundle.Limits) error {
	from := map[apigee.Ref]string{}
	for _, w := range all {
		if err := f.known("--with "+w.Path, w.Environments...); err != nil {
			return err
		}
		found, err := f.candidates(ctx, w, l)
		if err != nil {
			return err
		}
		for _, r := range found {
			if other, twice := from[r.Ref()]; twice {
				return mistakef("%s is in both %s and %s: --with takes one bundle of a name, and names all its environments at once, as in --with ENV,ENV=PATH", r.Ref(), other, r.Root)
			}
			from[r.Ref()] = r.Root
			if err := f.place(r, w); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(f.source.applied.With, func(a, b Bundle) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

// candidates are the bundles of a path.
func (f *fitting) candidates(ctx context.Context, w With, l bundle.Limits) ([]apigee.Revision, error) {
	if snapshot.IsSnapshot(w.Path) {
		return nil, mistakef("--with %s is a snapshot of organizations: give bundles to lay over one, and the snapshot itself as a PATH", w.Path)
	}
	if info, err := os.Stat(w.Path); err == nil && info.Mode().IsRegular() && !strings.EqualFold(filepath.Ext(w.Path), ".zip") {
		return nil, mistakef("--with %s is neither a folder nor a zip", w.Path)
	}
	loose, err := disk.Open(ctx, []string{w.Path}, l)
	if err != nil {
		return nil, mistakef("--with %s cannot be read: %v", w.Path, files.Reason(err))
	}
	f.source.loose = append(f.source.loose, loose)
	if loose.Empty() {
		return nil, mistakef("--with %s holds no bundle, which is a folder apiproxy/ or sharedflowbundle/: give the folder that one lies in, its zip, or a folder above them", w.Path)
	}
	listing, err := loose.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	// They are the organization's now, and of no environment in particular.
	strip := func(all []apigee.Problem) []apigee.Problem {
		out := slices.Clone(all)
		for i := range out {
			out[i].Organization, out[i].Environment, out[i].Environments = "", "", nil
		}
		return out
	}
	f.source.problems = append(f.source.problems, strip(listing.Problems)...)
	f.source.notices = append(f.source.notices, strip(listing.Notices)...)
	var found []apigee.Revision
	for _, d := range listing.Deployments {
		// A number in a file's name is that of an export, which a deployment would not keep.
		r := apigee.Revision{Kind: d.Kind, Name: d.Name, Root: d.Root}
		f.source.of[r] = candidate{loose, d.Revision}
		found = append(found, r)
	}
	return found, nil
}

// place puts a candidate where it goes.
func (f *fitting) place(r apigee.Revision, w With) error {
	environments := w.Environments
	if len(environments) == 0 {
		environments = f.having(r.Ref())
	}
	if len(environments) == 0 {
		if f.partial {
			return mistakef("--with %s: nobody knows where %s is deployed, because not everything could be listed: say so, as in --with ENV=%s", w.Path, r.Ref(), w.Path)
		}
		return mistakef("--with %s: %s is deployed nowhere in organization %s, so say where it goes, as in --with ENV=%s; there are environments %s",
			w.Path, r.Ref(), f.org.Name, w.Path, named(f.environments()))
	}
	b := Bundle{Path: r.Root, Ref: r.Ref(), Environments: environments}
	for _, env := range environments {
		at := place{r.Ref(), env}
		f.source.taken[at] = true
		f.source.placed = append(f.source.placed, apigee.Deployment{Environment: env, Revision: r})
		b.Replaces = append(b.Replaces, f.deployed[at]...)
		if len(f.deployed[at]) == 0 {
			b.NewIn = append(b.NewIn, env)
		}
	}
	f.source.applied.With = append(f.source.applied.With, b)
	return nil
}

// without takes deployments away.
func (f *fitting) without(all []Without) error {
	for _, w := range all {
		flag := w.flag()
		if err := f.known(flag, w.Environments...); err != nil {
			return err
		}
		for _, env := range w.Environments {
			at, err := f.undeployed(w, env)
			if err != nil {
				return err
			}
			if f.source.taken[at] {
				return mistakef("%s=%s: another --with or --without says what becomes of %s in %s", flag, env, at.Ref, env)
			}
			f.source.taken[at] = true
			f.source.applied.Without = append(f.source.applied.Without, Undeployed{Ref: at.Ref, Environment: env, Revisions: f.deployed[at]})
		}
	}
	slices.SortFunc(f.source.applied.Without, func(a, b Undeployed) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Environment, b.Environment))
	})
	return nil
}

// undeployed is what a name stands for in an environment: a proxy if one has it there.
func (f *fitting) undeployed(w Without, env string) (place, error) {
	kinds, nothing := []apigee.Kind{w.Kind}, "no "+w.Kind.Noun()
	if w.Kind == "" {
		kinds, nothing = []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow}, "nothing"
	}
	var elsewhere []string
	for _, kind := range kinds {
		at := place{apigee.Ref{Kind: kind, Name: w.Name}, env}
		if len(f.deployed[at]) > 0 {
			return at, nil
		}
		elsewhere = append(elsewhere, f.having(at.Ref)...)
	}
	switch {
	case f.partial: // it may be among what could not be listed
		return place{apigee.Ref{Kind: kinds[0], Name: w.Name}, env}, nil
	case len(elsewhere) > 0:
		return place{}, mistakef("%s=%s: it is not deployed in %s, only in %s", w.flag(), env, env, named(distinct(elsewhere)))
	}
	var there []string
	for at := range f.deployed {
		if at.environment == env && slices.Contains(kinds, at.Kind) {
			there = append(there, at.Name)
		}
	}
	return place{}, mistakef("%s=%s: %s of that name is deployed in %s; there are %s", w.flag(), env, nothing, env, named(distinct(there)))
}

// rehook sets and detaches flow hooks.
func (f *fitting) rehook(ctx context.Context, all []Hook) error {
	for _, h := range all {
		flag := "--hook " + h.Environment + "/" + h.Point
		if err := f.known(flag, h.Environment); err != nil {
			return err
		}
		if slices.ContainsFunc(f.source.hooks[h.Environment], func(other Hook) bool { return other.Point == h.Point }) {
			return mistakef("%s is given twice: a hook point has one shared flow", flag)
		}
		now, err := f.attached(ctx, h)
		if err == nil && now == "" && h.SharedFlow == "" {
			return mistakef("%s= detaches what is not there: no shared flow is attached to it", flag)
		}
		if h.SharedFlow != "" && !f.partial && !f.hasSharedFlow(h.SharedFlow) {
			return mistakef("%s=%s: no environment of organization %s has a shared flow of that name, and the change brings none; there are %s",
				flag, h.SharedFlow, f.org.Name, named(f.sharedFlows()))
		}
		f.source.hooks[h.Environment] = append(f.source.hooks[h.Environment], h)
		f.source.applied.Hooks = append(f.source.applied.Hooks, Rehooked{h, now})
	}
	slices.SortFunc(f.source.applied.Hooks, func(a, b Rehooked) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(slices.Index(apigee.HookPoints(), a.Point), slices.Index(apigee.HookPoints(), b.Point)))
	})
	return nil
}

// attached is the shared flow of a hook point before the change. That it cannot be read is the audit's problem.
func (f *fitting) attached(ctx context.Context, h Hook) (string, error) {
	hooks, err := f.below.FlowHooks(ctx, h.Environment)
	for _, now := range hooks {
		if now.Environment == h.Environment && now.Point == h.Point {
			return now.SharedFlow, nil
		}
	}
	return "", err
}

func (f *fitting) sharedFlows() []string {
	var all []string
	for at := range f.deployed {
		if at.Kind == apigee.KindSharedFlow {
			all = append(all, at.Name)
		}
	}
	return distinct(all)
}

func (f *fitting) hasSharedFlow(name string) bool {
	return slices.Contains(f.sharedFlows(), name) || slices.ContainsFunc(f.source.applied.With, func(b Bundle) bool {
		return b.Kind == apigee.KindSharedFlow && b.Name == name
	})
}
