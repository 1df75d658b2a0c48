package condition

import (
	"slices"
	"strconv"
	"strings"
)

// Requirements is what has to be the case wherever a formula holds, as far as its top level shows at a glance: symbols
// with one of a few values, and tests with their outcome. It is small, and asking it costs well under a microsecond
// where [Satisfiable] costs many. The zero value requires nothing.
type Requirements struct {
	never bool // the formula is False
	needs []need
	parts []Formula // members of the conjunction, atoms first
	atoms int
}

// need asks that a symbol has one of some values.
type need struct {
	symbol string
	values []pattern
}

// Bounds of what is looked at.
const (
	maxParts        = 16
	maxNeeds        = 16
	maxAlternatives = 8
)

// Requires looks at the top level of a formula.
func (f Formula) Requires() Requirements {
	if f.IsFalse() {
		return Requirements{never: true}
	}
	r := Requirements{parts: members(f)}
	for i, p := range r.parts {
		if p.gate.isAtom() { // to the front: there are no more of them than places
			r.parts[i], r.parts[r.atoms] = r.parts[r.atoms], r.parts[i]
			r.atoms++
		}
	}
	r.needs = needsOf(r.parts, r.atoms)
	return r
}

// members lists the members of a conjunction and of the conjunctions in it, the formula itself included.
func members(f Formula) []Formula {
	if f.gate == nil {
		return nil
	}
	n := 1
	if !f.not {
		n += min(len(f.gate.kids), maxParts-1)
	}
	list := append(make([]Formula, 0, n), f)
	for i := 0; i < len(list); i++ {
		if f := list[i]; !f.not {
			list = append(list, f.gate.kids[:min(len(f.gate.kids), maxParts-len(list))]...)
		}
	}
	return list
}

func needsOf(parts []Formula, atoms int) []need {
	needs := needsOfTests(parts[:atoms])
	for _, p := range parts[atoms:] {
		if p.not {
			needs = append(needs, alternatives(p.gate.kids)...)
		}
	}
	return needs[:min(len(needs), maxNeeds)]
}

// needsOfTests is what the tests among some formulas ask for.
func needsOfTests(among []Formula) []need {
	if len(among) == 0 {
		return nil
	}
	needs, values := make([]need, 0, len(among)), make([]pattern, 0, len(among))
	for _, f := range among {
		if !f.gate.isAtom() {
			continue
		}
		if v, ok := f.gate.pattern(!f.not); ok {
			n := len(values)
			values = append(values, v)
			needs = append(needs, need{f.gate.symbol, values[n : n+1 : n+1]})
		}
	}
	return needs
}

// alternatives is what all members of a small disjunction require, given the negations of the members.
func alternatives(denied []Formula) []need {
	if len(denied) > maxAlternatives {
		return nil
	}
	var common []need
	for i, d := range denied {
		own := needsOfTests(members(Not(d)))
		if i == 0 {
			common = own
		} else {
			common = merged(common, own)
		}
		if len(common) == 0 {
			return nil
		}
	}
	return common
}

// merged keeps the symbols that both lists name, with the values of both.
func merged(a, b []need) []need {
	kept := a[:0]
	for _, n := range a {
		for _, m := range b {
			if m.symbol == n.symbol && len(n.values) < maxAlternatives {
				kept = append(kept, need{n.symbol, append(n.values, m.values...)})
				break
			}
		}
	}
	return kept
}

// Excludes reports whether two formulas with these requirements plainly cannot hold together. True is a proof; false
// says nothing.
func (r Requirements) Excludes(o Requirements) bool {
	if r.never || o.never {
		return true
	}
	for i := range r.needs {
		for j := range o.needs {
			if r.needs[i].symbol == o.needs[j].symbol && allApart(r.needs[i].values, o.needs[j].values) {
				return true
			}
		}
	}
	return opposite(r.parts[:r.atoms], o.parts[:o.atoms]) || opposite(r.parts[r.atoms:], o.parts[o.atoms:])
}

func allApart(a, b []pattern) bool {
	for i := range a {
		for j := range b {
			if !a[i].apart(&b[j]) {
				return false
			}
		}
	}
	return true
}

// opposite reports whether one list holds the negation of a formula in the other.
func opposite(a, b []Formula) bool {
	for _, f := range a {
		for _, g := range b {
			if f.not != g.not && f.sameGate(g) {
				return true
			}
		}
	}
	return false
}

// Pin is a symbol that has to have one of a few values.
type Pin struct {
	Symbol string
	// Keys stand each for all values that cannot be kept apart from one of the few. There are none where one of these is known only
	// by its beginning.
	Keys []string
	// Heads are how the values begin, as paths.
	Heads []string
}

// Pins lists, for each symbol that has to have one of a few values, these in a form made to be looked up: two Requirements exclude
// each other if both have a pin for one symbol, and either both have keys for it and share none of them, or no head of one is
// the beginning of a head of the other nor the same the other way round.
func (r Requirements) Pins() []Pin {
	var pins []Pin
	for i := range r.needs {
		n := &r.needs[i]
		p := n.pin()
		if p.Keys == nil && slices.Contains(p.Heads, "") {
			continue
		}
		at := slices.IndexFunc(pins, func(p Pin) bool { return p.Symbol == n.symbol })
		switch {
		case at < 0:
			pins = append(pins, p)
		case pins[at].Keys == nil && p.Keys != nil:
			pins[at] = p
		}
	}
	return pins
}

