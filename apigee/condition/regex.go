package condition

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// expression is the argument of a JavaRegex. It is decided only where Java's reading of it and Go's cannot differ: both
// know the language that inSubset lets through, on values of printable ASCII characters. Whether the expression has to
// match the whole value or a part of it is not documented and left to the world.
type expression struct {
	source string
	once   sync.Once
	whole  *regexp.Regexp // nil, as part, when the expression is not decided
	part   *regexp.Regexp
	size   int // instructions, about
}

// Bounds of expressions that are decided, and of the values on which they are.
const (
	maxExpression     = 512
	maxExpressionSize = 1024
	maxExpressionText = 256
)

// compiled prepares the expression and reports whether it is decided at all.
func (x *expression) compiled() bool {
	x.once.Do(func() {
		if len(x.source) > maxExpression || !inSubset(x.source) {
			return
		}
		tree, err := syntax.Parse(x.source, syntax.Perl)
		if err != nil {
			return
		}
		if x.size = expanded(tree); x.size > maxExpressionSize {
			return
		}
		part, err := regexp.Compile(x.source)
		if err != nil {
			return
		}
		if whole, err := regexp.Compile(`\A(?:` + x.source + `)\z`); err == nil {
			x.whole, x.part = whole, part
		}
	})
	return x.whole != nil
}

// expanded is about how many characters an expression has when its repetitions are written out.
func expanded(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n = min(n+expanded(sub), maxExpressionSize+1)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxExpressionSize+1)
}

// matches is the outcome for a value; part says in which reading.
func (x *expression) matches(s string, part bool, m *meter) outcome {
	if len(s) > maxExpressionText || !isPrintable(s) || !x.compiled() {
		return either
	}
	if !m.spend(8 + (1+len(s))*(1+x.size)/4) {
		return either
	}
	if part {
		return certainly(x.part.MatchString(s))
	}
	return certainly(x.whole.MatchString(s))
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// inSubset reports whether an expression holds nothing but what Java and Go read alike: characters, the dot, the ASCII
// classes, simple bracket expressions, groups, alternatives, greedy and reluctant repetition, and anchors. What Java
// takes for an error and Go does not, such as a brace that counts nothing, is not among it.
func inSubset(source string) bool {
	s := subset{rest: strings.TrimPrefix(source, "(?i)")}
	for s.rest != "" {
		if !s.next() {
			return false
		}
	}
	return true
}

// subset walks over an expression. Whether parentheses are closed and repetitions nested is left to the compiler, which
// is as strict as Java's or stricter.
type subset struct {
	rest string
	atom bool // something stands before that can be repeated
}

func (s *subset) next() bool {
	c := s.rest[0]
	switch {
	case c < ' ' || c > '~':
		return false
	case c == '\\':
		return s.escape()
	case c == '[':
		return s.class()
	case c == '(':
		return s.group()
	case c == '{':
		return s.count()
	case c == '*', c == '+', c == '?':
		return s.repetition(1)
	case c == '^', c == '$', c == '|':
		s.atom = false
	case c == ']', c == '}':
		return false
	default:
		s.atom = true
	}
	s.rest = s.rest[1:]
	return true
}

// escape takes the classes and boundaries of ASCII and punctuation that stands for itself.
func (s *subset) escape() bool {
	if len(s.rest) < 2 {
		return false
	}
	c := s.rest[1]
	switch {
	case strings.IndexByte("bBAz", c) >= 0:
		s.atom = false
	case strings.IndexByte("dDwWsS", c) >= 0, isPunctuation(c):
		s.atom = true
	default:
		return false
	}
	s.rest = s.rest[2:]
	return true
}

func isPunctuation(c byte) bool {
	return c > ' ' && c <= '~' && !isAlphanumeric(c)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// group takes ( and (?: but no other kind.
func (s *subset) group() bool {
	s.rest = strings.TrimPrefix(s.rest[1:], "?:")
	s.atom = false // so that a question mark has nothing to repeat
	return true
}

// count takes {2}, {2,} and {2,3}.
func (s *subset) count() bool {
	end := strings.IndexByte(s.rest, '}')
	if end < 0 {
		return false
	}
	low, high, _ := strings.Cut(s.rest[1:end], ",")
	if !isPlainInteger(low) || high != "" && !isPlainInteger(high) {
		return false
	}
	return s.repetition(end + 1)
}

// repetition takes a quantifier of so many characters and the question mark that makes it reluctant, but not the plus
// that makes it possessive.
func (s *subset) repetition(size int) bool {
	if !s.atom {
		return false
	}
	s.atom = false
	s.rest = strings.TrimPrefix(s.rest[size:], "?")
	return true
}

// class takes a bracket expression of characters, ranges between letters or digits, and the ASCII classes.
func (s *subset) class() bool {
	end := strings.IndexByte(s.rest, ']')
	if end < 0 {
		return false
	}
	inner := strings.TrimPrefix(s.rest[1:end], "^")
	if inner == "" || strings.HasSuffix(inner, `\`) || strings.ContainsAny(inner, "[&^") {
		return false
	}
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c < ' ' || c > '~':
			return false
		case c == '\\':
			i++
			if strings.IndexByte("dDwWsS", inner[i]) < 0 && !isPunctuation(inner[i]) {
				return false
			}
		case c == '-' && i > 0 && i < len(inner)-1:
			if !isAlphanumeric(inner[i-1]) || !isAlphanumeric(inner[i+1]) || i > 1 && (inner[i-2] == '-' || inner[i-2] == '\\') {
				return false
			}
		}
	}
	s.atom = true
	s.rest = s.rest[end+1:]
	return true
}
