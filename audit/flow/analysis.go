package flow

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
	"apigee-audit/internal/crew"
	"apigee-audit/internal/slab"
)

// analysis walks the deployments of an organization, each bundle within a budget and all of them until the context ends.
type analysis struct {
	ctx context.Context
	mu  sync.Mutex // of traces, efforts and unwalked
	// traces are kept by signature: they come out the same in several environments where the proxy, every shared flow it can
	// call and the flow hooks are the same revisions.
	traces map[string]*Trace
	// known are those of an earlier analysis with other programs in place of some.
	known   map[string]*Trace
	before  *Facts // of that analysis, nil for none
	efforts map[*Program]*condition.Effort
	// unwalked are the bundles that the end of the context left out, with the environments concerned.
	unwalked map[*Program][]string
}

// effortOf each bundle, in all environments together, is some seconds of one core: thousands of times what the largest
// bundle takes that the platform's limits allow (200 flows a proxy).
// Source of the limit: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
const effortOfBundle = 30_000_000

func newAnalysis(ctx context.Context) *analysis {
	return &analysis{
		ctx: ctx, traces: map[string]*Trace{}, efforts: map[*Program]*condition.Effort{}, unwalked: map[*Program][]string{},
	}
}

func (a *analysis) over() bool { return a.ctx.Err() != nil }

// effort is what is left to be spent on a bundle. Where nothing was spent yet, it begins, with the working memory of another one of the
// same goroutine.
func (a *analysis) effort(u *Program, space *workspace) *condition.Effort {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.efforts[u]
	if e == nil {
		e = space.effort.Another(effortOfBundle)
		a.efforts[u] = e
	}
	return e
}

// workspace is what the walks that a goroutine makes one after the other share: an effort for nothing, for its working memory, and
// the blocks of what is kept of them. An organization has a million places.
type workspace struct {
	effort *condition.Effort
	sites  slab.Of[Site]
	frames slab.Of[frame]
	stages slab.Of[stage]
	ways   slab.Of[way]
	spots  slab.Of[spot]
}

func (a *analysis) workspace() *workspace { return &workspace{effort: condition.NewEffort(0, a.over)} }

// walkAll follows everything that is deployed, several bundles side by side. One bundle is followed in one environment after the
// other, so that what is spent on it does not depend on which was first.
func (a *analysis) walkAll(environments []*Environment) {
	type place struct {
		e        *Environment
		i        int // of the traces
		presumed bool
	}
	places := map[*Program][]place{}
	var programs []*Program
	for _, e := range environments {
		list, presumed := e.walked()
		e.walks.items = make([]*Trace, len(list))
		for i, u := range list {
			if places[u] == nil {
				programs = append(programs, u)
			}
			places[u] = append(places[u], place{e, i, presumed[i]})
		}
	}
	crew.EachWith(len(programs), runtime.GOMAXPROCS(0), a.workspace, func(i int, space *workspace) {
		for _, at := range places[programs[i]] {
			at.e.walks.items[at.i] = a.walk(at.e, programs[i], at.presumed, space)
		}
	})
	for _, e := range environments { // without those that the end of the context left out
		e.walks.items = slices.DeleteFunc(e.walks.items, func(w *Trace) bool { return w == nil })
	}
}

// walk follows a bundle in an environment, or takes the walk of an environment where it comes out the same. Nil means that
// the context ended first.
func (a *analysis) walk(e *Environment, u *Program, presumed bool, space *workspace) *Trace {
	key := e.signature(u)
	a.mu.Lock()
	w := cmp.Or(a.traces[key], a.known[key])
	a.mu.Unlock()
	known := w != nil
	if !known && !a.over() {
		w = e.walk(u, presumed, a, space)
	}
	over := a.over()
	a.mu.Lock()
	defer a.mu.Unlock()
	if over && !known { // what was begun is not finished
		a.unwalked[u] = append(a.unwalked[u], e.Name)
		return nil
	}
	a.traces[key] = w
	return w
}

// simplified says which bundles were analyzed less exactly than the others, because their budget did not suffice in some
// environments. What they do was still seen.
func simplified(spent map[*Program][]string) []apigee.Problem {
	return problemsOf(spent, "its conditions and calls take more work to decide than is spent on one bundle; beyond that, everything was taken "+
		"as possible, so steps that can never run may count as live. Split the proxy; if it is an ordinary one, please report this")
}

// unseen says which bundles were not analyzed because the context ended.
func (a *analysis) unseen() []apigee.Problem {
	if len(a.unwalked) == 0 {
		return nil
	}
	return problemsOf(a.unwalked, "the audit ended before the flows were analyzed ("+WhyEnded(a.ctx)+"); what they issue or refresh is not known")
}

func problemsOf(bundles map[*Program][]string, text string) []apigee.Problem {
	var out []apigee.Problem
	for _, u := range slices.SortedFunc(maps.Keys(bundles), ComparePrograms) {
		r := u.Revision
		out = append(out, apigee.Problem{
			Kind: r.Kind, Name: r.Name, Revision: r.Number, Operation: "analyze flows", Error: text,
		}.Within(bundles[u]))
	}
	return out
}

// WhyEnded says in words why a context ended.
func WhyEnded(ctx context.Context) string {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, context.DeadlineExceeded):
		return "its time ran out"
	case errors.Is(cause, context.Canceled):
		return "it was interrupted"
	default:
		return cause.Error()
	}
}
