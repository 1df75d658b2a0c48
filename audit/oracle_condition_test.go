package audit_test

import (
	"regexp"
	"strconv"
	"strings"
)

// value is what a variable holds at one moment; the zero value is null.
type value struct {
	text string
	set  bool
}

func text(s string) value { return value{s, true} }

// String is the value as a condition would write it.
func (v value) String() string {
	if !v.set {
		return "null"
	}
	return strconv.Quote(v.text)
}

// holds evaluates a condition with the variables of now.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/conditions-reference.
func (m *machine) holds(c *modelCond) bool {
	if c == nil {
		return true
	}
	switch c.Op {
	case "true":
		return true
	case "false":
		return false
	case "not":
		return !m.holds(c.Kids[0])
	case "and":
		for _, k := range c.Kids {
			if !m.holds(k) {
				return false
			}
		}
		return true
	case "or":
		for _, k := range c.Kids {
			if m.holds(k) {
				return true
			}
		}
		return false
	}
	left := text(c.Number)
	if c.Variable != "" {
		left = m.get(c.Variable)
	}
	right := text(c.Right)
	switch c.RightAs {
	case asNull:
		right = value{}
	case asVariable:
		right = m.get(c.Right)
	}
	return m.compare(c.Op, left, right)
}

func (m *machine) compare(op string, left, right value) bool {
	switch op {
	case opEqual: // one null: false; both null: true
		return left == right
	case opNotEqual: // one null: true; both null: false
		return left != right
	case opEqualFold:
		return left.set == right.set && strings.EqualFold(left.text, right.text)
	case opLess, opAtLeast:
		return m.ordered(op, left, right)
	}
	if !left.set || !right.set { // null on the left: false
		return false
	}
	switch op {
	case opStartsWith:
		return strings.HasPrefix(left.text, right.text)
	case opMatches:
		return m.pattern("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(right.text), `\*`, ".*") + ")$").MatchString(left.text)
	case opJavaRegex:
		return m.regex(right.text, left.text)
	case opMatchesPath:
		return m.matchesPath(right.text, left.text)
	}
	panic("no operator " + op)
}

// ordered compares numbers. The documented rows for null contradict one another but for >=, which is false; so < goes
// either way.
func (m *machine) ordered(op string, left, right value) bool {
	if !left.set || !right.set {
		return op != opAtLeast && m.reading(lessThanNull) == 1
	}
	a, errA := strconv.Atoi(left.text)
	b, errB := strconv.Atoi(right.text)
	if errA != nil || errB != nil {
		return false
	}
	return (a < b) == (op == opLess)
}

// regex matches the whole value or a part of it: the pages say neither.
func (m *machine) regex(pattern, v string) bool {
	whole := m.pattern("^(?:" + pattern + ")$").MatchString(v)
	part := m.pattern(pattern).MatchString(v)
	if whole == part {
		return whole
	}
	return []bool{whole, part}[m.reading(regexOfAPart)]
}

// matchesPath reads a trailing slash and ** in the ways that the pages leave open; each run keeps to one way.
func (m *machine) matchesPath(pattern, path string) bool {
	var ways []bool
	for way := range 4 {
		p, v := pattern, path
		if way&1 == 1 {
			p, v = strings.TrimRight(p, "/"), strings.TrimRight(v, "/")
		}
		ways = append(ways, elements(strings.Split(p, "/"), strings.Split(v, "/"), way&2 == 2))
	}
	for _, w := range ways {
		if w != ways[0] {
			return ways[m.reading(slashesAndStars)]
		}
	}
	return ways[0]
}

// elements matches the elements of a path; with some, ** stands for one at least.
func elements(pattern, path []string, some bool) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	switch p := pattern[0]; {
	case p == "**":
		from := 0
		if some {
			from = 1
		}
		for n := from; n <= len(path); n++ {
			if elements(pattern[1:], path[n:], some) {
				return true
			}
		}
		return false
	case len(path) == 0:
		return false
	case p == "*" || strings.HasPrefix(p, "{"):
		return path[0] != "" && elements(pattern[1:], path[1:], some)
	default:
		return p == path[0] && elements(pattern[1:], path[1:], some)
	}
}
