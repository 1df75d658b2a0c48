package flow

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
)

// spot is where sites lie in the pipeline, in a form that pairs of places are compared by quickly: there may be
// thousands of places in a walk, and rules look at each with each. The steps of a flow have the same.
type spot struct {
	proxy, target         *endpoint
	proxyFlow, targetFlow *flow // the conditional flows around it
	inFault               bool
}

// way is the conditions on the way to one or several places of a walk.
type way struct {
	further       // nothing where there is no condition
	number  int32 // among the ways of the walk
	isLast  bool  // a place lies at its end
	needs   atomic.Pointer[condition.Requirements]
}

// conds are the conditions, outermost first.
func (w *way) conds() []*condition.Expr {
	if w.cond == nil {
		return nil
	}
	return append(w.from.conds(), w.cond)
}

// further is a way with one more condition.
type further struct {
	from *way
	cond *condition.Expr
}

// ways are those of one walk, and which of them one request can pass together.
type ways struct {
	all    map[further]*way // nil once the walk is over
	spots  map[spot]*spot   // likewise
	start  way              // without a condition
	places int              // ways with a place at their end
}

// maxWays is how many ways a walk may have for pairs of them to be decided by proof. Beyond it only what is plain counts.
const maxWays = 500

// wayTo is the way to a frame.
func (w *walker) wayTo(f *frame) *way {
	ws := &w.trace.ways
	if f == nil {
		return &ws.start
	}
	outer, cond := w.wayTo(f.outer), f.cond()
	if cond == nil {
		return outer
	}
	key := further{outer, cond}
	to := ws.all[key]
	if to == nil {
		if ws.all == nil {
			ws.all = map[further]*way{}
		}
		to = w.space.ways.Put(way{further: key, number: int32(len(ws.all))})
		ws.all[key] = to
	}
	return to
}

// requires is what the conditions of a way require of what stays the same for a whole request, for where the walk has too many
// ways for a proof.
func (w *way) requires() condition.Requirements {
	known := w.needs.Load()
	if known == nil {
		needs := bindAll(w.conds(), "@"+strconv.Itoa(int(w.number))).Requires()
		known = &needs
		w.needs.Store(known)
	}
	return *known
}

// spotOf says where a step lies.
func (w *walker) spotOf(at *frame) (*spot, *way) {
	last := w.wayTo(at)
	if !last.isLast {
		last.isLast = true
		w.trace.ways.places++
	}
	if w.spot == nil || w.around != at.outer {
		w.spot, w.around = w.oneOf(at.outer.spot()), at.outer
	}
	return w.spot, last
}

// oneOf is the same spot, of which there is only one: a flow has steps in the request and in the response.
func (w *walker) oneOf(s spot) *spot {
	ws := &w.trace.ways
	one := ws.spots[s]
	if one == nil {
		if ws.spots == nil {
			ws.spots = map[spot]*spot{}
		}
		one = w.space.spots.Put(s)
		ws.spots[s] = one
	}
	return one
}

// spot is where the steps in a frame lie.
func (f *frame) spot() spot {
	var s spot
	for ; f != nil; f = f.outer {
		switch {
		case f.fault != nil:
			s.inFault = true
		case f.conditional() && f.endpoint.Role == bundle.TargetEndpoint:
			s.targetFlow = f.flow
		case f.conditional():
			s.proxyFlow = f.flow
		case f.isEndpoint() && f.endpoint.Role == bundle.ProxyEndpoint:
			s.proxy = f.endpoint
		case f.isEndpoint() && f.endpoint.Role == bundle.TargetEndpoint:
			s.target = f.endpoint
		}
	}
	return s
}

// Together reports whether one request can pass two places of a walk: no other endpoint, no other conditional flow, no
// contradiction between their conditions. Fault rules are reached from anywhere and count as another request.
func (w *Trace) Together(a, b *Site) bool {
	if a.at == nil || b.at == nil || a.spot.inFault || b.spot.inFault || a.spot.excludes(b.spot) {
		return false
	}
	return w.ways.pass(a.way, b.way)
}

// excludes reports whether no request is at both spots, because it enters one endpoint and one conditional flow of each.
func (s *spot) excludes(o *spot) bool {
	return s.proxy != o.proxy && s.proxy != nil && o.proxy != nil ||
		s.target != o.target && s.target != nil && o.target != nil ||
		s.proxyFlow != o.proxyFlow && s.proxyFlow != nil && o.proxyFlow != nil ||
		s.targetFlow != o.targetFlow && s.targetFlow != nil && o.targetFlow != nil
}

// pass reports whether the conditions of two ways can hold for one request.
func (ws *ways) pass(a, b *way) bool {
	if a.cond == nil || b.cond == nil {
		return true // the walk has found each of them possible
	}
	if ws.places > maxWays {
		return !a.requires().Excludes(b.requires())
	}
	return condition.Satisfiable(bindAll(a.conds(), "@1"), bindAll(b.conds(), "@2"))
}

// Certain reports whether every request that passes r gets past the conditions of other as well.
func (w *Trace) Certain(r, other *Site) bool {
	if !w.Together(r, other) {
		return false
	}
	var own []*condition.Expr // of what other is inside of and r is not
	around := r.at.enclosing()
	for _, f := range other.at.enclosing() {
		if cond := f.cond(); cond != nil && !slices.ContainsFunc(around, func(g *frame) bool { return g.program == f.program && g.file() == f.file() && g.span() == f.span() }) {
			own = append(own, cond)
		}
	}
	if r.way.cond == nil { // often so in shared flows; then any condition that can be false is enough
		return !slices.ContainsFunc(own, func(c *condition.Expr) bool {
			return condition.Satisfiable(condition.Not(bindAll([]*condition.Expr{c}, "@2")))
		})
	}
	return condition.Implies(bindAll(r.way.conds(), "@1"), bindAll(own, "@2"))
}

// OnSuccess reports whether a place can be passed when the response is a success, which a token response is.
func (r *Site) OnSuccess() bool {
	return !r.spot.inFault && condition.Satisfiable(bindAll(r.way.conds(), ""),
		condition.Equal(condition.Symbol("response.status.code"), "200"),
		condition.Equal(condition.Symbol("message.status.code"), "200"))
}

// bindAll is the conjunction of conditions. What the client sent is the same at every place of a request; any other
// variable may have changed in between and gets the suffix.
func bindAll(conds []*condition.Expr, suffix string) condition.Formula {
	lookup := func(variable string) condition.Term {
		variable = canonical(variable)
		if !constant(variable) && !strings.HasPrefix(variable, requestPrefix) {
			variable += suffix
		}
		return free(variable)
	}
	all := make([]condition.Formula, len(conds))
	for i, cond := range conds {
		all[i] = cond.Bind(lookup)
	}
	return condition.And(all...)
}

// CallsTarget reports whether a route of the walk leads to a target.
func (w *Trace) CallsTarget() bool { return len(w.routed) > 0 || w.external }

// FailureStops reports whether a request ends when the policy fails here: neither it nor a FlowCallout around it has
// continueOnError.
func (r *Site) FailureStops() bool {
	return !r.Policy.ContinueOnError && !slices.ContainsFunc(r.at.enclosing(), func(f *frame) bool {
		return f.step != nil && f.step.policy != r.Policy && f.step.policy.ContinueOnError
	})
}
