package condition

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// reading is one way to understand the language, stated independently of the package's worlds.
type reading struct {
	slashes                        int // 0 each counts, 1 trailing dropped, 2 doubled dropped too, 3 leading means nothing either
	starsOne, starEmpty, wildChar  bool
	percent, numeric, nullCompares bool
}

func readings() []reading {
	var list []reading
	for slashes := range 4 {
		for bits := range 64 {
			on := func(i int) bool { return bits>>i&1 == 1 }
			list = append(list, reading{slashes, on(0), on(1), on(2), on(3), on(4), on(5)})
		}
	}
	return list
}

// value is a string or, as nil, null.
type value *string

func domain() []value {
	list := []value{nil}
	for _, s := range []string{
		"", "a", "A", "ab", "/", "/a", "/a/", "/a/b", "/a/b/", "//a", "/ab", "/b/a", "/a/b/c", "a/b",
		"true", "TRUE", "4", "4.0", "04", "5", "a?", "ax", "%a",
	} {
		list = append(list, &s)
	}
	return list
}

// sample is a random condition: its source, and its meaning for the values of the variables x and y.
type sample struct {
	src  string
	eval func(x, y value, r reading) bool
}

type sampler struct {
	*rand.Rand
	patterns map[string]*regexp.Regexp
}

func pick[T any](s *sampler, list ...T) T { return list[s.IntN(len(list))] }

func (s *sampler) tree(depth int) sample {
	if depth == 0 || s.IntN(4) == 0 {
		return s.test()
	}
	a, b := s.tree(depth-1), s.tree(depth-1)
	switch s.IntN(5) {
	case 0:
		return sample{"not (" + a.src + ")", func(x, y value, r reading) bool { return !a.eval(x, y, r) }}
	case 1:
		return sample{"(" + a.src + " or " + b.src + ")", func(x, y value, r reading) bool { return a.eval(x, y, r) || b.eval(x, y, r) }}
	}
	return sample{"(" + a.src + " && " + b.src + ")", func(x, y value, r reading) bool { return a.eval(x, y, r) && b.eval(x, y, r) }}
}

func (s *sampler) test() sample {
	name := pick(s, "x", "x", "x", "y")
	of := func(f func(v value, r reading) bool) func(x, y value, r reading) bool {
		return func(x, y value, r reading) bool {
			if name == "x" {
				return f(x, r)
			}
			return f(y, r)
		}
	}
	text := pick(s, "", "a", "A", "ab", "/a", "/a/", "/a/b", "true", "True", "4", "4.0")
	switch s.IntN(9) {
	case 0:
		return sample{name + " is null", of(func(v value, _ reading) bool { return v == nil })}
	case 1:
		return sample{fmt.Sprintf("%s = %q", name, text), of(func(v value, r reading) bool { return v != nil && same(*v, text, r) })}
	case 2:
		return sample{fmt.Sprintf("%s != %q", name, text), of(func(v value, r reading) bool { return v == nil || !same(*v, text, r) })}
	case 3:
		return sample{fmt.Sprintf("%s := %q", name, text), of(func(v value, r reading) bool {
			return v != nil && (strings.EqualFold(*v, text) || same(*v, text, r))
		})}
	case 4:
		return sample{fmt.Sprintf("%s =| %q", name, text), of(func(v value, _ reading) bool { return v != nil && strings.HasPrefix(*v, text) })}
	case 5:
		bare := pick(s, "4", "5", "4.0", "true")
		return sample{name + "=" + bare, of(func(v value, r reading) bool { return v != nil && same(*v, bare, r) })}
	case 6:
		limit := pick(s, 4, 5)
		op := pick(s, "<", ">=")
		return sample{fmt.Sprintf("%s %s %d", name, op, limit), of(func(v value, r reading) bool {
			if v == nil {
				return r.nullCompares
			}
			n, err := strconv.ParseFloat(*v, 64)
			if err != nil {
				return r.numeric
			}
			return (n < float64(limit)) == (op == "<")
		})}
	case 7:
		glob := pick(s, "*", "a*", "*a", "*/a*", "a?", "a*b", "%a", "a")
		return sample{fmt.Sprintf("%s ~ %q", name, glob), of(func(v value, r reading) bool { return v != nil && s.glob(glob, *v, r) })}
	}
	path := pick(s, "/", "/*", "/**", "/a", "/a/", "/a/*", "/a/**", "/{n}/b", "/**/a", "**/a", "/a*", "/a**", "/*/", "/%a", "/a/b", "//a", "/**/b/**")
	return sample{fmt.Sprintf("%s ~/ %q", name, path), of(func(v value, r reading) bool { return v != nil && s.path(path, *v, r) })}
}

