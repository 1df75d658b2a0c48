package flow

import (
	"cmp"
	"slices"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/slab"
)

// walker follows one deployed proxy through its flows in one environment, the way Apigee runs them, and notes which
// policies can run and why others cannot. Variables that nobody assigns are free, so a policy is called dead only where
// constants, contradictions, earlier flows or faults leave no request that could reach it.
type walker struct {
	trace     *Trace
	scope     *Environment
	constants map[string]string

	space   *workspace
	effort  *condition.Effort
	over    func() bool // whether the audit has to end
	ended   bool        // it had to: the walk is not worth anything
	blind   bool        // too much was assigned to go on following it: conditions are taken as possible
	at      *frame      // where we are
	guards  []guard     // conditions of everything we are inside of
	calls   sharedCalls
	visits  int // steps looked at so far
	written int // assignments made so far

	// ignoring is set inside a shared flow whose faults do not stop its caller.
	ignoring    *ignoredFault
	afterClient bool  // inside PostClientFlow
	spot        *spot // of the steps in the frame around
	around      *frame
	writes      map[*Policy][]write // what of each policy's writes some condition of this walk can see
	reads       map[string]bool     // the variables that conditions of this walk read
	// unconditional reports whether nothing in reach handles tokens: conditions are then taken as true, because nobody asks.
	unconditional bool
}

// under is the conjunction of a condition and everything around it.
func (w *walker) under(cond condition.Formula) condition.Formula {
	all := make([]condition.Formula, 0, len(w.guards)+1)
	for i := range w.guards {
		all = append(all, w.guards[i].holds)
	}
	return condition.And(append(all, cond)...)
}

// matters tells the policies for which it must be known whether they can run. Proving it for the rest would only cost.
func (w *walker) matters(p *Policy) bool {
	return !w.unconditional && (p.handlesTokens() || p.SharedFlow != "" && w.scope.tokensIn(p.SharedFlow))
}

// anyMatters reports whether a step list attaches a policy that matters.
func (w *walker) anyMatters(list []step) bool {
	return slices.ContainsFunc(list, func(s step) bool { return w.matters(s.policy) })
}

// possible reports whether some request can be here with the condition true.
func (w *walker) possible(s state, cond condition.Formula) bool {
	if cond.IsFalse() || w.effort.Spent() {
		return !cond.IsFalse()
	}
	g, chosen, more := w.grounded(s)
	if g != nil && w.effort.Fits(&g.Ground, chosen, append(more, cond)...) {
		return true
	}
	all := make([]condition.Formula, 0, len(w.guards)+len(s.facts)+1)
	all = append(all, cond)
	for i := range w.guards {
		all = append(all, w.guards[i].holds)
	}
	for _, f := range s.facts {
		all = append(all, f.holds)
	}
	if g != nil {
		return w.effort.SatisfiableOn(&g.Ground, all...)
	}
	return w.effort.Satisfiable(all...)
}

// enter goes into a stage; what it does not say it takes from the one around it.
func (w *walker) enter(s stage) {
	if s.program == nil {
		s.program, s.endpoint = w.at.program, w.at.endpoint
	}
	w.at = w.inside(frame{outer: w.at, stage: keptIn(&w.space.stages, s, w.unconditional)})
}

// inside is a frame, to be pointed to.
func (w *walker) inside(f frame) *frame { return keptIn(&w.space.frames, f, w.unconditional) }

// keptIn is a value in a block. One that is for the walk alone is not: where nothing handles tokens, no place says where it is.
func keptIn[T any](block *slab.Of[T], value T, passing bool) *T {
	if passing {
		return new(value)
	}
	return block.Put(value)
}

// enterStep goes into a step.
func (w *walker) enterStep(s *step) {
	around := w.at
	for around.flow != nil || around.fault != nil {
		around = around.outer
	}
	w.at = w.inside(frame{outer: w.at, stage: around.stage, step: s})
}

func (w *walker) leave() { w.at = w.at.outer }

// within runs body under one more condition.
func (w *walker) within(g guard, body func()) {
	w.guards = append(w.guards, g)
	body()
	w.guards = w.guards[:len(w.guards)-1]
}

// steps walks a list of steps and returns the state behind it.
func (w *walker) steps(s state, list []step) state {
	for i := range list {
		if w.visits%64 == 0 {
			w.ended = w.ended || w.over()
		}
		if w.ended {
			break
		}
		s = w.step(s, &list[i])
	}
	return s
}

