// Package flow works out what the flows of an organization's deployments really do with tokens.
//
// It reads each bundle into a [Program], of which only what can matter to tokens is kept, and follows every deployed proxy through
// its flows the way Apigee runs them, shared flows and flow hooks included. What comes of that is a [Trace]: which policies can run
// at which [Site], and why others cannot. [Analyze] makes the [Facts] of the whole organization out of the traces; rules ask them.
package flow

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// Facts is what the flows of an organization really do, as far as its bundles tell. It is made in one step and whole before
// anybody asks: nothing in it changes any more, so that rules can read it side by side.
type Facts struct {
	Organization apigee.Organization
	Environments []*Environment // sorted by name
	Revisions    int            // distinct revisions that were read
	// Unread are the problems of what was not seen, Simplified those of bundles that were not analyzed to the end.
	Unread, Simplified []apigee.Problem
	ctx                context.Context

	refreshers func() []Refresher // see Refreshers
	mayRefresh func() *Site       // see MayRefresh
	revoking   func() []*Policy   // see Revoking
	deployed   deployed
	incomplete bool                         // the context ended before everything was walked
	traces     map[string]*Trace            // by signature
	walked     map[*Trace]bool              // all walks; none where there is a difference
	difference *difference                  // from the facts before, nil where everything was put together anew
	index      func() *index                // of facts that others can come after
	units      map[apigee.Revision]*Program // likewise
	scope      *scope
	// See WalksInScope.
	walksInScope, tokenWalks func() []walkIn
	// sharedFlows are all shared flows that were read, deployed in whichever environment, by name.
	sharedFlows map[string][]*Program
}

// Environment is one environment with what is deployed there and what it does.
type Environment struct {
	Name string

	facts *Facts
	// sorted is what is deployed here, by kind and name; Edge allows several revisions of one proxy.
	sorted overlay[*Program]
	// exchanged are those in the place of some of before, by bundle.
	exchanged   map[apigee.Ref][]*Program
	sharedFlows map[string][]*Program // those of them by name, which are never exchanged
	walks       overlay[*Trace]       // see Traces
	// absent are deployed here but could not be read.
	absent map[apigee.Ref]bool
	// partly says of what is deployed here why it may not run on every server.
	partly map[apigee.Revision]string
	hooks  map[string]string // hook point → shared flow
	tokens map[string]bool   // shared flows that handle refresh tokens, themselves or through one they call

	handling []int // the places in Traces of those that handle tokens
	issuers  func() []*Issuer
	issuing  map[*Program]*Issuer // those by program; where there is a before, those that are other ones, nil for none
	through  tally[apigee.Ref]    // walks that issue, by proxy
	before   *Environment         // nil where there is none

	refreshers func() []Refresher
	refreshing tally[apigee.Ref] // walks that refresh, by proxy
	runnable   tally[*Policy]    // places where refresh policies can run
	notices    func() []apigee.Problem
}

// Traces are the walks of every deployed proxy, and offline of every shared flow without callers; sorted by name. The list is not to
// be changed.
func (e *Environment) Traces() []*Trace { return e.walks.all() }

// MayRefresh is the first place in the organization of a policy without Operation that may refresh, nil when there is none.
func (f *Facts) MayRefresh() *Site { return f.mayRefresh() }

// Refreshers are the deployed proxies in which a refresh operation can run, by environment and proxy.
func (f *Facts) Refreshers() []Refresher { return f.refreshers() }

// Revoking are the distinct policies that can run and revoke tokens of either kind, in the order of their places.
func (f *Facts) Revoking() []*Policy { return f.revoking() }

// revokesAny reports whether the policy revokes refresh tokens, or access tokens.
func (p *Policy) revokesAny() bool {
	return p.Revokes() || p.OAuth != nil && p.OAuth.Operation == InvalidateToken
}

// Over reports whether the audit has to end. Rules ask between places, so that none of them outlasts a signal for long.
func (f *Facts) Over() bool { return f.ctx.Err() != nil }

// Facts are those of the environment's organization.
func (e *Environment) Facts() *Facts { return e.facts }

func (e *Environment) sharedFlow(name string) []*Program {
	return e.sharedFlows[name]
}

// Revisions are the programs of a bundle that are deployed in the environment.
func (e *Environment) Revisions(b apigee.Ref) []*Program {
	if list, other := e.exchanged[b]; other {
		return list
	}
	all := e.sorted.items
	first, _ := slices.BinarySearchFunc(all, b, func(u *Program, b apigee.Ref) int {
		return cmp.Or(cmp.Compare(u.Revision.Kind, b.Kind), cmp.Compare(u.Revision.Name, b.Name))
	})
	last := first
	for last < len(all) && all[last].Revision.Ref() == b {
		last++
	}
	return all[first:last:last]
}

