package condition

import (
	"slices"
	"strings"
)

// Bind replaces every variable by the term that lookup gives for it. lookup is called once per mention and must answer
// the same for the same name.
func (e *Expr) Bind(lookup func(variable string) Term) Formula {
	return (*Effort)(nil).Bind(e, lookup)
}

// Bind is [Expr.Bind] within the effort: once it is spent, what a pattern makes of a known value is not found out.
func (e *Effort) Bind(x *Expr, lookup func(variable string) Term) Formula {
	if x.Malformed() {
		// Not correlated with any other: which variables Apigee would read here is anybody's guess.
		return fresh()
	}
	if e == nil {
		e = unbounded()
	}
	b := binder{expr: x, lookup: lookup, effort: e}
	return b.condition(x.root)
}

type binder struct {
	expr   *Expr
	lookup func(string) Term
	effort *Effort
}

// condition is the node as a boolean.
func (b *binder) condition(at int32) Formula {
	n := &b.expr.nodes[at]
	(&meter{b.effort, questionSteps}).spend(stepsPerNode)
	switch n.kind {
	case nodeTrue:
		return True()
	case nodeFalse:
		return False()
	case nodeNot:
		return Not(b.condition(n.left))
	case nodeAnd:
		return And(b.chain(at, nodeAnd)...)
	case nodeOr:
		return Or(b.chain(at, nodeOr)...)
	case nodeCompare:
		return b.comparison(n)
	case nodeVariable:
		return truthy(b.lookup(b.expr.text(n)))
	case nodeQuoted:
		if b.expr.isVariable(n) {
			return truthy(b.lookup(b.expr.text(n)))
		}
	}
	return fresh() // a string, number or null alone, or a quoted word
}

// isVariable reports whether a node names a variable. The documentation has names with operator characters in single
// quotes, but people write 'true' and 'refresh_token' too and mean the string; a name of several parts is not such a word.
func (e *Expr) isVariable(n *node) bool {
	if n.kind != nodeQuoted {
		return n.kind == nodeVariable
	}
	text := e.text(n)
	return strings.Contains(text, ".") && !isNumber(text) && !strings.ContainsAny(text, " /{")
}

// chain gives the members of a left-nested chain of one operator, so that a long list becomes one gate.
func (b *binder) chain(at int32, kind nodeKind) []Formula {
	var members []Formula
	for b.expr.nodes[at].kind == kind {
		members = append(members, b.condition(b.expr.nodes[at].right))
		at = b.expr.nodes[at].left
	}
	members = append(members, b.condition(at))
	slices.Reverse(members)
	return members
}

// truthy is a bare variable as condition. Whether it asks for the word true or for any value at all is not documented;
// true it is under both readings for "true" only.
func truthy(t Term) Formula {
	switch {
	case t.kind == termSymbol:
		return ofAtom(atom{kind: atomTruthy, symbol: t.text, path: t.path})
	case t.kind == termLiteral && t.text == "true":
		return True()
	}
	return fresh()
}

// operand is one side of a comparison.
type operand struct {
	term   Term
	bare   bool // an unquoted number or boolean
	opaque bool // no reading of it is certain
	regex  *expression
}

func (b *binder) operand(at int32) operand {
	n := &b.expr.nodes[at]
	switch n.kind {
	case nodeTrue:
		return operand{term: Literal("true"), bare: true}
	case nodeFalse:
		return operand{term: Literal("false"), bare: true}
	case nodeNumber:
		return operand{term: Literal(b.expr.text(n)), bare: true}
	case nodeNull:
		return operand{term: Null()}
	case nodeString:
		return operand{term: Literal(b.expr.text(n)), regex: b.expr.regexes[at]}
	}
	if b.expr.isVariable(n) {
		return operand{term: b.lookup(b.expr.text(n))}
	}
	return operand{opaque: true} // a condition, or a word in single quotes
}

func (b *binder) comparison(n *node) Formula {
	left, right := b.operand(n.left), b.operand(n.right)
	if left.opaque || right.opaque {
		return fresh()
	}
	switch n.op {
	case opNotEquals:
		f := Not(b.compare(opEquals, left, right))
		if n.negated {
			f = Not(f)
		}
		return f
	case opNotMatches:
		return denied(b.compare(opMatches, left, right), left, right, n.negated)
	case opNotJavaRegex:
		return denied(b.compare(opJavaRegex, left, right), left, right, n.negated)
	case opNotMatchesPath:
		return denied(b.compare(opMatchesPath, left, right), left, right, n.negated)
	}
	f := b.compare(n.op, left, right)
	if n.negated {
		f = denied(f, left, right, false)
	}
	return f
}

// denied is an operator with a negation inside, as !~ or "not Matches". The documentation has a row of its own for its
// nulls, so that with a null operand it need not be the opposite of the operator.
func denied(f Formula, left, right operand, twice bool) Formula {
	opposite := Not(f)
	if twice {
		opposite = f
	}
	null := Or(isNull(left.term), isNull(right.term))
	if null.IsFalse() {
		return opposite
	}
	return Or(And(opposite, Not(null)), And(null, fresh()))
}

func isNull(t Term) Formula {
	switch t.kind {
	case termNull:
		return True()
	case termSymbol:
		return ofAtom(atom{kind: atomNull, symbol: t.text, path: t.path})
	}
	return False()
}

