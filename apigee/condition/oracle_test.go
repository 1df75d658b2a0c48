package condition

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// This file evaluates conditions on concrete values under one reading of what the documentation leaves open. It shares
// nothing with the solver, which has to hold back whenever some values and some reading make a formula true.

// value is a string or, as nil, null.
type value *string

// reading is one way to understand the language.
type reading struct {
	slashes     int  // of MatchesPath: 0 each counts, 1 trailing dropped, 2 doubled dropped too, 3 leading means nothing either
	starsOne    bool // ** is one element at least
	starEmpty   bool // * may be empty
	wildChar    bool // ? is a wildcard
	percent     bool // % escapes in Matches
	unicode     bool // := folds what Java folds, not only ASCII
	coerce      bool // = takes spellings of one number or truth value for equal
	order       int  // see compares
	nullOrder   int  // of <, <= and >: 0 false, 1 true, 2 null is the least
	deniedNull  bool // what !~ and "not Matches" are for null
	part        bool // JavaRegex finds a part
	java        bool // what a JavaRegex beyond comparison finds
	truthy      bool // a bare variable asks whether there is a value
	quotedWord  bool // a word in single quotes is a string
	substituted bool // "{y}" is the value of y
}

// feature is something a reading decides; each has as many settings as it says.
type feature struct {
	settings int
	set      func(r *reading, setting int)
}

const (
	slashReading = iota
	starsReading
	starReading
	charReading
	percentReading
	foldReading
	coerceReading
	orderReading
	nullReading
	deniedReading
	partReading
	javaReading
	truthReading
	wordReading
	templateReading
)

func features() []feature {
	on := func(set func(r *reading)) feature {
		return feature{2, func(r *reading, setting int) {
			if setting == 1 {
				set(r)
			}
		}}
	}
	return []feature{
		slashReading:    {4, func(r *reading, s int) { r.slashes = s }},
		starsReading:    on(func(r *reading) { r.starsOne = true }),
		starReading:     on(func(r *reading) { r.starEmpty = true }),
		charReading:     on(func(r *reading) { r.wildChar = true }),
		percentReading:  on(func(r *reading) { r.percent = true }),
		foldReading:     on(func(r *reading) { r.unicode = true }),
		coerceReading:   on(func(r *reading) { r.coerce = true }),
		orderReading:    {4, func(r *reading, s int) { r.order = s }},
		nullReading:     {3, func(r *reading, s int) { r.nullOrder = s }},
		deniedReading:   on(func(r *reading) { r.deniedNull = true }),
		partReading:     on(func(r *reading) { r.part = true }),
		javaReading:     on(func(r *reading) { r.java = true }),
		truthReading:    on(func(r *reading) { r.truthy = true }),
		wordReading:     on(func(r *reading) { r.quotedWord = true }),
		templateReading: on(func(r *reading) { r.substituted = true }),
	}
}

// readings lists those that differ in the features named.
func readings(relevant []int) []reading {
	list := []reading{{}}
	all := features()
	for _, f := range relevant {
		var more []reading
		for _, r := range list {
			for s := range all[f].settings {
				variant := r
				all[f].set(&variant, s)
				more = append(more, variant)
			}
		}
		list = more
	}
	// Operands are adapted by their types, whatever the operator: where another spelling of a number is equal, it is a
	// number in an ordering too.
	return slices.DeleteFunc(list, func(r reading) bool { return r.coerce && (r.order == 1 || r.order == 3) })
}

// equals is = between two values.
func equals(a, b value, r *reading) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if *a == *b {
		return true
	}
	m, errA := strconv.ParseFloat(*a, 64)
	n, errB := strconv.ParseFloat(*b, 64)
	return r.coerce && (errA == nil && errB == nil && m == n || strings.EqualFold(*a, *b) && (strings.EqualFold(*a, "true") || strings.EqualFold(*a, "false")))
}

// equalsFold is := between two values.
func equalsFold(a, b value, r *reading) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	v, w := []rune(*a), []rune(*b)
	if len(v) != len(w) {
		return false
	}
	for i := range v {
		if v[i] != w[i] && !foldsTo(v[i], w[i], r) {
			return equals(a, b, r)
		}
	}
	return true
}

// foldsTo compares two characters as Java's equalsIgnoreCase does, or else in ASCII.
func foldsTo(a, b rune, r *reading) bool {
	if !r.unicode {
		return a < 128 && b < 128 && unicode.ToLower(a) == unicode.ToLower(b)
	}
	up, vp := unicode.ToUpper(a), unicode.ToUpper(b)
	return up == vp || unicode.ToLower(up) == unicode.ToLower(vp)
}

