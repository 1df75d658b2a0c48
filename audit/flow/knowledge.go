package flow

import (
	"slices"

	"apigee-audit/apigee/condition"
)

// knowledge is a state's facts behind a choice of flows, with the few that bear on a condition quickly found.
type knowledge struct {
	state
	chosen flowChoice
	all    *rivals // of all facts
	others *rivals // of those that no flow of the choice made, by their place among these
	before int     // how many of these were known when the choice was made
	after  int     // where in the facts those that were known behind the flows end
}

func (w *walker) index(s state, chosen flowChoice) *knowledge {
	k := &knowledge{state: s, chosen: chosen, before: len(chosen.from.facts), after: len(chosen.known)}
	if w.effort.Spent() {
		k.facts = nil
	}
	return k
}

func rivalsOf(facts ...[]fact) *rivals {
	var rs rivals
	for _, list := range facts {
		for _, f := range list {
			rs.add(condition.Not(f.holds).Requires())
		}
	}
	return &rs
}

// about is the state with only those facts that say something where a condition holds: a fact about requests that are
// excluded by it is true anyway.
func (k *knowledge) about(cond condition.Formula) state {
	s := state{last: k.last}
	if len(k.facts) == 0 {
		return s
	}
	if k.all == nil {
		k.all = rivalsOf(k.facts)
	}
	for _, i := range k.all.of(cond.Requires()) {
		s.facts = append(s.facts, k.facts[i])
	}
	return s
}

// manyFacts are too many to be looked at from each flow.
const manyFacts = 256

// in is about for the condition that one flow of the choice was chosen. What another flow has made known is of requests for
// which that one was chosen, so where much is known it is not looked at.
func (k *knowledge) in(flow int, cond condition.Formula) state {
	if len(k.facts) <= manyFacts {
		return k.about(cond)
	}
	if k.others == nil {
		if len(k.facts) < k.after || !slices.Equal(k.facts[:k.after], k.chosen.known) {
			return k.about(cond) // something on the way has made the audit forget
		}
		k.others = rivalsOf(k.facts[:k.before], k.facts[k.after:])
	}
	needs := cond.Requires()
	s := state{last: k.last}
	own := func() {
		for i := k.chosen.facts[flow]; i < k.chosen.facts[flow+1] && k.before+i < k.after; i++ {
			if f := k.facts[k.before+i]; !condition.Not(f.holds).Requires().Excludes(needs) {
				s.facts = append(s.facts, f)
			}
		}
	}
	for _, i := range k.others.of(needs) {
		if i >= k.before {
			i += k.after - k.before
			if own != nil {
				own()
				own = nil
			}
		}
		s.facts = append(s.facts, k.facts[i])
	}
	if own != nil {
		own()
	}
	return s
}
