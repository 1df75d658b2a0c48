package condition

import "slices"

// theory decides in one world whether the values of symbols can have the outcomes that a search has assigned.
type theory struct {
	*problem
	meter     *meter
	world     world
	value     []int8 // by gate, the search's
	witnesses []witness
	sames     []int32 // the component's

	facts []fact // scratch
	dirty []int32
	asked []int32 // by symbol: the round that put it on dirty
	round int32
}

// witness is a value of a symbol that has the outcomes assigned when it was found, in the world of then. It still has
// those that are left when the search goes back; what is assigned later is tried on it.
type witness struct {
	kind witnessKind
	subject
}

type witnessKind uint8

const (
	witnessNull witnessKind = iota
	witnessString
	witnessKin  // some spelling akin to the string
	witnessOpen // a value of which no more is known
)

// fact is a test with the truth value a search gave it.
type fact struct {
	*test
	want bool
}

// of is the outcome of a test on a witness.
func (t *theory) of(x *test, w *witness) outcome {
	t.meter.spend(1)
	switch w.kind {
	case witnessNull:
		return x.ofNull()
	case witnessString:
		return x.ofString(&w.subject, t.world, t.meter)
	case witnessKin:
		return x.ofKin(w.kin)
	}
	return either
}

// consistent reports whether every symbol can still have some value, now that these gates have theirs too. False is a
// proof.
func (t *theory) consistent(assigned []int32) bool {
	t.dirty = t.dirty[:0]
	t.round++
	for _, g := range assigned {
		for _, s := range [...]int32{t.gates[g].symbol, t.gates[g].other} {
			if s >= 0 && t.asked[s] != t.round && t.refutes(g, &t.witnesses[s]) {
				t.dirty = append(t.dirty, s)
				t.asked[s] = t.round
			}
		}
	}
	for _, s := range t.dirty {
		w, ok := t.find(s)
		if !ok {
			return false
		}
		t.witnesses[s] = w
	}
	for _, g := range t.sames {
		if t.value[g] != 0 && !t.agree(g) {
			return false
		}
	}
	return true
}

// refutes reports whether a witness may not do now that a gate has its value.
func (t *theory) refutes(g int32, w *witness) bool {
	x, want := t.tests[g], t.value[g] > 0
	return w.kind == witnessOpen || w.kind == witnessKin && want && x.isPattern() || !t.of(x, w).allows(want)
}

// isPattern reports whether the outcome for an unknown spelling may depend on those of other tests.
func (t *test) isPattern() bool { return t.kind >= atomPrefix && t.kind <= atomRegex }

// find looks for a value of a symbol, null included, that is compatible with all facts about it. No value is a proof
// that there is none.
func (t *theory) find(symbol int32) (witness, bool) {
	t.facts = t.facts[:0]
	for _, g := range t.symbols[symbol] {
		if t.value[g] != 0 {
			t.facts = append(t.facts, fact{t.tests[g], t.value[g] > 0})
		}
	}
	if t.isPath[symbol] {
		t.facts = append(t.facts, fact{&test{atom: atom{kind: atomIsPath}}, true})
	}
	t.meter.spend(len(t.symbols[symbol]))
	var null witness
	if t.admits(&null) {
		return null, true
	}
	if equal := positiveEquality(t.facts); equal != nil {
		w := witness{witnessString, newSubject(equal.arg)}
		if t.admits(&w) {
			return w, true
		}
		return t.akin(equal)
	}
	for _, f := range t.facts {
		switch {
		case !f.want:
		case f.kind == atomNull:
			return witness{}, false // null was tried
		case f.kind == atomEqualFold: // akin, or else as the automaton has it
			if w, ok := t.akin(f.test); ok {
				return w, true
			}
		}
	}
	if !inOrder(t.facts) {
		return witness{}, false
	}
	return t.search()
}

// akin looks for a value that is another spelling of what a test asks for.
func (t *theory) akin(equal *test) (witness, bool) {
	w := witness{witnessKin, newSubject(equal.arg)}
	if w.subject.kin.kind == 0 || !t.admits(&w) {
		return w, false
	}
	var wanted []*test
	for _, f := range t.facts {
		if f.want && f.kind >= atomPrefix && f.hasLanguage() {
			wanted = append(wanted, f.test)
		}
	}
	if len(wanted) > 1 { // one alone says nothing of spellings
		_, answer := t.ask(wanted, nil)
		return w, answer != answerNone
	}
	return w, true
}

// firstBatch is how many tests that have to fail are taken into account at first; each round takes more. maxTried is how
// many strings are tried on tests that are beyond the automata, as regular expressions are, before that is given up: where
// there are no more, they are all.
const (
	firstBatch = 8
	maxTried   = 8
)

// search looks for a string by trying one after the other: a sample of some test that has to succeed, then what the
// automata find. These are given all tests that have to succeed, but only those that have to fail of which it has
// turned out that they matter, for there may be thousands.
func (t *theory) search() (witness, bool) {
	w := witness{kind: witnessString}
	var wanted, unwanted []*test
	for _, f := range t.facts {
		if f.want && f.hasLanguage() {
			wanted = append(wanted, f.test)
		}
	}
	if len(wanted) > 0 {
		w.subject = newSubject(wanted[0].sample(t.world))
	}
	for batch, tried := firstBatch, 0; ; batch *= 2 {
		failed, more := t.refuses(&w, batch)
		switch {
		case !failed:
			return w, true
		case len(more) == 0 && tried < maxTried && !w.odd:
			tried++
			tryOther := newTest(atom{kind: atomEqual, arg: w.text})
			more = append(more, &tryOther)
		case len(more) == 0, slices.Contains(unwanted, more[0]):
			return witness{kind: witnessOpen}, true
		}
		unwanted = append(unwanted, more...)
		s, answer := t.ask(wanted, unwanted)
		switch answer {
		case answerNone:
			return witness{}, false
		case answerOpen:
			return witness{kind: witnessOpen}, true
		}
		w.subject = newSubject(s)
	}
}

