package audit

import (
	"slices"

	"apigee-audit/apigee/condition"
)

// rivals finds, among many formulas, the few that can hold together with a given one. A proxy may have hundreds of flows,
// each for its own path, so that only a handful of the earlier flows bear on any one of them.
type rivals struct {
	needs []condition.Requirements
	// symbols lists, for each symbol that formulas pin to known values, the formulas by value. Each formula is in one of
	// these lists or in loose.
	symbols map[string]*pinnedRivals
	loose   []int
}

type pinnedRivals struct {
	all     []int
	byValue map[string][]int
}

// add takes in a formula under the next number, from 0 on.
func (rs *rivals) add(needs condition.Requirements) {
	i := len(rs.needs)
	rs.needs = append(rs.needs, needs)
	keys := needs.Keys()
	if len(keys) == 0 {
		rs.loose = append(rs.loose, i)
		return
	}
	if rs.symbols == nil {
		rs.symbols = map[string]*pinnedRivals{}
	}
	p := rs.symbols[keys[0].Symbol]
	if p == nil {
		p = &pinnedRivals{byValue: map[string][]int{}}
		rs.symbols[keys[0].Symbol] = p
	}
	p.all = append(p.all, i)
	for _, k := range keys {
		if k.Symbol == keys[0].Symbol {
			p.byValue[k.Literal] = append(p.byValue[k.Literal], i)
		}
	}
}

// of lists the formulas that are not plainly excluded by one with these needs, in the order they were added.
func (rs *rivals) of(needs condition.Requirements) []int {
	values := map[string][]string{}
	for _, k := range needs.Keys() {
		values[k.Symbol] = append(values[k.Symbol], k.Literal)
	}
	candidates := slices.Clone(rs.loose)
	for symbol, p := range rs.symbols {
		wanted, pinned := values[symbol]
		if !pinned {
			candidates = append(candidates, p.all...)
			continue
		}
		for _, v := range wanted {
			candidates = append(candidates, p.byValue[v]...)
		}
	}
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	return slices.DeleteFunc(candidates, func(i int) bool { return rs.needs[i].Excludes(needs) })
}

// choice is a list of alternatives of which the first true one is taken.
type choice struct {
	rivals
	conds []condition.Formula
}

// add appends an alternative and returns when it is the one that is taken.
func (c *choice) add(cond condition.Formula) condition.Formula {
	needs := cond.Requires()
	all := []condition.Formula{cond}
	for _, i := range c.of(needs) {
		all = append(all, condition.Not(c.conds[i]))
	}
	c.rivals.add(needs)
	c.conds = append(c.conds, cond)
	return condition.And(all...)
}

// none holds where no alternative is taken.
func (c *choice) none() condition.Formula {
	all := make([]condition.Formula, len(c.conds))
	for i, cond := range c.conds {
		all[i] = condition.Not(cond)
	}
	return condition.And(all...)
}
