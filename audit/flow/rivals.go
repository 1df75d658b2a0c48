package flow

import (
	"cmp"
	"slices"

	"apigee-audit/apigee/condition"
)

// rivals finds, among many formulas, the few that can hold together with a given one. A proxy may have hundreds of flows,
// each for its own path, so that only a handful of the earlier flows bear on any one of them.
type rivals struct {
	needs []condition.Requirements
	// filed is how many of them are in the index: none while they are so few that asking each costs less.
	filed int
	// symbols lists, for each symbol that formulas pin to a few values, the formulas by value. Each formula is in one of
	// these lists or in loose.
	symbols map[string]*pinnedRivals
	loose   []int
}

type pinnedRivals struct {
	all     []int
	byValue map[string][]int
	// The same by how the values begin: in known are those in byValue, in open all others.
	known, open heads
}

// fewRivals are so few formulas that no index is made of them.
const fewRivals = 16

// add takes in a formula under the next number, from 0 on.
func (rs *rivals) add(needs condition.Requirements) {
	rs.needs = append(rs.needs, needs)
	if len(rs.needs) <= fewRivals {
		return
	}
	for ; rs.filed < len(rs.needs); rs.filed++ {
		rs.file(rs.filed)
	}
}

// file takes a formula into the index. Of the symbols that it pins it is filed under the one whose values are the least common so
// far, or else the one by which the most are filed.
func (rs *rivals) file(i int) {
	pins := rs.needs[i].Pins()
	if len(pins) == 0 {
		rs.loose = append(rs.loose, i)
		return
	}
	if rs.symbols == nil {
		rs.symbols = map[string]*pinnedRivals{}
	}
	best, filed := condition.Pin{}, (*pinnedRivals)(nil)
	for k, fewest := 0, 0; k < len(pins); k++ {
		p := rs.symbols[pins[k].Symbol]
		if n := p.count(&pins[k]); k == 0 || cmp.Or(cmp.Compare(n, fewest), cmp.Compare(filed.size(), p.size()), cmp.Compare(pins[k].Symbol, best.Symbol)) < 0 {
			best, filed, fewest = pins[k], p, n
		}
	}
	if filed == nil {
		filed = &pinnedRivals{byValue: map[string][]int{}}
		rs.symbols[best.Symbol] = filed
	}
	filed.add(&best, i)
}

func (p *pinnedRivals) add(pin *condition.Pin, i int) {
	p.all = append(p.all, i)
	begun := &p.open
	if pin.Keys != nil {
		begun = &p.known
	}
	for _, k := range pin.Keys {
		p.byValue[k] = append(p.byValue[k], i)
	}
	for _, head := range pin.Heads {
		begun.add(head, i)
	}
}

func (p *pinnedRivals) size() int {
	if p == nil {
		return 0
	}
	return len(p.all)
}

// count is how many formulas a pin has something in common with, those counted twice that have several values.
func (p *pinnedRivals) count(pin *condition.Pin) int {
	if p == nil {
		return 0
	}
	n := 0
	for _, k := range pin.Keys {
		n += len(p.byValue[k])
	}
	for _, head := range pin.Heads {
		n += p.open.number(head)
		if pin.Keys == nil {
			n += p.known.number(head)
		}
	}
	return n
}

// with appends the formulas that a pin has something in common with.
func (p *pinnedRivals) with(pin *condition.Pin, list []int) []int {
	for _, k := range pin.Keys {
		list = append(list, p.byValue[k]...)
	}
	for _, head := range pin.Heads {
		list = p.open.collect(head, list)
		if pin.Keys == nil {
			list = p.known.collect(head, list)
		}
	}
	return list
}

// of lists the formulas that are not plainly excluded by one with these needs, in the order they were added.
func (rs *rivals) of(needs condition.Requirements) []int {
	candidates := rs.candidates(needs)
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	return slices.DeleteFunc(candidates, func(i int) bool { return rs.needs[i].Excludes(needs) })
}

// most is how many candidates there are at most.
func (rs *rivals) most(needs condition.Requirements) int {
	n := len(rs.needs)
	if rs.filed == 0 {
		return n
	}
	for _, pin := range needs.Pins() {
		if p := rs.symbols[pin.Symbol]; p != nil {
			n += p.count(&pin) - p.size()
		}
	}
	return n
}

// candidates are the formulas that share a value with one with these needs, or of which it is not known, in any order.
func (rs *rivals) candidates(needs condition.Requirements) []int {
	if rs.filed == 0 {
		list := make([]int, len(rs.needs))
		for i := range list {
			list[i] = i
		}
		return list
	}
	pins := needs.Pins()
	list := slices.Clone(rs.loose)
	pinned := 0
	for i := range pins {
		if p := rs.symbols[pins[i].Symbol]; p != nil {
			pinned++
			list = p.with(&pins[i], list)
		}
	}
	if pinned == len(rs.symbols) {
		return list
	}
	for symbol, p := range rs.symbols {
		if !slices.ContainsFunc(pins, func(p condition.Pin) bool { return p.Symbol == symbol }) {
			list = append(list, p.all...)
		}
	}
	return list
}
