package audit

import (
	"slices"

	"apigee-audit/apigee/condition"
)

// walker follows one deployed proxy through its flows in one environment, the way Apigee runs them, and notes which
// policies can run and why others cannot. Variables that nobody assigns are free, so a policy is called dead only where
// constants, contradictions, earlier flows or faults leave no request that could reach it.
type walker struct {
	walk      *Walk
	scope     *Environment
	constants map[string]string

	at          *frame              // where we are
	guards      []condition.Formula // conditions of everything we are inside of
	callStack   []string            // shared flows being called
	assignments int
	visits      int                 // steps looked at so far
	freely      map[string]bool     // shared flows walked without conditions after the budget was spent
	afterClient bool                // inside PostClientFlow
	writes      map[*Policy][]write // what of each policy's writes some condition of this walk can see
	reads       map[string]bool     // the variables that conditions of this walk read
	// idle tells that nothing in reach handles tokens: conditions are then taken as true, because nobody asks.
	idle bool
}

// visitBudget bounds the work for shared flows that call one another many times. Beyond it each shared flow is walked
// once more with all its conditions taken as possible, so that nothing live is called dead.
const visitBudget = 20000

// under is the conjunction of a condition and everything around it.
func (w *walker) under(cond condition.Formula) condition.Formula {
	return condition.And(append(slices.Clip(w.guards), cond)...)
}

// matters tells the policies for which it must be known whether they can run. Proving it for the rest would only cost.
func (w *walker) matters(p *Policy) bool {
	return !w.idle && (p.handlesTokens() || p.SharedFlow != "" && w.scope.tokensIn(p.SharedFlow))
}

// anyMatters tells whether a step list attaches a policy that matters.
func (w *walker) anyMatters(list []step) bool {
	return slices.ContainsFunc(list, func(s step) bool { return w.matters(s.policy) })
}

// possible tells whether some request can be here with the condition true.
func (w *walker) possible(s state, cond condition.Formula) bool {
	if cond.IsFalse() {
		return false
	}
	all := make([]condition.Formula, 0, len(w.guards)+len(s.facts)+1)
	all = append(all, cond)
	all = append(all, w.guards...)
	for _, f := range s.facts {
		all = append(all, f.holds)
	}
	return condition.Satisfiable(all...)
}

// enter goes into a frame; what it does not say it takes from the one around it.
func (w *walker) enter(f frame) {
	f.outer = w.at
	if f.unit == nil {
		f.unit, f.endpoint = w.at.unit, w.at.endpoint
	}
	w.at = &f
}

func (w *walker) leave() { w.at = w.at.outer }

// within runs body under one more condition.
func (w *walker) within(cond condition.Formula, body func()) {
	w.guards = append(w.guards, cond)
	body()
	w.guards = w.guards[:len(w.guards)-1]
}

// steps walks a list of steps and returns the state behind it.
func (w *walker) steps(s state, list []step) state {
	for i := range list {
		s = w.step(s, &list[i])
	}
	return s
}

func (w *walker) step(s state, st *step) state {
	w.visits++
	p := st.policy
	w.enter(frame{step: st})
	defer w.leave()
	for i := range st.faults {
		w.faultRule(&st.faults[i])
	}
	if !p.Enabled {
		w.walk.dies(p, Reason{Text: "it is disabled (enabled=\"false\")", At: p.Hop()})
		return s
	}
	cond := w.bind(s, st.cond)
	if w.matters(p) && !w.possible(s, cond) {
		w.walk.dies(p, w.whyNot(s, cond, st))
		return s
	}
	switch {
	case p.Type == "RaiseFault":
		w.reach(s, cond, p)
		if p.ContinueOnError {
			return w.assign(s, p, cond)
		}
		return s.with(fact{holds: condition.Not(w.under(cond)), by: w.at})
	case p.Type == "FlowCallout":
		w.reach(s, cond, p)
		return w.callout(s, cond, p)
	case w.afterClient && (p.OAuth != nil || p.ReadsToken.Span.Line > 0 || p.Revoke != nil):
		// Source: API proxy configuration reference, PostClientFlow: the response is already sent, only logging runs.
		w.walk.dies(p, Reason{Text: "it is attached in PostClientFlow, which runs after the response is sent and only for logging", At: w.at.hop()})
		return s
	}
	w.reach(s, cond, p)
	return w.assign(s, p, cond)
}