// unseen reports whether the content of a shared flow that is called or hooked is not known, so that it may set anything. One
// that is deployed in other environments only is known, and does nothing here: the call fails.
func (e *Environment) unseen(sharedFlow string) bool {
	if sharedFlow == "" || len(e.sharedFlow(sharedFlow)) > 0 {
		return false
	}
	return len(e.facts.sharedFlows[sharedFlow]) == 0 || e.absent[apigee.Ref{Kind: apigee.KindSharedFlow, Name: sharedFlow}]
}

func (e *Environment) hook(point string) []*Program {
	if name := e.hooks[point]; name != "" {
		return e.sharedFlow(name)
	}
	return nil
}

// Programs lists what is deployed in the environment, sorted by kind and name. It is not to be changed.
func (e *Environment) Programs() []*Program { return e.sorted.all() }

// Has reports whether a program is deployed in the environment.
func (e *Environment) Has(u *Program) bool { return slices.Contains(e.Revisions(u.Revision.Ref()), u) }

// inOrder lists programs of the environment in their order, which is the one that they had before if there is a before, each once.
func (e *Environment) inOrder(deployed []*Program, before *Facts, units map[apigee.Revision]*Program) (sorted []*Program) {
	if before != nil {
		if i := slices.IndexFunc(before.Environments, func(b *Environment) bool { return b.Name == e.Name }); i >= 0 {
			for _, u := range before.Environments[i].Programs() {
				if now := units[u.Revision]; now != nil {
					sorted = append(sorted, now)
				}
			}
			return sorted
		}
	}
	slices.SortFunc(deployed, ComparePrograms)
	return slices.Clip(slices.Compact(deployed))
}

// ComparePrograms orders by kind, name, age and, on disk, place.
func ComparePrograms(a, b *Program) int {
	return cmp.Or(cmp.Compare(a.Revision.Kind, b.Revision.Kind), cmp.Compare(a.Revision.Name, b.Revision.Name),
		CompareAge(a, b), apigee.CompareRoots(a.Revision.Root, b.Revision.Root))
}

