package condition

import "slices"

// Formula is an immutable boolean formula over atoms on terms. The zero value is True. Formulas share structure, are
// cheap to copy and may be used from several goroutines.
//
// Inside there are conjunctions, atoms and a sign: a disjunction is a negated conjunction of negations. Not costs
// nothing, and constants and contradictions among siblings fold on construction.
type Formula struct {
	gate *gate // nil: the constant True, before the sign
	not  bool
}

// gate is an atom, or without one the conjunction of kids (two or more).
type gate struct {
	kids []Formula
	test
}

func (g *gate) isAtom() bool { return g.kids == nil }

// True always holds.
func True() Formula { return Formula{} }

// False never holds.
func False() Formula { return Formula{not: true} }

// Unknown is a free boolean; the same id is the same boolean.
func Unknown(id string) Formula { return ofAtom(atom{kind: atomUnknown, symbol: id}) }

func ofAtom(a atom) Formula { return Formula{gate: &gate{test: newTest(a)}} }

// fresh is a free boolean equal to no other.
func fresh() Formula {
	g := &gate{}
	g.atom = atom{kind: atomFresh, identity: g}
	return Formula{gate: g}
}

// IsTrue reports whether constant folding alone made the formula True.
func (f Formula) IsTrue() bool { return f.gate == nil && !f.not }

// IsFalse reports whether constant folding alone made the formula False.
func (f Formula) IsFalse() bool { return f.gate == nil && f.not }

// Not negates.
func Not(f Formula) Formula { return Formula{f.gate, !f.not} }

// Or is the disjunction; without operands it is False.
func Or(fs ...Formula) Formula { return Not(conjunction(fs, true)) }

// And is the conjunction; without operands it is True.
func And(fs ...Formula) Formula { return conjunction(fs, false) }

// maxFolding is how many kept siblings a new one is compared with, to keep long conjunctions linear.
const maxFolding = 8

// conjunction folds constants, repetitions and direct contradictions. With negate each operand counts negated.
func conjunction(fs []Formula, negate bool) Formula {
	var small [4]Formula // most conjunctions are short; these stay off the heap until they are known to be needed
	kept := small[:0]
next:
	for _, f := range fs {
		if negate {
			f = Not(f)
		}
		if f.IsTrue() {
			continue
		}
		if f.IsFalse() {
			return False()
		}
		for _, k := range kept[:min(len(kept), maxFolding)] {
			if k.sameGate(f) {
				if k.not != f.not {
					return False()
				}
				continue next
			}
		}
		kept = append(kept, f)
	}
	switch len(kept) {
	case 0:
		return True()
	case 1:
		return kept[0]
	}
	kids := make([]Formula, len(kept))
	copy(kids, kept)
	return Formula{gate: &gate{kids: kids}}
}

func (f Formula) sameGate(g Formula) bool {
	return f.gate == g.gate || f.gate.isAtom() && g.gate.isAtom() && f.gate.atom == g.gate.atom
}

// Equal holds when the term's value is the string literal; a null never is.
func Equal(t Term, literal string) Formula {
	switch t.kind {
	case termSymbol:
		return ofAtom(atom{kind: atomEqual, symbol: t.text, arg: literal, path: t.path})
	case termNull:
		return False()
	}
	return constantOf(newTest(atom{kind: atomEqual, arg: literal}), t.text, unbounded())
}

// Same holds when two terms have the same value, null included.
func Same(a, b Term) Formula {
	without := binder{effort: unbounded()} // no expression is needed for terms
	return without.compare(opEquals, operand{term: a}, operand{term: b})
}

// IsNull holds when the term's value is null.
func IsNull(t Term) Formula { return isNull(t) }

// Equivalent reports whether two formulas are plainly the same: one formula, or a single test spelled twice, or the
// disjunction or conjunction of a few such in one order. False says nothing.
func Equivalent(a, b Formula) bool {
	if a.not != b.not || (a.gate == nil) != (b.gate == nil) {
		return false
	}
	if a.gate == nil || a.sameGate(b) {
		return true
	}
	return len(a.gate.kids) > 0 && len(a.gate.kids) == len(b.gate.kids) && len(a.gate.kids) <= maxFolding &&
		slices.EqualFunc(a.gate.kids, b.gate.kids, func(x, y Formula) bool { return x.not == y.not && x.sameGate(y) })
}
