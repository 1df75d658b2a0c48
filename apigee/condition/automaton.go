package condition

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Classes of characters a transition may stand for besides a single rune.
const (
	noRune      rune = -4 // no transition
	anyButSlash rune = -3
	anyRune     rune = -2
	unnamedRune rune = -1 // as input: some character that no pattern names
)

// takes reports whether a transition on the class or character lets r through.
func takes(on, r rune) bool { return on == r || on == anyRune || on == anyButSlash && r != '/' }

// state has at most one transition to another state, one to itself and one that consumes nothing.
type state struct {
	on, loop rune
	to       int32
	skip     int32 // -1: none
	accept   bool
}

// automaton accepts what any of the patterns added to it accepts. It is made deterministic set by set as it is read,
// so that many patterns cost no more than their states that are still alive.
type automaton struct {
	states  []state
	starts  []int32
	slashes slashes // how input is normalized; strict for everything but paths
	meter   *meter

	sets    []stateSet
	numbers map[string]int32 // of sets, by their members
	moves   map[move]int32
	spare   []int32 // scratch, as the next
	key     []byte
	marks   []int32 // by state: the last round that saw it
	round   int32
}

// move is a set and the character that is read there.
type move struct {
	from int32
	on   rune
}

type stateSet struct {
	members   []int32
	accepts   bool
	universal bool // every continuation is accepted
	open      bool // some transition takes characters that no pattern names
}

// run is where an automaton stands within one input.
type run struct {
	now    int32
	before int32 // slashesTrailing: the set before the slashes just read
	slash  bool  // slashesCollapse and slashesElements: slashes were read and not yet counted
}

func newAutomaton(s slashes, m *meter) *automaton {
	return &automaton{slashes: s, meter: m, numbers: map[string]int32{}, moves: map[move]int32{}}
}

// start is where reading begins, once all patterns are added: a path of elements has a slash before its first, written
// or not.
func (a *automaton) start() run {
	if len(a.sets) == 0 {
		a.marks = make([]int32, len(a.states))
		a.round++
		var set []int32
		for _, s := range a.starts {
			set = a.close(set, s)
		}
		a.intern(set)
	}
	return run{slash: a.slashes == slashesElements}
}

// close adds a state and what it reaches without reading.
func (a *automaton) close(set []int32, s int32) []int32 {
	for s >= 0 && a.marks[s] != a.round {
		a.marks[s] = a.round
		set = append(set, s)
		s = a.states[s].skip
	}
	return set
}

// intern gives a closed set of states a number.
func (a *automaton) intern(set []int32) int32 {
	if !slices.IsSorted(set) {
		slices.Sort(set)
	}
	a.key = a.key[:0]
	for _, s := range set {
		a.key = binary.LittleEndian.AppendUint32(a.key, uint32(s))
	}
	if id, ok := a.numbers[string(a.key)]; ok {
		return id
	}
	ss := stateSet{members: slices.Clone(set)}
	for _, i := range set {
		s := &a.states[i]
		ss.accepts = ss.accepts || s.accept
		ss.universal = ss.universal || s.accept && s.loop == anyRune
		ss.open = ss.open || s.loop != noRune || s.on == anyRune || s.on == anyButSlash
	}
	id := int32(len(a.sets))
	a.sets = append(a.sets, ss)
	a.numbers[string(a.key)] = id
	return id
}

// step is the set after one more character.
func (a *automaton) step(from int32, r rune) int32 {
	if to, ok := a.moves[move{from, r}]; ok {
		a.meter.spend(1)
		return to
	}
	a.meter.spend(16 + len(a.sets[from].members))
	a.round++
	set := a.spare[:0]
	for _, i := range a.sets[from].members {
		s := &a.states[i]
		if takes(s.loop, r) {
			set = a.close(set, i)
		}
		if takes(s.on, r) {
			set = a.close(set, s.to)
		}
	}
	a.spare = set
	to := a.intern(set)
	a.moves[move{from, r}] = to
	return to
}

// read advances over one character.
func (a *automaton) read(at run, r rune) run {
	switch {
	case a.slashes == slashesTrailing && r == '/':
		at.now = a.step(at.now, r)
	case a.slashes == slashesTrailing:
		at.now = a.step(at.now, r)
		at.before = at.now
	case a.slashes >= slashesCollapse && r == '/':
		at.slash = true
	default:
		if at.slash {
			at.now = a.step(at.now, '/')
			at.slash = false
		}
		at.now = a.step(at.now, r)
	}
	return at
}

func (a *automaton) accepted(at run) bool {
	if a.slashes == slashesTrailing {
		return a.sets[at.before].accepts
	}
	return a.sets[at.now].accepts
}

// dead reports that no continuation is accepted unless the input as it stands is.
func (a *automaton) dead(at run) bool {
	return len(a.sets[at.now].members) == 0 && !a.accepted(at)
}

func (a *automaton) universal(at run) bool {
	return a.sets[at.now].universal && a.accepted(at)
}

// open reports whether a character that no pattern names can come next without ending every pattern.
func (a *automaton) open(at run) bool {
	return a.sets[at.now].open || at.slash && a.sets[a.step(at.now, '/')].open
}

// named adds the characters that the patterns name as the next one.
func (a *automaton) named(at run, list *runeSet) {
	a.namedBy(at.now, list)
	if a.slashes != slashesStrict {
		list.add('/')
		if at.slash { // the characters that count come after the slash that was held back
			a.namedBy(a.step(at.now, '/'), list)
		}
	}
}

func (a *automaton) namedBy(set int32, list *runeSet) {
	a.meter.spend(len(a.sets[set].members))
	for _, i := range a.sets[set].members {
		s := &a.states[i]
		if s.on >= 0 {
			list.add(s.on)
		}
		if s.on == anyButSlash || s.loop == anyButSlash {
			list.add('/')
		}
	}
}

// accepts runs the automaton over a whole string. Without steps the outcome stays open.
func (a *automaton) accepts(s string) outcome {
	at := a.start()
	for _, r := range s {
		if a.meter.over() {
			return either
		}
		at = a.read(at, r)
	}
	return certainly(a.accepted(at))
}

// runeSet collects characters.
type runeSet struct {
	low  [2]uint64 // those below 128
	more []rune
}

func (l *runeSet) add(r rune) {
	if r < 128 {
		l.low[r>>6] |= 1 << (r & 63)
		return
	}
	if n := len(l.more); n == 0 || l.more[n-1] != r {
		l.more = append(l.more, r)
	}
}

// appendTo lists the characters in ascending order.
func (l *runeSet) appendTo(list []rune) []rune {
	for i, low := range l.low {
		for ; low != 0; low &= low - 1 {
			list = append(list, rune(64*i+bits.TrailingZeros64(low)))
		}
	}
	slices.Sort(l.more)
	return append(list, slices.Compact(l.more)...)
}