func (n *need) pin() Pin {
	p := Pin{Symbol: n.symbol, Keys: make([]string, 0, len(n.values)), Heads: make([]string, 0, len(n.values))}
	for i := range n.values {
		v := &n.values[i]
		if v.key == "" {
			p.Keys = nil
		} else if p.Keys != nil {
			p.Keys = append(p.Keys, v.key)
		}
		p.Heads = append(p.Heads, v.head())
	}
	return p
}

// pattern is what a single test says of a value.
type pattern struct {
	kind patternKind
	text string
	path string // the value as a path of elements, with a slash behind it; of a head its beginning
	kin  kinship
	key  string // of null, texts and paths: the same for all values that are not apart
}

type patternKind uint8

const (
	patternNull patternKind = iota
	patternSet              // anything but null
	patternText             // equal to text, or akin to it
	patternPath             // the path
	patternFold             // equal to text but for case, both ASCII, or akin to it
	patternHead             // text is its beginning
	patternTree             // path is the beginning of the path
)

// pattern is what a test with this outcome says of the value of its symbol.
func (t *test) pattern(outcome bool) (pattern, bool) {
	if t.odd || !outcome && t.kind != atomNull {
		return pattern{}, false
	}
	elements := slashesElements.normal
	switch t.kind {
	case atomNull:
		if !outcome {
			return pattern{kind: patternSet}, true
		}
		return pattern{kind: patternNull, key: "null"}, true
	case atomEqual, atomEqualBare:
		return pattern{kind: patternText, text: t.arg, path: elements(t.arg) + "/", kin: t.kin, key: keyOf(elements(t.arg))}, true
	case atomEqualFold:
		return pattern{kind: patternFold, text: t.arg, kin: t.kin}, t.ascii
	case atomPrefix:
		return pattern{kind: patternHead, text: t.arg, path: elements(t.arg)}, true
	case atomGlob:
		if t.plain {
			return pattern{kind: patternText, text: t.arg, path: elements(t.arg) + "/", kin: t.kin, key: keyOf(elements(t.arg))}, true
		}
		head := t.arg[:strings.IndexAny(t.arg, "*?%")]
		return pattern{kind: patternHead, text: head, path: elements(head)}, true
	case atomRegex:
		return pattern{kind: patternSet}, true
	case atomPath:
		if t.plain {
			return pattern{kind: patternPath, path: elements(t.arg) + "/", key: keyOf(elements(t.arg))}, true
		}
		head := t.arg[:strings.IndexAny(t.arg, "*?%{")]
		p := pattern{kind: patternTree, path: elements(head)}
		if p.path != "" && strings.HasSuffix(head, "/") {
			p.path += "/"
		}
		return p, true
	}
	return pattern{}, false
}

// kinKey begins the keys of numbers and truth values.
const kinKey = "#"

// keyOf is the same for the spellings of one number or truth value.
func keyOf(s string) string {
	if k := kin(s); k.kind != 0 {
		return kinKey + strconv.FormatFloat(k.value, 'g', -1, 64) + strconv.Itoa(int(k.kind))
	}
	return "=" + s
}

// head is the beginning, as a path, of every value that a pattern stands for. A number may be spelled in any way, and null begins
// like nothing else.
func (p *pattern) head() string {
	switch {
	case p.kind == patternNull:
		return "\x00"
	case strings.HasPrefix(p.key, kinKey):
		return ""
	}
	return p.path
}

// apart reports whether no value, under any reading, meets both. Whatever a MatchesPath without wildcards matches has
// the elements of its pattern; where there are wildcards it has those before them.
func (p *pattern) apart(q *pattern) bool {
	if p.kind > q.kind {
		p, q = q, p
	}
	switch p.kind {
	case patternNull:
		return q.kind != patternNull
	case patternSet:
		return false
	case patternText:
		return p.textApart(q)
	case patternPath:
		return q.kind == patternPath && p.path != q.path ||
			q.kind > patternFold && !strings.HasPrefix(p.path, q.path)
	case patternFold:
		return p.foldApart(q)
	case patternHead:
		if q.kind == patternHead {
			return !strings.HasPrefix(p.text, q.text) && !strings.HasPrefix(q.text, p.text)
		}
	}
	return !strings.HasPrefix(p.path, q.path) && !strings.HasPrefix(q.path, p.path)
}

func (p *pattern) textApart(q *pattern) bool {
	switch q.kind {
	case patternText:
		return p.text != q.text && (p.kin.kind == 0 || p.kin != q.kin)
	case patternPath:
		return p.key != q.key
	case patternFold:
		if p.kin.kind != 0 {
			return p.kin != q.kin
		}
		return isASCII(p.text) && !strings.EqualFold(p.text, q.text)
	case patternHead:
		return p.kin.kind == 0 && !strings.HasPrefix(p.text, q.text)
	}
	return p.kin.kind == 0 && !strings.HasPrefix(p.path, q.path)
}

func (p *pattern) foldApart(q *pattern) bool {
	switch q.kind {
	case patternFold:
		return !strings.EqualFold(p.text, q.text) && (p.kin.kind == 0 || p.kin != q.kin)
	case patternHead:
		return p.kin.kind == 0 && isASCII(q.text) &&
			(len(q.text) > len(p.text) || !strings.EqualFold(p.text[:len(q.text)], q.text))
	}
	return false
}
