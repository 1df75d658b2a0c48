package flow

import "apigee-audit/apigee/condition"

// ground is what is known of requests that take none of the first alternatives of a choice: the conditions around the choice,
// the facts before it, and that these alternatives are not true.
type ground struct {
	condition.Ground
	choice *choice
	passed int
	facts  []fact
}

// ground is what is known of requests to which a choice is put.
func (w *walker) ground(s state, c *choice) *ground {
	g := &ground{choice: c, facts: s.facts}
	for i := range w.guards {
		w.effort.Add(&g.Ground, w.guards[i].holds)
	}
	for _, f := range s.facts {
		w.effort.Add(&g.Ground, f.holds)
	}
	return g
}

// before is the ground under the alternative that was added last, nil where that has no more than a few rivals.
func (g *ground) before() *ground {
	if !g.choice.crowded {
		return nil
	}
	for ; g.passed < len(g.choice.conds)-1; g.passed++ {
		g.choice.effort.Add(&g.Ground, condition.Not(g.choice.conds[g.passed]))
	}
	return g
}

// since are the facts of a state that were not known when the choice was put. It reports false if those are not known in
// the state.
func (g *ground) since(s state) ([]fact, bool) {
	n := len(g.facts)
	if n > len(s.facts) || n > 0 && s.facts[n-1] != g.facts[n-1] {
		return nil, false
	}
	return s.facts[n:], true
}

// grounded is the ground that the walk stands on, nil for none, what was chosen on it, and what is known here beyond it, the
// condition of what was chosen first.
func (w *walker) grounded(s state) (g *ground, chosen condition.Formula, more []condition.Formula) {
	i := len(w.guards) - 1
	for i >= 0 && w.guards[i].ground == nil {
		i--
	}
	if i < 0 {
		return nil, condition.Formula{}, nil
	}
	g = w.guards[i].ground
	facts, ok := g.since(s)
	if !ok {
		return nil, condition.Formula{}, nil
	}
	more = append(more, w.guards[i].own)
	for k := i + 1; k < len(w.guards); k++ {
		more = append(more, w.guards[k].holds)
	}
	for _, f := range facts {
		more = append(more, f.holds)
	}
	return g, w.guards[i].holds, more
}

// selectable reports whether some request can be here for which a guard holds.
func (w *walker) selectable(s state, g guard) (yes bool) {
	if g.ground == nil {
		return w.possible(s, g.holds)
	}
	w.within(g, func() { yes = w.possible(s, condition.True()) })
	return yes && !g.holds.IsFalse()
}
