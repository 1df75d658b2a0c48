package condition

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Expr is one parsed condition. It is immutable and safe for concurrent use.
type Expr struct {
	src    string
	nodes  []node // children stand before their parents
	root   int32
	syntax *SyntaxError // nil when it is well-formed
	// regexes are those of the strings that a JavaRegex has on its right, by node.
	regexes map[int32]*expression
}

type nodeKind uint8

const (
	nodeTrue nodeKind = iota
	nodeFalse
	nodeNull
	nodeString
	nodeNumber
	nodeVariable
	nodeQuoted // 'variable'
	nodeNot
	nodeAnd
	nodeOr
	nodeCompare
)

// node is a part of a condition. It holds no pointer, because an organization has a million, and the collector need not look at them.
type node struct {
	kind    nodeKind
	op      operator
	negated bool // infix: a not Matches "b"
	// The nodes that it joins; of one that joins none, where its text begins in the source, and how long that is.
	left, right int32
}

// text is what a node that joins no others says.
func (e *Expr) text(n *node) string { return e.src[n.left : n.left+n.right] }

// longest is how much of a condition is shown, in bytes. A condition can be as long as its file, and every finding below its
// flow repeats it.
const longest = 2000

// String is the source with white space folded to single spaces, for people to read: a very long one is cut short.
func (e *Expr) String() string {
	if len(e.src) <= longest {
		return strings.Join(strings.Fields(e.src), " ")
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(e.src[:longest], "")), " ") + "…"
}

// Malformed reports whether the condition could not be read to its end. Then it binds to an unknown.
func (e *Expr) Malformed() bool { return e.syntax != nil }

// Syntax is what [Parse] found wrong with the condition, nil for nothing.
func (e *Expr) Syntax() *SyntaxError { return e.syntax }

// Variables lists the names mentioned on either side of an operator, sorted and distinct. A bare word such as GET in
// `request.verb = GET` is a variable by the grammar.
func (e *Expr) Variables() []string {
	return slices.Compact(slices.Sorted(e.Mentions()))
}

// Mentions yields the same names where they are mentioned, some of them several times.
func (e *Expr) Mentions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range e.nodes {
			if n := &e.nodes[i]; (n.kind == nodeVariable || n.kind == nodeQuoted) && !yield(e.text(n)) {
				return
			}
		}
	}
}

// tree is the parsed form in prefix notation, for tests and debugging.
func (e *Expr) tree() string {
	var b strings.Builder
	e.write(&b, e.root)
	return b.String()
}

func (e *Expr) write(b *strings.Builder, at int32) {
	n := &e.nodes[at]
	list := func(head string, kids ...int32) {
		b.WriteString("(" + head)
		for _, k := range kids {
			b.WriteByte(' ')
			e.write(b, k)
		}
		b.WriteByte(')')
	}
	switch n.kind {
	case nodeTrue:
		b.WriteString("true")
	case nodeFalse:
		b.WriteString("false")
	case nodeNull:
		b.WriteString("null")
	case nodeString:
		b.WriteString(strconv.Quote(e.text(n)))
	case nodeNumber, nodeVariable:
		b.WriteString(e.text(n))
	case nodeQuoted:
		b.WriteString("'" + e.text(n) + "'")
	case nodeNot:
		list("not", n.left)
	case nodeAnd:
		list("and", n.left, n.right)
	case nodeOr:
		list("or", n.left, n.right)
	case nodeCompare:
		op := n.op.String()
		if n.negated {
			op = "not-" + op
		}
		list(op, n.left, n.right)
	}
}
