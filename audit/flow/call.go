package flow

import (
	"maps"
	"slices"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
)

// sharedCalls is what a walk keeps of the shared flows that it goes through. Shared flows may call one another, so the ways
// through them can double with each level. Ordinary bundles are walked way by way. Once a walk has grown large, a call
// that knows no less than an earlier one of the same shared flow takes over what that one reached, and beyond the budget
// each shared flow is walked once more with all its conditions taken as possible.
type sharedCalls struct {
	stack         []*Program // being walked
	steps         int        // looked at inside shared flows
	cycles        int        // calls left out because they are being walked already
	kept          map[*Program][]*call
	reads         map[*Program][]string
	unconditional map[*Program]bool // walked without conditions
}

const (
	// stepsBeforeReuse is far above what ordinary proxies have: 20 shared flows of 20 steps for each of 5 endpoints.
	stepsBeforeReuse = 2_000
	// maxCallSteps bounds the steps inside shared flows.
	maxCallSteps = 10_000
	// maxKept bounds how many calls of one shared flow are kept.
	maxKept = 8
)

func (c *sharedCalls) inside() bool { return len(c.stack) > 0 }

// call is a finished walk of a shared flow.
type call struct {
	soft   bool
	from   *frame                    // outermost frame of the shared flow
	values map[string]condition.Term // what the variables stood for that it reads
	guards []condition.Formula
	facts  []fact
	sites  []*Site // one a policy
	writes []write
}

// callout walks a called shared flow in place, if it is deployed in this environment. What it assigns holds only where the
// call was made, and whether the call's parameters outlive it is not documented.
func (w *walker) callout(s state, cond condition.Formula, p *Policy) state {
	before := s
	s = w.assign(s, p, cond)
	if w.scope.unseen(p.SharedFlow) {
		if !w.possible(s, cond) {
			return s
		}
		return w.unknown(s, write{prefix: true})
	}
	after := w.alternatives(s, w.scope.sharedFlow(p.SharedFlow), func(s state, u *Program) (after state) {
		w.within(guard{holds: cond, own: cond, at: w.at}, func() { after = w.sharedFlow(s, u, p.ContinueOnError) })
		return after
	})
	after = w.forget(after, w.visibleWrites(p))
	if cond.IsTrue() {
		return after
	}
	return w.where(w.under(cond), before, after)
}

// where is the state behind steps that ran only for requests of some guard: what they assigned is known of those alone.
func (w *walker) where(guard condition.Formula, before, after state) state {
	var ends branches
	ends.add(before, after)
	out := w.join(before, &ends)
	for _, wr := range writesSince(before, after) {
		if value := w.lookup(after, wr.name); !wr.prefix && value.IsLiteral() {
			out = out.with(fact{holds: condition.Or(condition.Not(guard), condition.Same(w.lookup(out, wr.name), value))})
		}
	}
	return out
}

// alternatives walks the shared flows that one call may run. There is one; offline there may be several copies of it, of
// which a deployment would have one.
func (w *walker) alternatives(s state, called []*Program, walk func(state, *Program) state) state {
	if len(called) == 1 {
		return walk(s, called[0])
	}
	var ends branches
	for _, u := range called {
		ends.add(s, state{last: walk(s, u).last}) // what one copy makes known, another need not
	}
	return w.join(s, &ends)
}

// sharedFlow walks a shared flow. With soft, a fault inside does not stop the caller.
func (w *walker) sharedFlow(s state, u *Program, soft bool) state {
	if slices.Contains(w.calls.stack, u) {
		w.calls.cycles++
		return s // everything in it is being walked already
	}
	w.trace.addProgram(u)
	switch {
	case w.calls.steps > maxCallSteps:
		return w.walkUnconditionally(u)
	case w.calls.steps > stepsBeforeReuse:
		if c := w.earlier(s, u, soft); c != nil {
			return w.repeat(s, c)
		}
	}
	return w.enterShared(s, u, soft)
}

// enterShared walks the steps of a shared flow, and keeps what came of it for later calls.
func (w *walker) enterShared(s state, u *Program, soft bool) state {
	before, reached, cycles, outer := s, len(w.trace.Sites), w.calls.cycles, w.ignoring
	if soft {
		w.ignoring = &ignoredFault{}
	}
	w.calls.stack = append(w.calls.stack, u)
	var from *frame
	for _, e := range u.entries() {
		w.enter(stage{program: u, endpoint: e})
		from = w.at
		s = w.steps(s, e.steps)
		w.leave()
	}
	w.calls.stack = w.calls.stack[:len(w.calls.stack)-1]
	if w.calls.steps > stepsBeforeReuse && w.calls.cycles == cycles && len(u.entries()) == 1 && len(w.calls.kept[u]) < maxKept {
		w.keepCall(u, &call{soft: soft, from: from, facts: before.facts, writes: writesSince(before, s)}, before, reached)
	}
	if soft {
		if w.ignoring.possible { // whatever stands behind the fault may not have run
			s = w.forget(s, writesSince(state{last: w.ignoring.last}, s))
		}
		s.facts, w.ignoring = before.facts, outer
	}
	return s
}