// same is equality with the coercions one might think of.
func same(a, b string, r reading) bool {
	if a == b {
		return true
	}
	m, errA := strconv.ParseFloat(a, 64)
	n, errB := strconv.ParseFloat(b, 64)
	return r.numeric && (errA == nil && errB == nil && m == n || strings.EqualFold(a, b) && strings.EqualFold(a, "true"))
}

func (s *sampler) glob(pattern, v string, r reading) bool {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			b.WriteString(".*")
		case c == '?' && r.wildChar:
			b.WriteString(".")
		case c == '%' && r.percent && i+1 < len(pattern):
			i++
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return s.match(b.String(), v)
}

func (s *sampler) path(pattern, v string, r reading) bool {
	if r.slashes > 0 {
		pattern, v = strings.TrimRight(pattern, "/"), strings.TrimRight(v, "/")
	}
	if r.slashes == 3 {
		pattern = "/" + pattern
		if v != "" {
			v = "/" + v
		}
	}
	for r.slashes >= 2 && strings.Contains(pattern+" "+v, "//") {
		pattern, v = strings.ReplaceAll(pattern, "//", "/"), strings.ReplaceAll(v, "//", "/")
	}
	if r.slashes == 3 {
		pattern = strings.TrimRight(pattern, "/")
	}
	element, some := "[^/]+", "+"
	if r.starEmpty {
		element = "[^/]*"
	}
	if !r.starsOne {
		some = "*"
	}
	pattern = strings.ReplaceAll(pattern, "{n}", "*")
	var b strings.Builder
	for i, part := range strings.Split(pattern, "/") {
		if part == "**" && i > 0 {
			b.WriteString("(/" + element + ")" + some)
			continue
		}
		if i > 0 {
			b.WriteString("/")
		}
		if part == "*" {
			b.WriteString(element)
			continue
		}
		part = strings.ReplaceAll(part, "**", "\x00")
		part = strings.ReplaceAll(part, "%", "")
		part = strings.ReplaceAll(part, "*", "[^/]*")
		b.WriteString(strings.ReplaceAll(part, "\x00", "."+some))
	}
	return s.match(b.String(), v)
}

func (s *sampler) match(pattern, v string) bool {
	re := s.patterns[pattern]
	if re == nil {
		re = regexp.MustCompile("^(?:" + pattern + ")$")
		s.patterns[pattern] = re
	}
	return re.MatchString(v)
}

// TestNeverDeadWhenAlive compares with trying all values: what holds for some values under some reading must not be
// called impossible.
func TestNeverDeadWhenAlive(t *testing.T) {
	s := &sampler{rand.New(rand.NewPCG(1, 2)), map[string]*regexp.Regexp{}}
	const rounds = 300
	dead := 0
	for range rounds {
		c := s.tree(3)
		for range s.IntN(3) {
			more := s.tree(1)
			before := c
			c = sample{before.src + " and " + more.src, func(x, y value, r reading) bool { return before.eval(x, y, r) && more.eval(x, y, r) }}
		}
		if Satisfiable(formula(t, c.src)) {
			continue
		}
		dead++
		if alive(c) {
			t.Fatalf("called impossible, but is not: %s", c.src)
		}
	}
	if dead < rounds/4 {
		t.Errorf("only %d of %d conditions were proven impossible: the test has lost its teeth", dead, rounds)
	}
}

func alive(c sample) bool {
	all := readings()
	for _, x := range domain() {
		for _, y := range domain()[:8] {
			for _, r := range all {
				if c.eval(x, y, r) {
					return true
				}
			}
		}
	}
	return false
}
