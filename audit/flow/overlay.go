package flow

import (
	"slices"
	"sync"
)

// Facts after an edit are those before with a few things in the place of others, and hardly anybody asks for all of them. So they are
// kept as the difference: what it takes to try a fix must not grow with the organization.

// overlay is a list with other items in the place of some of another list.
type overlay[T any] struct {
	items   []T       // before
	instead map[int]T // nil where there is no before
	whole   func() []T
}

// again is an overlay of a whole list, without a difference yet. No item may be put in once somebody has asked for all.
func (l *overlay[T]) again() overlay[T] {
	again := overlay[T]{items: l.items, instead: map[int]T{}}
	again.whole = sync.OnceValue(func() []T {
		all := slices.Clone(again.items)
		for i, item := range again.instead {
			all[i] = item
		}
		return all
	})
	return again
}

func (l *overlay[T]) len() int { return len(l.items) }

func (l *overlay[T]) at(i int) T {
	if item, ok := l.instead[i]; ok {
		return item
	}
	return l.items[i]
}

// all lists the items. It is not to be changed.
func (l *overlay[T]) all() []T {
	if len(l.instead) == 0 {
		return l.items
	}
	return l.whole()
}

// tally counts how often there are things, before an edit and more or less often since.
type tally[K comparable] struct{ before, since map[K]int }

func newTally[K comparable]() tally[K] { return tally[K]{since: map[K]int{}} }

// again is a tally that has counted the same. The first one is not to count any more.
func (t tally[K]) again() tally[K] { return tally[K]{before: t.since, since: map[K]int{}} }

func (t tally[K]) add(k K, n int) { t.since[k] += n }

func (t tally[K]) had(k K) bool { return t.before[k] > 0 }

func (t tally[K]) has(k K) bool { return t.before[k]+t.since[k] > 0 }

// size is how many things there are.
func (t tally[K]) size() int {
	n := len(t.before)
	for k := range t.differ {
		if t.has(k) {
			n++
		} else {
			n--
		}
	}
	return n
}

// differ yields the things that there were before and are no more, or the other way round.
func (t tally[K]) differ(yield func(K) bool) {
	for k := range t.since {
		if t.had(k) != t.has(k) && !yield(k) {
			return
		}
	}
}