// CompareAge orders revisions of one bundle, the newest last: by number, but in an organization, a bundle on disk is yet to be
// deployed, and so newer than all revisions that are.
func CompareAge(a, b *Program) int {
	pending := func(u *Program) int {
		if !u.apart && u.Revision.Number == "" && u.Revision.Root != "" {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(pending(a), pending(b)), apigee.CompareNumbers(a.Revision.Number, b.Revision.Number))
}

// deployed is what an organization says of itself: what is deployed where.
type deployed struct {
	organization apigee.Organization
	deployments  []apigee.Deployment
	hooks        []apigee.FlowHook
}

// Analyze walks every environment. What of the organization could not be read is known before, and belongs to what is not
// known.
func Analyze(ctx context.Context, org apigee.Organization, deployments []apigee.Deployment, hooks []apigee.FlowHook, units map[apigee.Revision]*Program, unread []apigee.Problem) *Facts {
	return newAnalysis(ctx).facts(deployed{org, deployments, hooks}, units, unread)
}

func (a *analysis) facts(d deployed, units map[apigee.Revision]*Program, unread []apigee.Problem) *Facts {
	org := d.organization
	f := &Facts{ctx: a.ctx, Organization: org, sharedFlows: map[string][]*Program{}, Revisions: len(units), deployed: d, traces: a.traces, units: units, walked: map[*Trace]bool{}}
	f.index = sync.OnceValue(f.indexed)
	byName := map[string]*Environment{}
	for _, name := range org.Environments {
		byName[name] = nil
	}
	for _, at := range d.deployments {
		byName[at.Environment] = nil
	}
	for name := range byName {
		e := &Environment{Name: name, facts: f, sharedFlows: map[string][]*Program{}, absent: map[apigee.Ref]bool{}, partly: map[apigee.Revision]string{}, hooks: map[string]string{},
			refreshing: newTally[apigee.Ref](), through: newTally[apigee.Ref](), runnable: newTally[*Policy]()}
		byName[name] = e
		f.Environments = append(f.Environments, e)
	}
	slices.SortFunc(f.Environments, func(a, b *Environment) int { return cmp.Compare(a.Name, b.Name) })
	for _, u := range units {
		if apart := org.Offline && u.Revision.Number == ""; u.apart != apart { // only once: others may read it then
			u.apart = apart
		}
	}
	for _, at := range d.deployments {
		e, u := byName[at.Environment], units[at.Revision]
		if u == nil {
			e.absent[at.Ref()] = true
			continue
		}
		if at.Partly != "" {
			e.partly[at.Revision] = at.Partly
		}
		e.sorted.items = append(e.sorted.items, u)
		if at.Kind == apigee.KindSharedFlow {
			for _, known := range []map[string][]*Program{e.sharedFlows, f.sharedFlows} {
				if !slices.Contains(known[at.Name], u) {
					known[at.Name] = append(known[at.Name], u)
				}
			}
		}
	}
	for _, list := range f.sharedFlows {
		slices.SortFunc(list, ComparePrograms)
	}
	for _, h := range d.hooks {
		if e := byName[h.Environment]; e != nil {
			e.hooks[h.Point] = h.SharedFlow
		}
	}
	for _, e := range f.Environments {
		e.sorted.items = e.inOrder(e.sorted.items, a.before, units)
		e.tokens = e.tokenFlows()
		e.notices = e.noticing()
	}
	a.walkAll(f.Environments)
	if len(a.unwalked) == 0 && f.align(a.before) {
		f.noteAgain()
	} else {
		f.note()
	}
	a.conclude(f, unread)
	return f
}

// note notes what the walks come to.
func (f *Facts) note() {
	for _, e := range f.Environments {
		for i, w := range e.Traces() {
			f.walked[w] = true
			if w.HandlesTokens {
				e.handling = append(e.handling, i)
			}
		}
		e.noteIssuers()
		for w := range e.handlingTraces() {
			e.countRefreshes(w, 1)
		}
	}
	f.mayRefresh, f.revoking = sync.OnceValue(f.findMayRefresh), sync.OnceValue(f.listRevoking)
	f.noteSimplified()
}

// conclude puts together what the environments come to, and what was not seen.
func (a *analysis) conclude(f *Facts, unread []apigee.Problem) {
	for _, e := range f.Environments {
		e.refreshers = sync.OnceValue(e.listRefreshers)
	}
	f.refreshers = sync.OnceValue(func() []Refresher {
		var out []Refresher
		for _, e := range f.Environments {
			out = append(out, e.Refreshers()...)
		}
		return out
	})
	f.listWalks()
	f.Unread = slices.Concat(unread, a.unseen())
	f.Revisions -= len(a.unwalked)
	f.incomplete = len(a.unwalked) > 0
}

func (f *Facts) findMayRefresh() *Site {
	for _, e := range f.Environments {
		for w := range e.handlingTraces() {
			if r := w.MayRefresh(); r != nil {
				return r
			}
		}
	}
	return nil
}

func (f *Facts) listRevoking() []*Policy {
	var out []*Policy
	seen := map[*Policy]bool{}
	for _, e := range f.Environments {
		for w := range e.handlingTraces() {
			for _, r := range w.Sites {
				if p := r.Policy; p.revokesAny() && !seen[p] {
					seen[p] = true
					out = append(out, p)
				}
			}
		}
	}
	return out
}

func (f *Facts) noteSimplified() {
	spent := map[*Program][]string{}
	for _, e := range f.Environments {
		for _, w := range e.Traces() {
			if w.Simplified {
				spent[w.Program] = append(spent[w.Program], e.Name)
			}
		}
	}
	f.Simplified = simplified(spent)
}

// handlingTraces yields the walks that handle tokens.
func (e *Environment) handlingTraces() iter.Seq[*Trace] {
	return func(yield func(*Trace) bool) {
		for _, i := range e.handling {
			if !yield(e.walks.at(i)) {
				return
			}
		}
	}
}

// Searched says what was looked through in vain for an operation: "no refresh operation in 412 revisions of 6
// environments".
func (f *Facts) Searched(what string) string {
	s := fmt.Sprintf("no %s in %s", what, text.Count(f.Revisions, "revision"))
	if !f.Organization.Offline {
		s += " of " + text.Count(len(f.Environments), "environment")
	}
	return s
}

// Nothing is the subject of what no flow does: "nothing in the organization", or what was scanned of one.
func (f *Facts) Nothing() string {
	switch {
	case !f.Organization.Offline:
		return "nothing in the organization"
	case f.Revisions == 1:
		return "nothing in the one bundle scanned"
	}
	return fmt.Sprintf("none of the %d bundles scanned", f.Revisions)
}
