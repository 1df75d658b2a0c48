package condition

import (
	"encoding/binary"
	"slices"
)

// matcher runs the language of one test, made deterministic state by state as it is needed.
type matcher struct {
	nfa     *nfa
	slashes slashes // how input is normalized; strict for everything but paths
	ids     map[string]int32
	states  []dfaState
	budget  *int // shared with other matchers; used up by reading
}

type dfaState struct {
	set       []int32
	accepts   bool
	universal bool // every continuation is accepted
	named     []rune
	next      map[rune]int32
}

// run is where a matcher stands within one input.
type run struct {
	now    int32
	before int32 // slashesTrailing: the state before the slashes just read
	slash  bool  // slashesCollapse and slashesElements: slashes were read and not yet counted
}

func newMatcher(a *atom, w world, budget *int) *matcher {
	m := &matcher{nfa: language(a, w), slashes: slashesStrict, ids: map[string]int32{}, budget: budget}
	if a.kind == atomPath {
		m.slashes = w.slashes
	}
	m.intern([]int32{0})
	return m
}

// start is where reading begins: a path of elements has a slash before its first, written or not.
func (m *matcher) start() run { return run{slash: m.slashes == slashesElements} }

// intern closes a set of states over the empty transitions and gives it a number.
func (m *matcher) intern(set []int32) int32 {
	seen := make(map[int32]bool, len(set))
	for _, s := range set {
		seen[s] = true
	}
	for i := 0; i < len(set); i++ {
		for _, to := range m.nfa.empty[set[i]] {
			if !seen[to] {
				seen[to] = true
				set = append(set, to)
			}
		}
	}
	slices.Sort(set)
	set = slices.Compact(set)
	key := make([]byte, 0, 2*len(set))
	for _, s := range set {
		key = binary.AppendUvarint(key, uint64(s))
	}
	if id, ok := m.ids[string(key)]; ok {
		return id
	}
	state := dfaState{set: set, next: map[rune]int32{}}
	for _, s := range set {
		if s == m.nfa.accept {
			state.accepts = true
			state.universal = slices.Contains(m.nfa.edges[s], edge{anyRune, s})
		}
		for _, e := range m.nfa.edges[s] {
			if e.on >= 0 {
				state.named = append(state.named, e.on)
			} else if e.on == anyButSlash {
				state.named = append(state.named, '/')
			}
		}
	}
	id := int32(len(m.states))
	m.states = append(m.states, state)
	m.ids[string(key)] = id
	return id
}

func (m *matcher) step(from int32, r rune) int32 {
	*m.budget--
	if to, ok := m.states[from].next[r]; ok {
		return to
	}
	*m.budget -= len(m.states[from].set)
	var set []int32
	for _, s := range m.states[from].set {
		for _, e := range m.nfa.edges[s] {
			if e.on == r || e.on == anyRune || e.on == anyButSlash && r != '/' {
				set = append(set, e.to)
			}
		}
	}
	to := m.intern(set)
	m.states[from].next[r] = to
	return to
}

// read advances over one character.
func (m *matcher) read(at run, r rune) run {
	switch {
	case m.slashes == slashesTrailing && r == '/':
		at.now = m.step(at.now, r)
	case m.slashes == slashesTrailing:
		at.now = m.step(at.now, r)
		at.before = at.now
	case m.slashes >= slashesCollapse && r == '/':
		at.slash = true
	default:
		if at.slash {
			at.now = m.step(at.now, '/')
			at.slash = false
		}
		at.now = m.step(at.now, r)
	}
	return at
}

func (m *matcher) accepted(at run) bool {
	if m.slashes == slashesTrailing {
		return m.states[at.before].accepts
	}
	return m.states[at.now].accepts
}

// dead reports that no continuation is accepted unless the input as it stands is.
func (m *matcher) dead(at run) bool {
	return len(m.states[at.now].set) == 0 && !m.accepted(at)
}

func (m *matcher) universal(at run) bool {
	return m.states[at.now].universal && m.accepted(at)
}

// accepts runs the matcher over a whole string. Without budget the outcome stays open.
func (m *matcher) accepts(s string) outcome {
	at := m.start()
	for _, r := range s {
		if *m.budget < 0 {
			return either
		}
		at = m.read(at, r)
	}
	return certainly(m.accepted(at))
}

// maxProduct bounds the states explored for one question; beyond it the answer is that a string may exist.
const maxProduct = 4096

// maxSteps bounds what all automata of one call of Satisfiable may do: characters read and states looked at.
const maxSteps = 1 << 20

// stringExists reports whether some string is accepted by all of the wanted and none of the unwanted matchers. It
// explores their product breadth first. A character no live state names behaves like any other such character.
//
// Without budget the answer is true.
func stringExists(wanted, unwanted []*matcher, budget *int) bool {
	all := slices.Concat(wanted, unwanted)
	seen := map[string]bool{}
	begin := make([]run, len(all))
	for i, m := range all {
		begin[i] = m.start()
	}
	queue := [][]run{begin}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if satisfies(all, at, len(wanted)) {
			return true
		}
		for _, r := range relevant(all, at) {
			next := make([]run, len(all))
			key := make([]byte, 0, 6*len(all))
			hopeless := false
			if *budget < 0 {
				return true
			}
			for i, m := range all {
				next[i] = m.read(at[i], r)
				if i < len(wanted) && m.dead(next[i]) || i >= len(wanted) && m.universal(next[i]) {
					hopeless = true
					break
				}
				key = binary.AppendUvarint(key, uint64(next[i].now))
				key = binary.AppendUvarint(key, uint64(next[i].before)<<1)
				if next[i].slash {
					key = append(key, 1)
				} else {
					key = append(key, 0)
				}
			}
			if hopeless || seen[string(key)] {
				continue
			}
			if len(seen) >= maxProduct {
				return true
			}
			seen[string(key)] = true
			queue = append(queue, next)
		}
	}
	return false
}

func satisfies(all []*matcher, at []run, wanted int) bool {
	for i, m := range all {
		if m.accepted(at[i]) != (i < wanted) {
			return false
		}
	}
	return true
}

// relevant lists the characters worth trying next, in a fixed order.
func relevant(all []*matcher, at []run) []rune {
	list := []rune{unnamedRune}
	for i, m := range all {
		list = append(list, m.states[at[i].now].named...)
		if m.slashes != slashesStrict {
			list = append(list, '/')
			if at[i].slash { // the characters that count come after the slash that was held back
				list = append(list, m.states[m.step(at[i].now, '/')].named...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
