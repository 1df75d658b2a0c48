package condition

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/internal/text"
)

// maxDepth bounds nested parentheses and negations, so that a hostile condition cannot exhaust the stack.
const maxDepth = 200

// maxNodes bounds chains such as a or b or c, which nest to the left without parentheses.
const maxNodes = 20000

// SyntaxError says where and why a condition is malformed.
type SyntaxError struct {
	Offset int // in bytes from the start of the condition
	Msg    string
	Part   string // the text from Offset on, shortened; empty at the end of the condition
}

// Error is the message with its place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("condition, byte %d: %s", e.Offset, e.Msg) }

// Parse reads one condition whose XML escapes are already decoded. A blank condition is always true.
//
// A malformed condition gives a *[SyntaxError] and an Expr all the same: its String is the source, its Variables are
// those read, and it binds to an unknown, because Apigee may refuse it or read it in its own way.
func Parse(src string) (*Expr, error) {
	p := parser{lex: lexer{src: src}, expr: &Expr{src: src}}
	p.expr.nodes = make([]node, 0, 4+len(src)/14)
	defer func() { p.expr.nodes = slices.Clone(p.expr.nodes) }() // without the room to grow: an organization has a hundred thousand conditions
	p.advance()
	if p.tok.kind == tokenEnd {
		p.expr.root = p.add(node{kind: nodeTrue}, 0)
		return p.expr, nil
	}
	p.expr.root = p.or()
	switch {
	case p.err != nil:
	case p.tok.kind == tokenClose:
		p.fail(p.tok.offset, "this closing parenthesis closes nothing")
	case p.tok.kind != tokenEnd:
		p.unexpected("an operator, \"and\" or \"or\"")
	}
	if p.err != nil {
		p.err.Part = text.Clip(strings.TrimSpace(src[p.err.Offset:]), mostShown)
		p.expr.syntax = p.err
		p.remainingVariables()
		return p.expr, p.err
	}
	return p.expr, nil
}

type parser struct {
	lex   lexer
	tok   token
	expr  *Expr
	err   *SyntaxError
	depth int
}

func (p *parser) advance() { p.tok = p.lex.next() }

// add adds a node for what is written at an offset.
func (p *parser) add(n node, offset int) int32 {
	p.expr.nodes = append(p.expr.nodes, n)
	if len(p.expr.nodes) > maxNodes {
		p.fail(offset, "the condition is too long to be read")
	}
	return int32(len(p.expr.nodes) - 1)
}

func (p *parser) fail(offset int, msg string) {
	if p.err == nil {
		p.err = &SyntaxError{Offset: offset, Msg: msg}
	}
}

// unexpected reports the current token where something else was needed.
func (p *parser) unexpected(wanted string) {
	switch p.tok.kind {
	case tokenBad:
		p.fail(p.tok.offset, p.tok.text)
	case tokenEnd:
		p.fail(p.tok.offset, "the condition ends where "+wanted+" is expected")
	default:
		p.fail(p.tok.offset, fmt.Sprintf("%q stands where %s is expected", text.Clip(p.tok.text, mostShown), wanted))
	}
}

// mostShown is how much of a condition a message about its syntax repeats, in characters.
const mostShown = 40

func (p *parser) or() int32 {
	left := p.and()
	for p.err == nil && p.tok.kind == tokenOr {
		offset := p.tok.offset
		p.advance()
		left = p.add(node{kind: nodeOr, left: left, right: p.and()}, offset)
	}
	return left
}

func (p *parser) and() int32 {
	left := p.comparison()
	for p.err == nil && p.tok.kind == tokenAnd {
		offset := p.tok.offset
		p.advance()
		left = p.add(node{kind: nodeAnd, left: left, right: p.comparison()}, offset)
	}
	return left
}

func (p *parser) comparison() int32 {
	left := p.unary()
	for p.err == nil {
		offset, negated := p.tok.offset, false
		if p.tok.kind == tokenNot { // a not Matches "b"
			negated = true
			p.advance()
			if p.tok.kind != tokenCompare {
				p.unexpected("an operator after \"not\"")
				return left
			}
		}
		if p.tok.kind != tokenCompare {
			return left
		}
		op := p.tok.op
		p.advance()
		right := p.unary()
		if r := &p.expr.nodes[right]; r.kind == nodeString && (op == opJavaRegex || op == opNotJavaRegex) {
			if p.expr.regexes == nil {
				p.expr.regexes = map[int32]*expression{}
			}
			p.expr.regexes[right] = &expression{source: p.expr.text(r)}
		}
		left = p.add(node{kind: nodeCompare, op: op, negated: negated, left: left, right: right}, offset)
	}
	return left
}

func (p *parser) unary() int32 {
	if p.tok.kind != tokenNot {
		return p.operand()
	}
	offset := p.tok.offset
	if !p.enter() {
		return p.add(node{kind: nodeNull}, offset)
	}
	defer p.leave()
	p.advance()
	return p.add(node{kind: nodeNot, left: p.unary()}, offset)
}

// leaf is a node that joins no others, for a token.
func leaf(kind nodeKind, t token) node {
	n := node{kind: kind, left: int32(t.offset), right: int32(len(t.text))}
	if t.kind == tokenString || t.kind == tokenQuoted {
		n.left++ // behind the quote
	}
	return n
}

func (p *parser) operand() int32 {
	t := p.tok
	n := leaf(nodeNull, t)
	switch t.kind {
	case tokenOpen:
		return p.group()
	case tokenString:
		n.kind = nodeString
	case tokenQuoted:
		n.kind = nodeQuoted
	case tokenName:
		n.kind = nodeVariable
	case tokenNumber:
		n.kind = nodeNumber
	case tokenTrue:
		n.kind = nodeTrue
	case tokenFalse:
		n.kind = nodeFalse
	case tokenNull:
		n.kind = nodeNull
	default:
		p.unexpected("a variable, a value or a parenthesis")
		return p.add(node{kind: nodeNull}, t.offset)
	}
	p.advance()
	return p.add(n, t.offset)
}

func (p *parser) group() int32 {
	offset := p.tok.offset
	if !p.enter() {
		return p.add(node{kind: nodeNull}, offset)
	}
	defer p.leave()
	p.advance()
	inner := p.or()
	switch {
	case p.err != nil:
	case p.tok.kind == tokenClose:
		p.advance()
	case p.tok.kind == tokenEnd:
		p.fail(offset, "this parenthesis is never closed")
	default:
		p.unexpected("an operator, \"and\", \"or\" or a closing parenthesis")
	}
	return inner
}

func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.tok.offset, fmt.Sprintf("more than %d nested parentheses and negations", maxDepth))
		return false
	}
	return true
}

func (p *parser) leave() { p.depth-- }

// remainingVariables notes the names after the point of failure; a caller that asks what a malformed condition
// mentions must not miss them.
func (p *parser) remainingVariables() {
	for ; p.tok.kind != tokenEnd; p.advance() {
		if p.tok.kind == tokenName || p.tok.kind == tokenQuoted {
			p.add(leaf(nodeVariable, p.tok), p.tok.offset)
		}
	}
}
