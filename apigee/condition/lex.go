package condition

import (
	"strconv"
	"strings"
)

// tokenKind is what one token of a condition is.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenOpen
	tokenClose
	tokenAnd
	tokenOr
	tokenNot
	tokenCompare // token.op says which
	tokenString  // "text"
	tokenQuoted  // 'variable'
	tokenName
	tokenNumber
	tokenTrue
	tokenFalse
	tokenNull
	tokenBad // text is why
)

// operator is a comparison between two operands.
type operator uint8

const (
	opEquals operator = iota
	opNotEquals
	opEqualsFold
	opGreater
	opGreaterEquals
	opLesser
	opLesserEquals
	opMatches
	opNotMatches
	opJavaRegex
	opNotJavaRegex
	opMatchesPath
	opNotMatchesPath
	opStartsWith
)

// String is the operator as symbol, for the debug form of trees.
func (o operator) String() string {
	return [...]string{"=", "!=", ":=", ">", ">=", "<", "<=", "~", "!~", "~~", "!~~", "~/", "!~/", "=|"}[o]
}

type token struct {
	kind   tokenKind
	op     operator
	offset int
	text   string
}

// lexer yields tokens on demand; it allocates nothing, texts are slices of the source.
type lexer struct {
	src string
	pos int
}

func (l *lexer) next() token {
	for l.pos < len(l.src) && isSpace(l.src[l.pos]) {
		l.pos++
	}
	start := l.pos
	if start == len(l.src) {
		return token{kind: tokenEnd, offset: start}
	}
	switch c := l.src[start]; c {
	case '(':
		return l.symbol(tokenOpen, 0, 1)
	case ')':
		return l.symbol(tokenClose, 0, 1)
	case '"':
		return l.quoted(tokenString, '"', "this string is not closed")
	case '\'':
		return l.quoted(tokenQuoted, '\'', "this quoted variable is not closed")
	case '&', '|', '=', '!', ':', '<', '>', '~':
		return l.operator(c)
	}
	for l.pos < len(l.src) && l.inName() {
		l.pos++
	}
	if l.pos == start {
		l.pos++
		return token{kind: tokenBad, offset: start, text: "character " + strconv.QuoteRune([]rune(l.src[start:])[0]) + " has no meaning here"}
	}
	return word(l.src[start:l.pos], start)
}

// operator reads the symbol operators, the longest first.
func (l *lexer) operator(c byte) token {
	second, third := l.peek(1), l.peek(2)
	switch {
	case c == '&' && second == '&':
		return l.symbol(tokenAnd, 0, 2)
	case c == '&':
		return l.symbol(tokenAnd, 0, 1)
	case c == '|' && second == '|':
		return l.symbol(tokenOr, 0, 2)
	case c == '|':
		return l.symbol(tokenOr, 0, 1)
	case c == '=' && second == '=':
		return l.symbol(tokenCompare, opEquals, 2)
	case c == '=' && second == '|':
		return l.symbol(tokenCompare, opStartsWith, 2)
	case c == '=':
		return l.symbol(tokenCompare, opEquals, 1)
	case c == ':' && second == '=':
		return l.symbol(tokenCompare, opEqualsFold, 2)
	case c == '!' && second == '=':
		return l.symbol(tokenCompare, opNotEquals, 2)
	case c == '!' && second == '~' && third == '~':
		return l.symbol(tokenCompare, opNotJavaRegex, 3)
	case c == '!' && second == '~' && third == '/':
		return l.symbol(tokenCompare, opNotMatchesPath, 3)
	case c == '!' && second == '~':
		return l.symbol(tokenCompare, opNotMatches, 2)
	case c == '!':
		return l.symbol(tokenNot, 0, 1)
	case c == '>' && second == '=':
		return l.symbol(tokenCompare, opGreaterEquals, 2)
	case c == '>':
		return l.symbol(tokenCompare, opGreater, 1)
	case c == '<' && second == '=':
		return l.symbol(tokenCompare, opLesserEquals, 2)
	case c == '<':
		return l.symbol(tokenCompare, opLesser, 1)
	case c == '~' && second == '~':
		return l.symbol(tokenCompare, opJavaRegex, 2)
	case c == '~' && second == '/':
		return l.symbol(tokenCompare, opMatchesPath, 2)
	case c == '~':
		return l.symbol(tokenCompare, opMatches, 1)
	}
	offset := l.pos
	l.pos++
	return token{kind: tokenBad, offset: offset, text: "\":\" is only an operator as \":=\""}
}

func (l *lexer) symbol(kind tokenKind, op operator, size int) token {
	t := token{kind: kind, op: op, offset: l.pos, text: l.src[l.pos : l.pos+size]}
	l.pos += size
	return t
}

func (l *lexer) quoted(kind tokenKind, quote byte, unclosed string) token {
	start := l.pos
	end := strings.IndexByte(l.src[start+1:], quote)
	if end < 0 {
		l.pos = len(l.src)
		return token{kind: tokenBad, offset: start, text: unclosed}
	}
	l.pos = start + end + 2
	return token{kind: kind, offset: start, text: l.src[start+1 : l.pos-1]}
}

func (l *lexer) peek(ahead int) byte {
	if l.pos+ahead < len(l.src) {
		return l.src[l.pos+ahead]
	}
	return 0
}

// inName reports whether the byte at the position belongs to a variable name. A colon does (namespaced names), unless
// it begins the operator := .
func (l *lexer) inName() bool {
	switch c := l.src[l.pos]; {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c >= 0x80:
		return true
	case c == '.', c == '-', c == '_', c == '[', c == ']', c == '$', c == '@', c == '#', c == '/':
		return true
	case c == ':':
		return l.peek(1) != '='
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
