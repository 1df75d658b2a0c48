package condition

import (
	"strings"
	"unicode"
)

// builder appends one pattern to an automaton; at is the state that ends what was appended so far.
type builder struct {
	*automaton
	at int32
}

func (b *builder) state() int32 {
	b.meter.spend(2)
	b.states = append(b.states, state{on: noRune, loop: noRune, skip: -1})
	return int32(len(b.states) - 1)
}

// one appends one character out of the alternatives.
func (b *builder) one(alternatives ...rune) {
	next := b.state()
	for i, r := range alternatives {
		if i > 0 {
			other := b.state()
			b.states[b.at].skip = other
			b.at = other
		}
		b.states[b.at].on, b.states[b.at].to = r, next
	}
	b.at = next
}

// many appends any number of characters of the class.
func (b *builder) many(class rune) {
	loop := b.state()
	b.states[loop].loop = class
	b.states[b.at].skip = loop
	b.at = loop
}

// elements appends any number of "/element"; with least one there is one at least, with empty an element may be empty.
func (b *builder) elements(leastOne, empty bool) {
	before, slash, inside, after := b.at, b.state(), b.state(), b.state()
	b.states[before].on, b.states[before].to = '/', slash
	b.states[slash].on, b.states[slash].to = anyButSlash, inside
	b.states[inside].loop = anyButSlash
	b.states[inside].on, b.states[inside].to = '/', slash
	b.states[inside].skip = after
	if empty {
		b.states[slash].skip = inside
	}
	if !leastOne {
		b.states[before].skip = after
	}
	b.at = after
}

// add makes the automaton accept what the test accepts in one world. It must not have been read yet.
func (a *automaton) add(t *test, w world) {
	b := builder{automaton: a}
	b.at = b.state()
	a.starts = append(a.starts, b.at)
	switch t.kind {
	case atomEqualFold:
		for _, r := range t.arg {
			b.one(folds(r, w)...)
		}
	case atomGlob:
		b.glob(t.arg, w)
	case atomPath:
		b.path(pathElements(t.arg, w), w)
	case atomPrefix:
		b.literal(t.arg)
		b.many(anyRune)
	case atomIsPath:
		b.wholePath()
	default:
		b.literal(t.arg)
	}
	a.states[b.at].accept = true
}

// wholePath appends any number of elements with a slash before each, and perhaps a slash behind the last.
func (b *builder) wholePath() {
	slash, inside, end := b.state(), b.state(), b.state()
	b.states[b.at].on, b.states[b.at].to, b.states[b.at].skip = '/', slash, end
	b.states[slash].on, b.states[slash].to, b.states[slash].skip = anyButSlash, inside, end
	b.states[inside].loop = anyButSlash
	b.states[inside].on, b.states[inside].to, b.states[inside].skip = '/', slash, end
	b.at = end
}

func (b *builder) literal(s string) {
	for _, r := range s {
		b.one(r)
	}
}

// folds lists the characters that := takes for r.
func folds(r rune, w world) []rune {
	list := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if w.unicodeFold || r > unicode.MaxASCII || f <= unicode.MaxASCII {
			list = append(list, f)
		}
	}
	if w.unicodeFold && (r == 'i' || r == 'I') {
		list = append(list, 'ı', 'İ')
	}
	return list
}

func (b *builder) glob(pattern string, w world) {
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.one(r)
			escaped = false
		case r == '%' && w.globPercent:
			escaped = true
		case r == '*':
			b.many(anyRune)
		case r == '?' && w.question:
			b.one(anyRune)
		default:
			b.one(r)
		}
	}
	if escaped {
		b.one('%')
	}
}

// pathPart is a piece of a path pattern: a character, or one of the wildcards.
type pathPart struct {
	char rune // 0 for the wildcards
	wild wildcard
}

type wildcard uint8

const (
	wildNone    wildcard = iota
	wildChar             // ?
	wildElement          // * or {name}
	wildPath             // **
)

// pathElements takes a path pattern apart and drops the slashes that mean nothing in this world.
func pathElements(pattern string, w world) []pathPart {
	var parts []pathPart
	runes := []rune(pattern)
	if w.slashes == slashesElements {
		runes = append([]rune{'/'}, runes...)
	}
	for i := 0; i < len(runes); i++ {
		p := pathPart{char: runes[i]}
		switch runes[i] {
		case '%':
			if i+1 < len(runes) {
				i++
				p.char = runes[i]
			}
		case '?':
			if w.question {
				p = pathPart{wild: wildChar}
			}
		case '{':
			if end := strings.IndexAny(string(runes[i:]), "}/"); end > 0 {
				if j := i + len([]rune(string(runes[i:])[:end])); runes[j] == '}' {
					p, i = pathPart{wild: wildElement}, j
				}
			}
		case '*':
			p = pathPart{wild: wildElement}
			for i+1 < len(runes) && runes[i+1] == '*' {
				p.wild = wildPath
				i++
			}
		case '/':
			if w.slashes >= slashesCollapse && len(parts) > 0 && parts[len(parts)-1].char == '/' {
				continue
			}
		}
		parts = append(parts, p)
	}
	for w.slashes != slashesStrict && len(parts) > 0 && parts[len(parts)-1].char == '/' {
		parts = parts[:len(parts)-1]
	}
	return parts
}

func (b *builder) path(parts []pathPart, w world) {
	slash := func(i int) bool { return i < 0 || i >= len(parts) || parts[i].char == '/' }
	for i := 0; i < len(parts); i++ {
		switch p := parts[i]; {
		case p.char == '/' && i+1 < len(parts) && parts[i+1].wild == wildPath && slash(i+2):
			b.elements(w.starsOne, w.starEmpty)
			i++
		case p.wild == wildPath:
			if w.starsOne {
				b.one(anyRune)
			}
			b.many(anyRune)
		case p.wild == wildElement:
			if !w.starEmpty && slash(i-1) && slash(i+1) {
				b.one(anyButSlash)
			}
			b.many(anyButSlash)
		case p.wild == wildChar:
			b.one(anyButSlash)
		default:
			b.one(p.char)
		}
	}
}

// sample is a string that the test accepts in one world, to be tried before automata are built.
func (t *test) sample(w world) string {
	var b strings.Builder
	switch t.kind {
	case atomIsPath:
		return "/" + string(unnamed)
	case atomPrefix:
		return t.arg + string(unnamed)
	case atomGlob:
		if t.plain {
			return t.arg
		}
		for _, r := range t.arg {
			if r == '*' {
				r = unnamed
			}
			b.WriteRune(r)
		}
		return b.String()
	case atomPath:
		if t.plain {
			return t.arg
		}
		for _, p := range pathElements(t.arg, w) {
			if p.wild != wildNone {
				p.char = unnamed
			}
			b.WriteRune(p.char)
		}
		return b.String()
	}
	return t.arg
}
