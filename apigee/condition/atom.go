package condition

// atomKind is what an atom asks of the value of its symbol.
type atomKind uint8

const (
	atomNull         atomKind = iota // is null
	atomEqual                        // is the string arg
	atomEqualBare                    // equals the unquoted number or boolean arg
	atomEqualFold                    // equals arg but for case
	atomPrefix                       // starts with arg
	atomGlob                         // Matches arg
	atomPath                         // MatchesPath arg
	atomRegex                        // JavaRegex arg: not decided, but false for null
	atomLess                         // numeric, arg is an unquoted number; likewise the next three
	atomLessEqual                    //
	atomGreater                      //
	atomGreaterEqual                 //
	atomSame                         // equals the symbol arg
	atomUndecided                    // some other test, identified by detail, symbol and arg
	atomTruthy                       // the bare variable as a condition
	atomUnknown                      // a free boolean named by symbol; symbol is no variable here
	atomFresh                        // a free boolean identified by identity
)

// atom is one test. Equal atoms have the same truth value, so an atom must name everything its outcome depends on.
type atom struct {
	kind     atomKind
	detail   uint16
	symbol   string
	arg      string
	identity *gate
}

// onSymbol reports whether the atom is a test of the value of its symbol that the theory looks at.
func (a *atom) onSymbol() bool { return a.kind <= atomSame }

// outcome is a set of truth values: what an atom may be for one value.
type outcome uint8

const (
	mayBeFalse outcome = 1 << iota
	mayBeTrue
	either = mayBeFalse | mayBeTrue
)

func (o outcome) allows(want bool) bool {
	if want {
		return o&mayBeTrue != 0
	}
	return o&mayBeFalse != 0
}

func certainly(b bool) outcome {
	if b {
		return mayBeTrue
	}
	return mayBeFalse
}

// ofNull is the outcome for an unset variable. Ordering null is free: the documented rows contradict one another.
func (a *atom) ofNull() outcome {
	switch a.kind {
	case atomNull:
		return mayBeTrue
	case atomLess, atomLessEqual, atomGreater, atomGreaterEqual, atomSame, atomUndecided, atomTruthy:
		return either
	}
	return mayBeFalse
}

// ofKin is the outcome for a value known only to be some spelling of k.
func (a *atom) ofKin(k kinship) outcome {
	switch a.kind {
	case atomNull:
		return mayBeFalse
	case atomEqual, atomEqualBare, atomEqualFold:
		if kin(a.arg) == k {
			return either
		}
		return mayBeFalse
	case atomLess, atomLessEqual, atomGreater, atomGreaterEqual:
		return a.compared(k)
	}
	return either
}

// ofString is the outcome for one string; language gives the atom's matcher in the reading at hand.
func (a *atom) ofString(s string, language func() *matcher) outcome {
	switch a.kind {
	case atomNull:
		return mayBeFalse
	case atomEqual, atomEqualBare:
		if s == a.arg && (a.kind == atomEqual || a.isPlainBare()) {
			return mayBeTrue
		}
		if s == a.arg || akin(s, a.arg) {
			return either
		}
		return mayBeFalse
	case atomEqualFold, atomPrefix, atomGlob, atomPath:
		if a.kind == atomEqualFold && s != a.arg && akin(s, a.arg) || !wellFormed(s) || !wellFormed(a.arg) {
			return either
		}
		return language().accepts(s)
	case atomLess, atomLessEqual, atomGreater, atomGreaterEqual:
		return a.compared(kin(s))
	}
	return either
}

// isPlainBare reports whether an unquoted literal can be spelled in one way only as a string.
func (a *atom) isPlainBare() bool {
	return isPlainInteger(a.arg) || a.arg == "true" || a.arg == "false"
}

func akin(a, b string) bool {
	k := kin(a)
	return k.kind != 0 && k == kin(b)
}

// compared is the outcome of an ordering for a value of kinship k; it is certain for moderate integers only.
func (a *atom) compared(k kinship) outcome {
	n, ok := number(a.arg)
	if k.kind != kinNumber || !ok || !isExact(n) || !isExact(k.value) {
		return either
	}
	switch a.kind {
	case atomLess:
		return certainly(k.value < n)
	case atomLessEqual:
		return certainly(k.value <= n)
	case atomGreater:
		return certainly(k.value > n)
	}
	return certainly(k.value >= n)
}

// constantOf decides an atom on a known string. Where readings differ the outcome is a free boolean of its own.
func constantOf(a atom, value string) Formula {
	seen, budget := outcome(0), maxSteps
	for _, w := range worlds([]*atom{&a}) {
		seen |= a.ofString(value, func() *matcher { return newMatcher(&a, w, &budget) })
	}
	switch seen {
	case mayBeTrue:
		return True()
	case mayBeFalse:
		return False()
	}
	return fresh()
}
