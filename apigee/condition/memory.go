package condition

// memory is what answering a question takes, kept for the next one. Most questions of a walk are so small that asking for memory
// takes a third of their time.
type memory struct {
	numbering numbering
	search    search
}

func (e *Effort) workingMemory() *memory {
	if e.memory == nil {
		e.memory = &memory{}
	}
	return e.memory
}

// maxReused is the size of a problem, in gates, whose tables are used again: to clear those of a large one may cost more than to
// solve a small one.
const maxReused = 512

// emptyNumbering is one without gates. The problem before must be done with.
func (m *memory) emptyNumbering() *numbering {
	n := &m.numbering
	if n.gateOf == nil || len(n.gates) > maxReused {
		*n = numbering{gateOf: map[*gate]int32{}, atomOf: map[atom]int32{}, seen: map[*gate]bool{}, groupOf: map[int32]int{}}
		n.symbolOf = map[string]int32{}
		return n
	}
	clear(n.gateOf)
	clear(n.atomOf)
	clear(n.seen)
	clear(n.groupOf)
	clear(n.symbolOf)
	n.gates, n.kids, n.tests, n.goals = n.gates[:0], n.kids[:0], n.tests[:0], n.goals[:0]
	n.symbols, n.isPath, n.components = n.symbols[:0], n.isPath[:0], n.components[:0]
	return n
}

// emptySearch is one in which nothing has a value, for so many gates, kids and symbols.
func (m *memory) emptySearch(gates, kids, symbols int) *search {
	s := &m.search
	t := &s.theory
	*s = search{
		theory: theory{
			witnesses: zeros(t.witnesses, symbols), asked: zeros(t.asked, symbols), facts: t.facts[:0], dirty: t.dirty[:0],
		},
		parents: zeros(s.parents, kids),
		value:   zeros(s.value, gates), isTrue: zeros(s.isTrue, gates), isFalse: zeros(s.isFalse, gates),
		trail:   s.trail[:0],
		worlds:  s.worlds[:0],
		guesses: zeros(s.guesses, gates), guessed: zeros(s.guessed, gates),
		fill: zeros(s.fill, gates),
	}
	return s
}

// zeros is a list of zero values in the memory of another, where that suffices.
func zeros[E any](list []E, n int) []E {
	if n > cap(list) {
		return make([]E, n)
	}
	list = list[:n]
	clear(list)
	return list
}

// again makes a list longer by one element: the one that was there when it was longer before, for its memory.
func again[E any](list []E) []E {
	if len(list) < cap(list) {
		return list[:len(list)+1]
	}
	var none E
	return append(list, none)
}
