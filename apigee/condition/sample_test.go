package condition

import (
	"fmt"
	"slices"
	"strings"
)

// sampler makes conditions out of bytes. The variables are x and y, of which nothing is known, p, which is a path, c and
// d, which have values, and n, which is null.
type sampler struct {
	bytes  []byte
	oracle *oracle
}

// sample is a condition and what it means.
type sample struct {
	src      string
	eval     func(at *situation) bool
	features []int   // what readings differ in
	literals []named // what it names, and which variables it compares
}

// named is a literal, or another variable, that a variable is compared with.
type named struct{ variable, literal, other string }

// situation is a choice of values, by the places of their variables in variables, and a reading.
type situation struct {
	values [len(variables)]value
	reading
}

const variables = "xypcdn"

func (at *situation) of(variable string) value { return at.values[strings.Index(variables, variable)] }

func (s *sampler) next(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

func pick[T any](s *sampler, list ...T) T { return list[s.next(len(list))] }

func texts() []string {
	return []string{"", "a", "A", "ab", "/a", "/a/", "/a/b", "true", "True", "4", "4.0", "k", "is", "10", "false"}
}

// known are the values of the variables that have one.
func known() map[string]string { return map[string]string{"c": "ab", "d": "4"} }

func (s *sampler) tree(depth int) sample {
	if depth == 0 || s.next(4) == 0 {
		return s.test()
	}
	a, b := s.tree(depth-1), s.tree(depth-1)
	both := sample{features: slices.Concat(a.features, b.features), literals: slices.Concat(a.literals, b.literals)}
	switch s.next(6) {
	case 0:
		both.src = pick(s, "not (", "!(") + a.src + ")"
		both.eval = func(at *situation) bool { return !a.eval(at) }
	case 1, 2:
		both.src = "(" + a.src + pick(s, " or ", "||") + b.src + ")"
		both.eval = func(at *situation) bool { return a.eval(at) || b.eval(at) }
	default:
		both.src = "(" + a.src + pick(s, " and ", " && ") + b.src + ")"
		both.eval = func(at *situation) bool { return a.eval(at) && b.eval(at) }
	}
	return both
}

// test is a comparison of a variable. The first of a list is the most common, for it is what exhausted bytes give.
func (s *sampler) test() sample {
	name := pick(s, "x", "x", "x", "x", "p", "p", "y", "y", "c", "d", "n")
	switch s.next(16) {
	case 0, 1:
		return s.equality(name)
	case 2:
		return s.null(name)
	case 3:
		return s.fold(name)
	case 4:
		return s.prefix(name)
	case 5, 6, 7:
		return s.order(name)
	case 8, 9:
		return s.pattern(name, "~", []string{"!~"}, s.globs(), []int{charReading, percentReading}, s.oracle.glob)
	case 10, 11, 12:
		return s.pattern(name, "~/", []string{"!~/"}, s.paths(), []int{slashReading, starsReading, starReading, charReading}, s.oracle.path)
	case 13, 14:
		return s.pattern(name, "~~", []string{"!~~"}, s.expressions(), []int{partReading, javaReading}, s.oracle.regex)
	}
	return s.oddity(name)
}

func (s *sampler) globs() string {
	return pick(s, "*", "a*", "*a", "*/a*", "a?", "a*b", "%a", "a", "/a*", "4*", "?", "*4")
}

func (s *sampler) paths() string {
	return pick(s, "/", "/*", "/**", "/a", "/a/", "/a/*", "/a/**", "/{n}/b", "/**/a", "**/a", "/a*", "/a**", "/*/", "/%a", "/a/b",
		"//a", "/**/b/**", "/a?", "a", "/4", "/?/b", "4.0", "/%*")
}

func (s *sampler) expressions() string {
	return pick(s, "a", "a|ab", "^a.*$", "/a/?", "[^/]+", "(a|b)*", "4", "a+?b?", "^(/[a-z])+$", "(?=a).*", `\d+`, "[a-z&&[^a]]", ".*b", "x{2}")
}

// of evaluates a test of one variable that is false for null.
func of(name string, test func(v string, r *reading) bool) func(*situation) bool {
	return func(at *situation) bool {
		v := at.of(name)
		return v != nil && test(*v, &at.reading)
	}
}

func (s *sampler) equality(name string) sample {
	c := sample{features: []int{coerceReading}}
	var other func(at *situation) value
	operand := ""
	switch s.next(6) {
	case 0, 1, 2:
		text := pick(s, texts()...)
		operand = fmt.Sprintf("%q", text)
		other = func(*situation) value { return &text }
		c.literals = []named{{name, text, ""}}
	case 3, 4:
		text := pick(s, "4", "5", "4.0", "true", "false", "10", "-1")
		operand = text
		other = func(*situation) value { return &text }
		c.literals = []named{{name, text, ""}}
	default:
		operand = pick(s, "y", "x", "c", "n", "p")
		other = func(at *situation) value { return at.of(operand) }
		c.literals = []named{{name, "", operand}}
	}
	op, negated := pick(s, "=", "="), false
	if s.next(4) == 0 {
		op, negated = "!=", true
	}
	c.eval = func(at *situation) bool { return equals(at.of(name), other(at), &at.reading) != negated }
	c.src = name + " " + op + " " + operand
	if s.next(5) == 0 {
		c.src = operand + " " + op + " " + name
	}
	return c
}

func (s *sampler) null(name string) sample {
	if s.next(3) == 0 {
		return sample{src: name + " isNot null", eval: func(at *situation) bool { return at.of(name) != nil }}
	}
	return sample{src: name + " is null", eval: func(at *situation) bool { return at.of(name) == nil }}
}

func (s *sampler) fold(name string) sample {
	text := pick(s, texts()...)
	return sample{fmt.Sprintf("%s := %q", name, text), func(at *situation) bool {
		return equalsFold(at.of(name), &text, &at.reading)
	}, []int{foldReading, coerceReading}, []named{{name, text, ""}}}
}

func (s *sampler) prefix(name string) sample {
	text := pick(s, texts()...)
	return sample{fmt.Sprintf("%s =| %q", name, text), of(name, func(v string, _ *reading) bool {
		return strings.HasPrefix(v, text)
	}), nil, []named{{name, text, ""}}}
}

func (s *sampler) order(name string) sample {
	op, literal := pick(s, "<", ">=", ">", "<="), pick(s, "4", "5", "10", "9", "400", "4.5", "-1")
	c := sample{features: []int{orderReading, nullReading}, literals: []named{{name, literal, ""}}}
	c.eval = func(at *situation) bool { return compares(op, at.of(name), literal, &at.reading) }
	if s.next(3) == 0 {
		literal = strings.TrimSuffix(literal, ".5")
		c.src = fmt.Sprintf("%s %s %q", name, op, literal)
		return c
	}
	c.src = fmt.Sprintf("%s %s %s", name, op, literal)
	if s.next(4) == 0 { // the null is on the right then, where the documentation has other rows, and false more often
		c.src = fmt.Sprintf("%s %s %s", literal, map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[op], name)
	}
	return c
}

func (s *sampler) pattern(name, op string, denied []string, pattern string, features []int, matches func(pattern, v string, r *reading) bool) sample {
	matched := of(name, func(v string, r *reading) bool { return matches(pattern, v, r) })
	c := sample{src: name + " " + op + ` "` + pattern + `"`, eval: matched, features: features, literals: []named{{name, pattern, ""}}}
	if s.next(6) == 0 {
		c.src = strings.Replace(c.src, op, pick(s, append(denied, "not "+op)...), 1)
		c.features = append(slices.Clone(features), deniedReading)
		c.eval = func(at *situation) bool {
			if at.of(name) == nil {
				return at.deniedNull
			}
			return !matched(at)
		}
	}
	return c
}

// oddity is what few conditions have: constants, words in single quotes, bare variables, templates.
func (s *sampler) oddity(name string) sample {
	constant := func(src string, b bool) sample {
		return sample{src: src, eval: func(*situation) bool { return b }}
	}
	switch s.next(8) {
	case 0:
		return constant(pick(s, "1 = 2", "true = false", "5 < 3", `"a" = "b"`, "1 != 1", `"10" < 09 and false`), false)
	case 1:
		return constant(pick(s, "1 = 1", "true = true", "5 > 3", "10 > 9", `"a" = "a"`, `"1" = 1`), true)
	case 2:
		return sample{name, func(at *situation) bool {
			v := at.of(name)
			return v != nil && (*v == "true" || at.truthy)
		}, []int{truthReading}, []named{{name, "true", ""}}}
	case 3:
		word := "ab"
		return sample{name + " = 'ab'", func(at *situation) bool {
			if at.quotedWord {
				return equals(at.of(name), &word, &at.reading)
			}
			return at.of(name) == nil
		}, []int{wordReading}, []named{{name, word, ""}}}
	case 4:
		text := "{y}"
		return sample{fmt.Sprintf("%s = %q", name, text), func(at *situation) bool {
			if y := at.of("y"); at.substituted && y != nil {
				return equals(at.of(name), y, &at.reading)
			} else if at.substituted {
				return equals(at.of(name), new(string), &at.reading)
			}
			return equals(at.of(name), &text, &at.reading)
		}, []int{templateReading}, []named{{name, text, "y"}}}
	}
	return sample{fmt.Sprintf("'q.%s' = %q", name, "a"), func(at *situation) bool {
		return at.of(name) != nil && *at.of(name) == "a"
	}, nil, []named{{name, "a", ""}}}
}

// domain lists the values to try for a variable: some that patterns like to be wrong about, and what the condition
// compares it with, varied.
func (c sample) domain(variable string) []value {
	list := []value{nil}
	if !c.mentions(variable) {
		return list
	}
	set := []string{"", "a", "/a", "/a/b", "//a", "a/b", "04", "5", "a?", "%a", "xx"}
	for _, n := range c.literals {
		if n.variable == variable || n.other == variable || n.other != "" {
			set = append(set, varied(n.literal)...)
		}
	}
	slices.Sort(set)
	for _, s := range slices.Compact(set) {
		if variable != "p" || isPathValue(&s) {
			list = append(list, &s)
		}
	}
	return list
}

func varied(l string) []string {
	l = strings.NewReplacer("*", "z", "?", "y", "{n}", "m", "%", "", "^", "", "$", "", "[", "", "]", "").Replace(l)
	return []string{
		l, l + "/", "/" + strings.TrimLeft(l, "/"), strings.ToUpper(l), l + "0", l + ".0", strings.ReplaceAll(l, "zz", "v/w"),
		strings.ReplaceAll(l, "/zz", ""), strings.NewReplacer("k", "\u212a", "is", "\u0131\u017f").Replace(l),
	}
}

// mentions reports whether a variable stands in the condition; a word that is one by chance does no harm.
func (c sample) mentions(variable string) bool {
	return slices.Contains(strings.FieldsFunc(c.src, func(r rune) bool { return r < 'a' || r > 'z' }), variable)
}

// isPathValue reports whether a value may be that of a Path.
func isPathValue(v value) bool {
	return v == nil || *v == "" || strings.HasPrefix(*v, "/") && !strings.Contains(*v, "//")
}

// maxSituations bounds what is tried for one sample; of more, an even selection is.
const maxSituations = 6000

// situations calls visit with the values that matter to a sample under the readings that do, until it says stop.
func (c sample) situations(visit func(*situation) (stop bool)) {
	xs, ys, ps := c.domain("x"), c.domain("y"), c.domain("p")
	relevant := slices.Clone(c.features)
	slices.Sort(relevant)
	all := readings(slices.Compact(relevant))
	at := &situation{}
	for name, v := range known() {
		at.values[strings.Index(variables, name)] = &v
	}
	total, step := len(xs)*len(ys)*len(ps)*len(all), 1
	if total > maxSituations {
		step = 15485863 // a prime, so that no list is passed over in step
	}
	for i := range min(total, maxSituations) {
		n := i * step % total
		at.values[0], n = xs[n%len(xs)], n/len(xs)
		at.values[1], n = ys[n%len(ys)], n/len(ys)
		at.values[2], n = ps[n%len(ps)], n/len(ps)
		at.reading = all[n]
		if visit(at) {
			return
		}
	}
}

// terms binds the variables as the sampler means them; 'q.x' is x by another name.
func terms(name string) Term {
	name = strings.TrimPrefix(name, "q.")
	if v, ok := known()[name]; ok {
		return Literal(v)
	}
	switch name {
	case "p":
		return Path(name)
	case "n":
		return Null()
	}
	return Symbol(name)
}
