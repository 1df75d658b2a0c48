package flow

import (
	"cmp"
	"maps"
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

// add takes in a formula under the next number, from 0 on. Of the symbols that it pins it is filed under the one whose values
// are the least common so far.
func (rs *rivals) add(needs condition.Requirements) {
	i := len(rs.needs)
	rs.needs = append(rs.needs, needs)
	values := valuesBySymbol(needs)
	if len(values) == 0 {
		rs.loose = append(rs.loose, i)
		return
	}
	if rs.symbols == nil {
		rs.symbols = map[string]*pinnedRivals{}
	}
	rarest := slices.MinFunc(slices.Sorted(maps.Keys(values)), func(a, b string) int {
		return cmp.Compare(rs.symbols[a].count(values[a]), rs.symbols[b].count(values[b]))
	})
	p := rs.symbols[rarest]
	if p == nil {
		p = &pinnedRivals{byValue: map[string][]int{}}
		rs.symbols[rarest] = p
	}
	p.all = append(p.all, i)
	for _, v := range values[rarest] {
		p.byValue[v] = append(p.byValue[v], i)
	}
}

func (p *pinnedRivals) count(values []string) int {
	n := 0
	for _, v := range values {
		if p != nil {
			n += len(p.byValue[v])
		}
	}
	return n
}

func valuesBySymbol(needs condition.Requirements) map[string][]string {
	values := map[string][]string{}
	for _, k := range needs.Keys() {
		values[k.Symbol] = append(values[k.Symbol], k.Literal)
	}
	return values
}

// of lists the formulas that are not plainly excluded by one with these needs, in the order they were added.
func (rs *rivals) of(needs condition.Requirements) []int {
	values := valuesBySymbol(needs)
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
	effort *condition.Effort
	rivals
	conds []condition.Formula
}

// stepsPerRival is what it takes to compare an alternative with another one.
const stepsPerRival = 2

// add appends an alternative and returns when it is the one that is taken. Without effort left nobody will decide it.
func (c *choice) add(cond condition.Formula) condition.Formula {
	if c.effort.Spent() {
		return cond
	}
	needs := cond.Requires()
	all := []condition.Formula{cond}
	before := c.of(needs)
	if !c.effort.Take(stepsPerRival * len(before)) { // thousands of flows may all ask for the same
		return cond
	}
	for _, i := range before {
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