// refuses reports whether some fact does not allow the witness, and lists up to so many tests that have to fail, do not,
// and could be put into an automaton.
func (t *theory) refuses(w *witness, limit int) (failed bool, list []*test) {
	for _, f := range t.facts {
		if t.of(f.test, w).allows(f.want) {
			continue
		}
		failed = true
		if f.want || !f.hasLanguage() {
			continue
		}
		if list = append(list, f.test); len(list) == limit {
			break
		}
	}
	return failed, list
}

func (t *theory) admits(w *witness) bool {
	for _, f := range t.facts {
		if !t.of(f.test, w).allows(f.want) {
			return false
		}
	}
	return true
}

// hasLanguage reports whether an automaton stands for the fact without saying too much.
func (f fact) hasLanguage() bool {
	switch f.kind {
	case atomEqual, atomEqualBare, atomPrefix, atomGlob, atomPath, atomIsPath:
		return !f.odd
	case atomEqualFold: // coercion makes more strings equal than the automaton knows; see find
		return !f.odd && (f.want || f.kin.kind == 0)
	}
	return false
}

// ask builds the automata and lets them find a string.
func (t *theory) ask(wanted, unwanted []*test) (string, answer) {
	p := product{meter: t.meter, wanted: len(wanted)}
	for _, x := range wanted {
		a := newAutomaton(x.slashes(t.world), t.meter)
		a.add(x, t.world)
		p.parts = append(p.parts, a)
	}
	texts, paths := newAutomaton(slashesStrict, t.meter), newAutomaton(t.world.slashes, t.meter)
	for _, x := range unwanted {
		if x.kind == atomPath {
			paths.add(x, t.world)
		} else {
			texts.add(x, t.world)
		}
	}
	for _, a := range [...]*automaton{texts, paths} {
		if len(a.starts) > 0 {
			p.parts = append(p.parts, a)
		}
	}
	return p.find()
}

// positiveEquality finds what pins the value down, nil if nothing does.
func positiveEquality(facts []fact) *test {
	var bare *test
	for _, f := range facts {
		if f.want && f.kind == atomEqual {
			return f.test
		}
		if f.want && f.kind == atomEqualBare {
			bare = f.test
		}
	}
	return bare
}

// guess is the value of an open atom for the witness of its symbol, 0 if that does not decide it.
func (t *theory) guess(g int32) int8 {
	x := t.tests[g]
	s := t.gates[g].symbol
	if s < 0 {
		return 0
	}
	var o outcome
	if x.kind == atomSame {
		o = t.witnesses[s].same(&t.witnesses[t.gates[g].other])
	} else {
		o = t.of(x, &t.witnesses[s])
	}
	switch o {
	case mayBeTrue:
		return 1
	case mayBeFalse:
		return -1
	}
	if k := t.witnesses[s].kind; k == witnessOpen || k == witnessKin && x.isPattern() {
		return -1 // it may be either, but not whatever the others are: that it is true is only believed when tried
	}
	return 0
}

// differ reports whether some comparison of two symbols has another outcome for their witnesses than is assigned.
func (t *theory) differ() bool {
	for _, g := range t.sames {
		t.meter.spend(1)
		if t.value[g] != 0 && !t.witnesses[t.gates[g].symbol].same(&t.witnesses[t.gates[g].other]).allows(t.value[g] > 0) {
			return true
		}
	}
	return false
}

// agree reports whether a comparison of two symbols can have the outcome assigned. It cannot if the facts leave each of
// them one value and these say otherwise.
func (t *theory) agree(g int32) bool {
	left, ok := t.pinned(t.gates[g].symbol)
	if !ok {
		return true
	}
	right, ok := t.pinned(t.gates[g].other)
	return !ok || left.same(&right).allows(t.value[g] > 0)
}

// pinned gives the value that the facts about a symbol leave, if there is only one.
func (t *theory) pinned(symbol int32) (witness, bool) {
	var bare *test
	for _, g := range t.symbols[symbol] {
		t.meter.spend(1)
		if t.value[g] <= 0 {
			continue
		}
		switch x := t.tests[g]; x.kind {
		case atomNull:
			return witness{}, true
		case atomEqual:
			return witness{witnessString, newSubject(x.arg)}, true
		case atomEqualBare:
			bare = x
		}
	}
	if bare != nil {
		return witness{witnessString, newSubject(bare.arg)}, true
	}
	return witness{}, false
}

// same is the outcome of comparing the values of two symbols.
func (w *witness) same(o *witness) outcome {
	switch {
	case w.kind == witnessOpen || o.kind == witnessOpen, w.kind == witnessKin || o.kind == witnessKin:
		return either
	case w.kind == witnessNull || o.kind == witnessNull:
		return certainly(w.kind == o.kind)
	case w.text != o.text && w.subject.kin.kind != 0 && w.subject.kin == o.subject.kin:
		return either
	}
	return certainly(w.text == o.text)
}
