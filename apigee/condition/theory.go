package condition

// fact is an atom with the truth value a search gave it.
type fact struct {
	index int32 // of the atom in the problem
	*atom
	want bool
}

// theory decides in one world whether one value can have given outcomes.
type theory struct {
	world    world
	matchers map[int32]*matcher // by atom
	budget   *int
}

// possible reports whether some value of one symbol, null included, is compatible with all facts about it. False is a
// proof.
func (t *theory) possible(facts []fact) bool {
	if admits(facts, func(f fact) outcome { return f.ofNull() }) {
		return true
	}
	if equal := positiveEquality(facts); equal != nil {
		if admits(facts, func(f fact) outcome {
			return f.ofString(equal.arg, func() *matcher { return t.matcher(f) })
		}) {
			return true
		}
		k := kin(equal.arg)
		return k.kind != 0 && admits(facts, func(f fact) outcome { return f.ofKin(k) })
	}
	var wanted, unwanted []*matcher
	for _, f := range facts {
		switch f.kind {
		case atomNull:
			if f.want {
				return false // null was tried
			}
		case atomEqual, atomEqualBare, atomEqualFold, atomPrefix, atomGlob, atomPath:
			switch {
			case !wellFormed(f.arg), f.kind == atomEqualBare && !f.isPlainBare():
			case f.kind == atomEqualFold && kin(f.arg).kind != 0:
				// Coercion makes more and fewer strings equal than the automaton knows.
			case f.want:
				wanted = append(wanted, t.matcher(f))
			default:
				unwanted = append(unwanted, t.matcher(f))
			}
		}
	}
	return stringExists(wanted, unwanted, t.budget)
}

func (t *theory) matcher(f fact) *matcher {
	m := t.matchers[f.index]
	if m == nil {
		m = newMatcher(f.atom, t.world, t.budget)
		t.matchers[f.index] = m
	}
	return m
}

func admits(facts []fact, of func(fact) outcome) bool {
	for _, f := range facts {
		if !of(f).allows(f.want) {
			return false
		}
	}
	return true
}

// positiveEquality finds what pins the value down, nil if nothing does.
func positiveEquality(facts []fact) *atom {
	var bare *atom
	for _, f := range facts {
		if f.want && f.kind == atomEqual {
			return f.atom
		}
		if f.want && f.kind == atomEqualBare {
			bare = f.atom
		}
	}
	return bare
}

// pinned is what the facts say the value is: a string, or null.
type pinned struct {
	null  bool
	value string
}

// pin gives the value that the facts about a symbol leave, if there is only one.
func pin(facts []fact) (pinned, bool) {
	for _, f := range facts {
		if f.want && f.kind == atomNull {
			return pinned{null: true}, true
		}
	}
	if equal := positiveEquality(facts); equal != nil {
		return pinned{value: equal.arg}, true
	}
	return pinned{}, false
}

// equal is the outcome of comparing two pinned values.
func (p pinned) equal(q pinned) outcome {
	switch {
	case p.null || q.null:
		return certainly(p.null && q.null)
	case akin(p.value, q.value):
		return either
	}
	return certainly(p.value == q.value)
}