func (w *walker) step(s state, st *step) state {
	w.visits++
	if w.calls.inside() {
		w.calls.steps++
	}
	p := st.policy
	w.enterStep(st)
	defer w.leave()
	if st.faults != nil {
		for i := range *st.faults {
			w.faultRule(&(*st.faults)[i])
		}
	}
	if !p.Enabled {
		w.trace.dies(p, p.disabled)
		return s
	}
	cond := w.bind(s, st.cond)
	if w.matters(p) && !w.possible(s, cond) {
		w.trace.dies(p, func() Reason { return w.whyNot(s, cond, st) })
		return s
	}
	w.mayFault(s, p)
	switch {
	case p.Type == bundle.TypeRaiseFault:
		w.reach(s, cond, p)
		if p.ContinueOnError {
			return w.assign(s, p, cond)
		}
		return s.with(fact{holds: condition.Not(w.under(cond)), by: w.at})
	case p.Type == bundle.TypeFlowCallout:
		w.reach(s, cond, p)
		return w.callout(s, cond, p)
	case w.afterClient && p.operatesOnTokens():
		// Source: API proxy configuration reference, PostClientFlow: the response is already sent, only logging runs.
		w.trace.dies(p, func() Reason {
			return Reason{Kind: finding.CauseAfterResponse, Text: "it is attached in PostClientFlow, which runs after the response is sent and only for logging", At: w.at.hop()}
		})
		return s
	}
	if o := p.OAuth; o.Refreshes() && !w.unconditional && !w.possible(s, condition.And(cond, w.grantIs(s, o, grantRefreshToken))) {
		w.trace.dies(p, func() Reason { return w.whyNoGrant(s, cond, st) })
		return s
	}
	w.reach(s, cond, p)
	if o := p.OAuth; o != nil && o.checksGrant() && !p.ContinueOnError {
		supported := condition.Or(condition.Not(w.under(cond)), w.grantIs(s, o, o.Grants...))
		if n := len(s.facts); n == 0 || !condition.Equivalent(s.facts[n-1].holds, supported) {
			s = s.with(fact{holds: supported, by: w.at})
		}
	}
	return w.assign(s, p, cond)
}

// grantRefreshToken is the grant type of a refresh request. Source: RFC 6749 section 6.
const grantRefreshToken = "refresh_token"

// grantIs holds where the policy's grant type is one of the given. Policies fault on any other (UnSupportedGrantType).
func (w *walker) grantIs(s state, o *OAuthV2, grants ...string) condition.Formula {
	if w.blind {
		return condition.True()
	}
	variable := w.lookup(s, o.grantVariable())
	list := make([]condition.Formula, len(grants))
	for i, g := range grants {
		list[i] = condition.Equal(variable, g)
	}
	return condition.Or(list...)
}

// checksGrant reports whether the policy is known to fault on a grant type that it does not list. What it makes of one when
// another system has authorized the request is not documented.
func (o *OAuthV2) checksGrant() bool {
	return o.Generates() && !o.OperationMissing && !o.ExternalAuthorization.Value
}

// grantVariable is the variable that the policy reads the grant type from.
func (o *OAuthV2) grantVariable() string { return cmp.Or(o.GrantType.Value, grantTypeForm) }

// reach notes that a policy can run here.
func (w *walker) reach(s state, cond condition.Formula, p *Policy) {
	r := w.space.sites.Put(Site{Policy: p, Order: int32(w.visits), Response: w.trace.response})
	if o := p.OAuth; o != nil && o.Generates() {
		r.grants = w.grants(s, cond, o)
		r.onlyRefreshes = o.OperationMissing && r.grants == 0 && w.possible(s, condition.And(cond, w.grantIs(s, o, grantRefreshToken)))
	}
	if p.handlesTokens() || !w.unconditional && p.bearsOnTokens() {
		r.at = w.at
		r.spot, r.way = w.spotOf(w.at)
	}
	w.trace.record(r)
}

// The variables a client's grant_type arrives in; the form parameter is the documented default.
const (
	grantTypeForm  = "request.formparam.grant_type"
	grantTypeQuery = "request.queryparam.grant_type"
)

// grants narrows the grants a policy accepts to those that the conditions on the way let through.
func (w *walker) grants(s state, cond condition.Formula, o *OAuthV2) grantSet {
	var out grantSet
	for _, g := range o.RefreshableGrants() {
		if w.possible(s, condition.And(cond, w.grantIs(s, o, g))) {
			out.add(g)
		}
	}
	return out
}