// ignoredFault is the first place in a shared flow where a fault may end it without stopping its caller.
type ignoredFault struct {
	possible bool
	last     *assignment // the newest before it
}

// mayFault notes that a step may fault.
func (w *walker) mayFault(s state, p *Policy) {
	if w.ignoring == nil || w.ignoring.possible || p.ContinueOnError || p.steady || p.Type == bundle.TypeFlowCallout && len(w.scope.sharedFlow(p.SharedFlow)) > 0 {
		return
	}
	w.ignoring.possible, w.ignoring.last = true, s.last
}

// walkUnconditionally walks a shared flow once with nothing known and all conditions possible.
func (w *walker) walkUnconditionally(u *Program) state {
	w.trace.Simplified = true
	s := w.unknown(state{}, write{prefix: true})
	if w.calls.unconditional[u] {
		return s
	}
	if w.calls.unconditional == nil {
		w.calls.unconditional = map[*Program]bool{}
	}
	w.calls.unconditional[u] = true
	guards := w.guards
	w.guards = nil
	after := w.enterShared(s, u, true)
	w.guards = guards
	return after
}

func (w *walker) keepCall(u *Program, c *call, before state, reached int) {
	seen := map[*Policy]bool{}
	for _, r := range w.trace.Sites[reached:] {
		if !seen[r.Policy] {
			seen[r.Policy] = true
			c.sites = append(c.sites, r)
		}
	}
	for i := range w.guards {
		if g := w.guards[i].holds; !g.IsTrue() {
			c.guards = append(c.guards, g)
		}
	}
	c.values = map[string]condition.Term{}
	for _, v := range w.readsOf(u) {
		c.values[v] = w.lookup(before, v)
	}
	if w.calls.kept == nil {
		w.calls.kept = map[*Program][]*call{}
	}
	w.calls.kept[u] = append(w.calls.kept[u], c)
}

// readsOf lists the variables that decide something in a shared flow and those it calls.
func (w *walker) readsOf(u *Program) []string {
	list, known := w.calls.reads[u]
	if !known {
		reads := map[string]bool{grantTypeForm: true, grantTypeQuery: true}
		w.scope.addReads(u, reads, map[*Program]bool{})
		list = slices.Collect(maps.Keys(reads))
		if w.calls.reads == nil {
			w.calls.reads = map[*Program][]string{}
		}
		w.calls.reads[u] = list
	}
	return list
}

// earlier finds a walk of a shared flow that stands for one from here: its variables stood for the same, and it was under
// no condition and knew no fact that does not hold here. What could run then is no less than what can run now.
func (w *walker) earlier(s state, u *Program, soft bool) *call {
	for _, c := range w.calls.kept[u] {
		if c.soft == soft && w.knows(s, c) {
			return c
		}
	}
	return nil
}

func (w *walker) knows(s state, c *call) bool {
	n := len(c.facts)
	if n > len(s.facts) || !slices.Equal(s.facts[:n], c.facts) {
		return false
	}
	for _, g := range c.guards {
		if !slices.ContainsFunc(w.guards, func(h guard) bool { return h.holds == g }) {
			return false
		}
	}
	for v, t := range c.values {
		if w.lookup(s, v) != t {
			return false
		}
	}
	return true
}

// repeat takes over what an earlier walk reached, at the step where we are.
func (w *walker) repeat(s state, c *call) state {
	for _, r := range c.sites {
		w.visits++
		again := *r
		again.Order, again.Response = int32(w.visits), w.trace.response
		if r.at != nil {
			again.at = r.at.moved(c.from, w.at)
			again.spot, again.way = w.spotOf(again.at)
		}
		w.trace.record(&again)
	}
	return w.forget(s, c.writes)
}

// moved is a frame inside of another as it is when that one is entered from somewhere else.
func (f *frame) moved(inside, outer *frame) *frame {
	again := *f
	if f == inside {
		again.outer = outer
	} else {
		again.outer = f.outer.moved(inside, outer)
	}
	return &again
}

// writesSince lists what was assigned between two states, each variable once.
func writesSince(before, after state) []write {
	var out []write
	seen := map[written]bool{}
	for a := after.last; a != nil && a != before.last; a = a.prev {
		if name := (written{a.name, a.prefix}); !seen[name] {
			seen[name] = true
			out = append(out, a.write)
		}
	}
	return out
}

// written names a variable, or all that begin so.
type written struct {
	name   string
	prefix bool
}