// compares is an ordering of a value and a number. Order 0 takes any number and is false for other values, 1 takes
// integers only, 2 compares other values as text, 3 compares all as text.
func compares(op string, v value, literal string, r *reading) bool {
	if v == nil {
		return op != ">=" && (r.nullOrder == 1 || r.nullOrder == 2 && op != ">")
	}
	n, _ := strconv.ParseFloat(literal, 64)
	m, err := strconv.ParseFloat(*v, 64)
	if r.order == 1 {
		var i int
		i, err = strconv.Atoi(*v)
		m = float64(i)
	}
	less, equal := m < n, m == n
	if r.order == 3 || err != nil {
		if r.order < 2 {
			return false
		}
		less, equal = *v < literal, *v == literal
	}
	switch op {
	case "<":
		return less
	case "<=":
		return less || equal
	case ">":
		return !less && !equal
	}
	return !less
}

// oracle remembers the expressions that it translates patterns to, and what they said.
type oracle struct {
	expressions map[string]*regexp.Regexp
	answers     map[question]bool
}

// question is what an answer depends on.
type question struct {
	op, pattern, value string
	reading            reading
}

func newOracle() *oracle {
	return &oracle{map[string]*regexp.Regexp{}, map[question]bool{}}
}

func (o *oracle) compiled(pattern string) *regexp.Regexp {
	re := o.expressions[pattern]
	if re == nil {
		re = regexp.MustCompile(pattern)
		o.expressions[pattern] = re
	}
	return re
}

// remember asks once for each question.
func (o *oracle) remember(q question, ask func() bool) bool {
	answer, ok := o.answers[q]
	if !ok {
		answer = ask()
		o.answers[q] = answer
	}
	return answer
}

func (o *oracle) glob(pattern, v string, r *reading) bool {
	q := question{"~", pattern, v, reading{wildChar: r.wildChar, percent: r.percent}}
	return o.remember(q, func() bool { return o.matches(pattern, v, r) })
}

func (o *oracle) path(pattern, v string, r *reading) bool {
	q := question{"~/", pattern, v, reading{slashes: r.slashes, starsOne: r.starsOne, starEmpty: r.starEmpty, wildChar: r.wildChar}}
	return o.remember(q, func() bool { return o.matchesPath(pattern, v, r) })
}

// regex is JavaRegex; what Go cannot read is anybody's guess.
func (o *oracle) regex(pattern, v string, r *reading) bool {
	if strings.Contains(pattern, "(?=") || strings.Contains(pattern, "&&") {
		return r.java
	}
	return o.remember(question{"~~", pattern, v, reading{part: r.part}}, func() bool { return o.matchesRegex(pattern, v, r) })
}

// match reports whether an expression matches the whole of a value, line ends included.
func (o *oracle) match(pattern, v string) bool {
	return o.compiled(`(?s)\A(?:` + pattern + `)\z`).MatchString(v)
}

// matches is Matches.
func (o *oracle) matches(pattern, v string, r *reading) bool {
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
	return o.match(b.String(), v)
}

// matchesPath is MatchesPath.
func (o *oracle) matchesPath(pattern, v string, r *reading) bool {
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
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(pattern, "{n}", "*"), "/") {
		switch {
		case part == "**" && i > 0:
			b.WriteString("(/" + element + ")" + some)
			continue
		case i > 0:
			b.WriteString("/")
		}
		if part == "*" {
			b.WriteString(element)
			continue
		}
		for j := 0; j < len(part); j++ {
			switch {
			case strings.HasPrefix(part[j:], "**"):
				b.WriteString("." + some)
				j++
			case part[j] == '*':
				b.WriteString("[^/]*")
			case part[j] == '?' && r.wildChar:
				b.WriteString("[^/]")
			default:
				if part[j] == '%' && j+1 < len(part) {
					j++
				}
				b.WriteString(regexp.QuoteMeta(part[j : j+1]))
			}
		}
	}
	return o.match(b.String(), v)
}

// matchesRegex is JavaRegex, of expressions that mean the same to Go.
func (o *oracle) matchesRegex(pattern, v string, r *reading) bool {
	re := o.compiled(pattern)
	if r.part {
		return re.MatchString(v)
	}
	re = o.compiled("(?:" + pattern + ")$")
	at := re.FindStringIndex(v)
	return at != nil && at[0] == 0
}
