package condition

import (
	"strings"
	"unicode"
)

// Classes of characters an edge may stand for besides a single rune.
const (
	anyRune     rune = -2
	anyButSlash rune = -3
	unnamedRune rune = -1 // as input: some character that no pattern names
)

// nfa is the language of one string test. State 0 is the start, accept the only end.
type nfa struct {
	edges  [][]edge
	empty  [][]int32 // transitions that consume nothing
	accept int32
}

type edge struct {
	on rune
	to int32
}

func (n *nfa) state() int32 {
	n.edges = append(n.edges, nil)
	n.empty = append(n.empty, nil)
	return int32(len(n.edges) - 1)
}

// builder appends to the end of the language.
type builder struct {
	nfa
}

func newBuilder() *builder {
	b := &builder{}
	b.accept = b.state()
	return b
}

// one appends one character out of the alternatives.
func (b *builder) one(alternatives ...rune) {
	next := b.state()
	for _, r := range alternatives {
		b.edges[b.accept] = append(b.edges[b.accept], edge{r, next})
	}
	b.accept = next
}

// many appends any number of characters of the class.
func (b *builder) many(class rune) {
	loop := b.state()
	b.empty[b.accept] = append(b.empty[b.accept], loop)
	b.edges[loop] = append(b.edges[loop], edge{class, loop})
	b.accept = loop
}

// elements appends any number of "/element"; with least one there is one at least, with empty an element may be empty.
func (b *builder) elements(leastOne, empty bool) {
	before, slash, inside, after := b.accept, b.state(), b.state(), b.state()
	b.edges[before] = append(b.edges[before], edge{'/', slash})
	b.edges[slash] = append(b.edges[slash], edge{anyButSlash, inside})
	b.edges[inside] = append(b.edges[inside], edge{anyButSlash, inside}, edge{'/', slash})
	b.empty[inside] = append(b.empty[inside], after)
	if empty {
		b.empty[slash] = append(b.empty[slash], inside)
	}
	if !leastOne {
		b.empty[before] = append(b.empty[before], after)
	}
	b.accept = after
}

// language builds the automaton of an atom in one world.
func language(a *atom, w world) *nfa {
	b := newBuilder()
	switch a.kind {
	case atomEqualFold:
		for _, r := range a.arg {
			b.one(folds(r, w)...)
		}
	case atomGlob:
		b.glob(a.arg, w)
	case atomPath:
		b.path(pathElements(a.arg, w), w)
	case atomPrefix:
		b.literal(a.arg)
		b.many(anyRune)
	default:
		b.literal(a.arg)
	}
	return &b.nfa
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
