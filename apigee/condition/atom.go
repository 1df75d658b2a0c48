package condition

import "strings"

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
	atomRegex                        // JavaRegex arg
	atomIsPath                       // is the value of a [Path]: no test of the language
	atomLess                         // by order; arg is a number, quoted if detail is 1; likewise the next three
	atomLessEqual                    //
	atomGreater                      //
	atomGreaterEqual                 //
	atomSame                         // equals the symbol arg
	atomUndecided                    // some other test, identified by detail, symbol and arg
	atomTruthy                       // the bare variable as a condition
	atomUnknown                      // a free boolean named by symbol; symbol is not a variable here
	atomFresh                        // a free boolean identified by identity
)

// atom is one test. Equal atoms have the same truth value, so an atom must name everything its outcome depends on.
type atom struct {
	kind     atomKind
	detail   uint16
	symbol   string
	arg      string
	path     bool // symbol is a path
	identity *gate
}

// onSymbol reports whether the atom is a test of the value of its symbol that the theory looks at.
func (a *atom) onSymbol() bool { return a.kind <= atomSame }

// test is an atom with what is worth knowing of its argument before values are tried on it.
type test struct {
	atom
	kin   kinship // of an equality, or of what a plain pattern stands for
	plain bool    // a pattern without wildcards, escapes and doubtful characters: it stands for itself
	odd   bool    // a pattern that is too long or not well-formed
	ascii bool
	regex *expression
}

func newTest(a atom) test {
	t := test{atom: a}
	switch a.kind {
	case atomRegex:
		t.regex = &expression{source: a.arg}
	case atomEqual, atomEqualBare:
		t.kin = kin(a.arg)
		t.odd = !wellFormed(a.arg)
	case atomEqualFold:
		t.kin = kin(a.arg)
		t.odd, t.ascii = !wellFormed(a.arg), isASCII(a.arg)
		t.plain = t.ascii
	case atomPrefix:
		t.odd = !wellFormed(a.arg)
		t.plain = true
	case atomGlob:
		t.odd = !wellFormed(a.arg)
		t.plain = !strings.ContainsAny(a.arg, "*?%")
		t.kin = t.plainKin(a.arg)
	case atomPath:
		t.odd = !wellFormed(a.arg)
		t.plain = !strings.ContainsAny(a.arg, "*?%{")
		t.kin = t.plainKin(slashesElements.normal(a.arg))
	}
	return t
}

func (t *test) plainKin(s string) kinship {
	if t.plain {
		return kin(s)
	}
	return kinship{}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

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

// subject is a string that tests are tried on.
type subject struct {
	text string
	kin  kinship
	odd  bool
	// ascii: no character that case folding or line ends could make doubtful
	ascii bool
}

func newSubject(s string) subject {
	return subject{text: s, kin: kin(s), odd: !wellFormed(s), ascii: isASCII(s)}
}

// ofNull is the outcome for an unset variable. The documented rows for ordering null contradict one another, but for >=,
// which is false in them and by any order that one might think of.
func (t *test) ofNull() outcome {
	switch t.kind {
	case atomNull, atomIsPath:
		return mayBeTrue
	case atomLess, atomLessEqual, atomGreater, atomSame, atomUndecided, atomTruthy:
		return either
	}
	return mayBeFalse
}

// ofKin is the outcome for a value known only to be some spelling of k.
func (t *test) ofKin(k kinship) outcome {
	switch t.kind {
	case atomNull, atomIsPath:
		return mayBeFalse
	case atomEqual, atomEqualBare, atomEqualFold:
		if t.kin == k {
			return either
		}
		return mayBeFalse
	case atomGlob, atomPath:
		if t.plain && t.kin != k {
			return mayBeFalse
		}
	case atomLess, atomLessEqual, atomGreater, atomGreaterEqual:
		return t.compared(k)
	}
	return either
}

// ofString is the outcome for one string in one world. Without steps it is open.
func (t *test) ofString(s *subject, w world, m *meter) outcome {
	switch t.kind {
	case atomNull:
		return mayBeFalse
	case atomEqual, atomEqualBare:
		switch {
		case s.text == t.arg && (t.kind == atomEqual || t.isPlainBare()):
			return mayBeTrue
		case s.text == t.arg, s.kin.kind != 0 && s.kin == t.kin:
			return either
		}
		return mayBeFalse
	case atomEqualFold:
		if s.text != t.arg && s.kin.kind != 0 && s.kin == t.kin {
			return either
		}
		return t.matches(s, w, m)
	case atomPrefix, atomGlob, atomPath:
		return t.matches(s, w, m)
	case atomRegex:
		return t.regex.matches(s.text, w.regexPart, m)
	case atomIsPath:
		return certainly(s.text == "" || s.text[0] == '/' && !strings.Contains(s.text, "//"))
	case atomLess, atomLessEqual, atomGreater, atomGreaterEqual:
		return t.ordered(s)
	}
	return either
}

// matches is the outcome of a test that has a language.
func (t *test) matches(s *subject, w world, m *meter) outcome {
	switch {
	case t.odd || s.odd:
		return either
	case t.kind == atomPrefix:
		return certainly(strings.HasPrefix(s.text, t.arg))
	case t.plain && t.kind == atomEqualFold && s.ascii:
		return certainly(strings.EqualFold(s.text, t.arg))
	case t.plain && t.kind == atomGlob:
		return certainly(s.text == t.arg)
	case t.plain && t.kind == atomPath:
		return certainly(w.slashes.normal(s.text) == w.slashes.normal(t.arg))
	case !t.mayMatch(s, w):
		return mayBeFalse
	}
	m.spend(16)
	a := newAutomaton(t.slashes(w), m)
	a.add(t, w)
	return a.accepts(s.text)
}

// mayMatch tells quickly of most patterns with wildcards that they cannot match: what stands before the first wildcard
// and behind the last stands for itself. A slash before the wildcards may be part of what they stand for.
func (t *test) mayMatch(s *subject, w world) bool {
	switch t.kind {
	case atomGlob:
		return strings.HasPrefix(s.text, t.arg[:strings.IndexAny(t.arg, "*?%")]) &&
			strings.HasSuffix(s.text, t.arg[strings.LastIndexAny(t.arg, "*?%")+1:])
	case atomPath:
		text := w.slashes.normal(s.text)
		head := w.slashes.normal(t.arg[:strings.IndexAny(t.arg, "*?%{")])
		tail := w.slashes.normal(t.arg[strings.LastIndexAny(t.arg, "*?%{}")+1:])
		return strings.HasPrefix(text, strings.TrimRight(head, "/")) && strings.HasSuffix(text, tail)
	}
	return true
}

func (a *atom) isPlainBare() bool { return isPlainLiteral(a.arg) }

// constantSteps bounds the work of deciding one test on a constant.
const constantSteps = 1 << 16

// constantOf decides an atom on a known string. Where readings differ, or without steps, the outcome is a free boolean
// of its own.
func constantOf(t test, value string, e *Effort) Formula {
	s, m := newSubject(value), meter{e, constantSteps}
	seen := outcome(0)
	for _, w := range worlds([]*test{&t}) {
		if seen |= t.ofString(&s, w, &m); seen == either {
			return fresh()
		}
	}
	return constant(seen == mayBeTrue)
}

func constant(b bool) Formula { return Formula{not: !b} }
