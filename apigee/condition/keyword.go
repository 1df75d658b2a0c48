package condition

import "strings"

// word classifies a bare word: operator, constant, number or variable name. Operator words ignore case as apigeelint
// does; their lengths are told apart first because most words are long variable names.
func word(text string, offset int) token {
	t := token{kind: tokenName, offset: offset, text: text}
	if isNumber(text) {
		t.kind = tokenNumber
		return t
	}
	compare := func(name string, op operator) bool {
		if !strings.EqualFold(text, name) {
			return false
		}
		t.kind, t.op = tokenCompare, op
		return true
	}
	plain := func(name string, kind tokenKind) bool {
		if !strings.EqualFold(text, name) {
			return false
		}
		t.kind = kind
		return true
	}
	switch len(text) {
	case 2:
		_ = plain("or", tokenOr) || compare("is", opEquals)
	case 3:
		_ = plain("and", tokenAnd) || plain("not", tokenNot)
	case 4:
		_ = plain("null", tokenNull) || plain("true", tokenTrue) || compare("like", opMatches)
	case 5:
		_ = plain("false", tokenFalse) || compare("isnot", opNotEquals)
	case 6:
		compare("equals", opEquals)
	case 7:
		compare("matches", opMatches)
	case 8:
		compare("likepath", opMatchesPath)
	case 9:
		_ = compare("notequals", opNotEquals) || compare("javaregex", opJavaRegex)
	case 10:
		_ = compare("startswith", opStartsWith) || compare("lesserthan", opLesser)
	case 11:
		_ = compare("matchespath", opMatchesPath) || compare("greaterthan", opGreater)
	case 18:
		compare("lesserthanorequals", opLesserEquals)
	case 19:
		compare("greaterthanorequals", opGreaterEquals)
	case 21:
		compare("equalscaseinsensitive", opEqualsFold)
	}
	return t
}