// reach notes that a policy can run here.
func (w *walker) reach(s state, cond condition.Formula, p *Policy) {
	r := &Reach{Policy: p, Order: w.visits, Response: w.walk.response}
	if p.OAuth != nil && p.OAuth.Generates() {
		r.Grants = w.grants(s, cond, p.OAuth)
	}
	if p.handlesTokens() || !w.idle && p.bearsOnTokens() {
		r.at = w.at
	}
	w.walk.Reaches = append(w.walk.Reaches, r)
}

// The variables a client's grant_type arrives in; the form parameter is the documented default.
const (
	grantTypeForm  = "request.formparam.grant_type"
	grantTypeQuery = "request.queryparam.grant_type"
)

// grants narrows the grants a policy accepts to those that the conditions on the way let through.
func (w *walker) grants(s state, cond condition.Formula, o *OAuthV2) []string {
	variable := o.GrantType.Value
	if variable == "" {
		variable = grantTypeForm
	}
	var out []string
	for _, g := range o.RefreshableGrants() {
		want := condition.Equal(w.lookup(s, variable), g)
		if variable == grantTypeForm || variable == grantTypeQuery {
			// Proxies often test one of the two and leave the policy at its default; a client sends the same in both.
			want = condition.And(want, condition.Equal(w.lookup(s, grantTypeForm), g), condition.Equal(w.lookup(s, grantTypeQuery), g))
		}
		if w.possible(s, condition.And(cond, want)) {
			out = append(out, g)
		}
	}
	return out
}

// callout walks a called shared flow in place, if it is deployed in this environment.
func (w *walker) callout(s state, cond condition.Formula, p *Policy) state {
	called := w.scope.sharedFlow(p.SharedFlow)
	after := w.assign(s, p, cond)
	if len(called) == 0 { // whatever it does, it is not in sight
		after = w.unknown(after, write{prefix: true})
	}
	for _, u := range called {
		w.within(cond, func() { after = w.sharedFlow(after, u, p.ContinueOnError) })
	}
	return after
}

// sharedFlow walks a shared flow. With soft, a fault inside does not stop the caller.
func (w *walker) sharedFlow(s state, u *Unit, soft bool) state {
	name := u.Revision.Name
	if slices.Contains(w.callStack, name) {
		return s // a cycle: everything in it is being walked already
	}
	if w.visits > visitBudget {
		if w.freely[name] {
			return w.unknown(s, write{prefix: true})
		}
		w.freely[name] = true
		guards := w.guards
		w.guards = nil
		defer func() { w.guards = guards }()
		s = w.unknown(state{}, write{prefix: true})
	}
	w.callStack = append(w.callStack, name)
	defer func() { w.callStack = w.callStack[:len(w.callStack)-1] }()
	w.walk.addUnit(u)
	facts := s.facts
	for _, e := range u.entries() {
		w.enter(frame{unit: u, endpoint: e})
		s = w.steps(s, e.steps)
		w.leave()
	}
	if soft {
		s.facts = facts
	}
	return s
}

// entries are the flows of a shared flow bundle that a call runs: the one named default; without it, whatever there is.
func (u *Unit) entries() []*endpoint {
	isDefault := func(e *endpoint) bool { return e.Name == "default" }
	if i := slices.IndexFunc(u.endpoints, isDefault); i >= 0 {
		return u.endpoints[i : i+1]
	}
	return u.endpoints
}