// compare is one comparison without negation.
func (b *binder) compare(op operator, left, right operand) Formula {
	if op == opEquals || op == opEqualsFold {
		if left.bare || left.term.kind != termSymbol && right.term.kind == termSymbol {
			left, right = right, left
		}
		if left.term.kind == termNull { // the other side is null or a literal
			return isNull(right.term)
		}
		if right.term.kind == termNull {
			return isNull(left.term)
		}
	}
	if mirror, ok := mirrored(op); ok && (left.bare || left.term.kind == termLiteral && right.term.kind != termLiteral) {
		op, left, right = mirror, right, left
	}
	if right.term.kind != termLiteral || left.term.kind == termNull {
		return relation(op, left.term, right.term)
	}
	if left.bare {
		return b.unquoted(op, left.term.text, right)
	}
	a, ok := comparedWith(op, right)
	if !ok {
		return fresh()
	}
	t := newTest(a)
	if right.regex != nil && t.regex != nil {
		t.regex = right.regex // which remembers what it was compiled to
	}
	if left.term.kind == termLiteral {
		return constantOf(t, left.term.text, b.effort)
	}
	t.symbol, t.path = left.term.text, left.term.path
	return Formula{gate: &gate{test: t}}
}

// unquoted compares an unquoted number or boolean with a literal. Two unquoted ones are of the types they look like; as
// text that a pattern is tried on, a number is certain only where it has one spelling.
func (b *binder) unquoted(op operator, left string, right operand) Formula {
	l, r := left, right.term.text
	equal := op == opEquals || op == opEqualsFold
	switch {
	case !right.bare:
		if a, ok := comparedWith(op, right); ok && isPlainLiteral(l) {
			return constantOf(newTest(a), l, b.effort)
		}
	case isBoolean(l) != isBoolean(r):
	case equal && l == r:
		return True()
	case equal && (isBoolean(l) || isWhole(l) && isWhole(r)):
		return False()
	case op >= opGreater && op <= opLesserEquals && isWhole(l) && isWhole(r):
		m, _ := number(l)
		n, _ := number(r)
		a := atom{kind: ordering(op)}
		return constant(a.holds(compareNumbers(m, n)))
	}
	return fresh()
}

func isBoolean(s string) bool { return s == "true" || s == "false" }

// isPlainLiteral reports whether an unquoted literal can be spelled in one way only as a string.
func isPlainLiteral(s string) bool { return isPlainInteger(s) || isBoolean(s) }

// mirrored is the operator that says the same with its sides exchanged.
func mirrored(op operator) (operator, bool) {
	switch op {
	case opGreater:
		return opLesser, true
	case opGreaterEquals:
		return opLesserEquals, true
	case opLesser:
		return opGreater, true
	case opLesserEquals:
		return opGreaterEquals, true
	}
	return op, false
}

func ordering(op operator) atomKind {
	switch op {
	case opGreater:
		return atomGreater
	case opGreaterEquals:
		return atomGreaterEqual
	case opLesser:
		return atomLess
	}
	return atomLessEqual
}

// relation is a comparison that cannot be a test of one symbol against a literal.
func relation(op operator, left, right Term) Formula {
	switch {
	case left.kind == termLiteral && hasTemplate(left.text), right.kind == termLiteral && hasTemplate(right.text):
		return fresh()
	case left.kind == termNull && right.kind == termLiteral:
		switch op {
		case opStartsWith, opMatches, opJavaRegex, opMatchesPath, opGreaterEquals:
			return False()
		}
	case left.kind == termSymbol && right.kind == termSymbol:
		if left.text == right.text && (op == opEquals || op == opEqualsFold) {
			return True()
		}
		if op == opEquals {
			return ofAtom(atom{kind: atomSame, symbol: min(left.text, right.text), arg: max(left.text, right.text)})
		}
		if op == opEqualsFold && left.text > right.text {
			left, right = right, left
		}
	}
	detail := uint16(op)<<8 | uint16(left.kind)<<4 | uint16(right.kind)
	return ofAtom(atom{kind: atomUndecided, detail: detail, symbol: left.text, arg: right.text})
}

// comparedWith is the atom of a comparison with a literal on the right, its symbol still missing. It gives up on literals that
// could be message templates, except in paths, where braces are documented to stand for one element.
func comparedWith(op operator, right operand) (atom, bool) {
	a := atom{arg: right.term.text}
	if right.bare && op != opEquals && op < opGreater || op >= opMatches && right.bare && !isPlainInteger(a.arg) {
		return a, false
	}
	switch op {
	case opEquals:
		a.kind = atomEqual
		if right.bare {
			a.kind = atomEqualBare
		}
	case opEqualsFold:
		a.kind = atomEqualFold
	case opStartsWith:
		a.kind = atomPrefix
	case opMatches:
		a.kind = atomGlob
	case opMatchesPath:
		a.kind = atomPath
	case opJavaRegex:
		a.kind = atomRegex
	default:
		a.kind = atomUndecided
		a.detail = uint16(op)<<8 | uint16(termSymbol)<<4 | uint16(termLiteral)
		if right.bare {
			a.detail |= 1 << 15
		}
		switch {
		case right.bare && isNumber(a.arg):
			a.kind, a.detail = ordering(op), 0
		case isWhole(a.arg):
			a.kind, a.detail = ordering(op), 1
		}
	}
	return a, a.kind == atomPath || !hasTemplate(a.arg)
}

// hasTemplate reports whether a string holds something like {name}; a count as in the regular expression x{2} is none.
func hasTemplate(s string) bool {
	last := strings.LastIndexByte(s, '}')
	for i := 0; i < last; i++ {
		if s[i] == '{' && (s[i+1] < '0' || s[i+1] > '9') {
			return true
		}
	}
	return false
}
