package fix

import (
	"slices"
	"strings"

	"apigee-audit/internal/policyxml"
)

// conjuncts are the parts of a condition that all have to hold, as they are written; the whole of it where it is no conjunction.
func conjuncts(condition string) []string {
	condition = strings.TrimSpace(condition)
	if inner, ok := unwrapped(condition); ok {
		return conjuncts(inner)
	}
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(condition); {
		switch c := condition[i]; {
		case c == '"' || c == '\'':
			end := strings.IndexByte(condition[i+1:], c)
			if end < 0 {
				return []string{condition}
			}
			i += end + 2
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0:
			if wordAt(condition, i, "or") > 0 || strings.HasPrefix(condition[i:], "||") || c == '|' {
				return []string{condition}
			}
			n := wordAt(condition, i, "and")
			if n == 0 && strings.HasPrefix(condition[i:], "&&") {
				n = 2
			}
			if n == 0 && c == '&' {
				n = 1
			}
			if n > 0 {
				parts = append(parts, strings.TrimSpace(condition[start:i]))
				i += n
				start = i
				continue
			}
		}
		i++
	}
	return append(parts, strings.TrimSpace(condition[start:]))
}

// wordAt is the length of a word that stands by itself at an offset, in any case; 0 where it does not.
func wordAt(s string, at int, word string) int {
	end := at + len(word)
	if end > len(s) || !strings.EqualFold(s[at:end], word) {
		return 0
	}
	apart := func(i int) bool { return i < 0 || i >= len(s) || strings.IndexByte(" \t\r\n()\"'", s[i]) >= 0 }
	if !apart(at-1) || !apart(end) {
		return 0
	}
	return len(word)
}

// unwrapped is a condition without the parentheses around all of it.
func unwrapped(condition string) (inner string, ok bool) {
	if !strings.HasPrefix(condition, "(") {
		return "", false
	}
	depth := 0
	for i := 0; i < len(condition); i++ {
		switch c := condition[i]; c {
		case '"', '\'':
			end := strings.IndexByte(condition[i+1:], c)
			if end < 0 {
				return "", false
			}
			i += end + 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				if i != len(condition)-1 {
					return "", false
				}
				return strings.TrimSpace(condition[1:i]), true
			}
		}
	}
	return "", false
}

// relaxed are the conditions that are left when one part is taken out of a conjunction, as far as they can hold together with others;
// where the condition has one part, that is "".
func relaxed(condition string, others ...string) []string {
	parts := conjuncts(condition)
	var out []string
	for i := range parts {
		rest := strings.Join(slices.Delete(slices.Clone(parts), i, i+1), " and ")
		if possible(append([]string{rest}, others...)...) {
			out = append(out, rest)
		}
	}
	return out
}

// refreshOnly is a condition that asks for a refresh request too, if it does not already.
func refreshOnly(condition, variable string) string {
	if inner, ok := unwrapped(condition); ok {
		condition = inner
	}
	switch refresh := isRefresh(variable); {
	case implies(condition, refresh):
		return condition
	case implies(refresh, condition):
		return refresh
	default:
		return policyxml.And(condition, refresh)
	}
}
