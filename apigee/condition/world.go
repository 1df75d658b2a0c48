package condition

import (
	"strings"
	"unicode/utf8"
)

// slashes is what MatchesPath makes of slashes that separate nothing.
type slashes uint8

const (
	slashesTrailing slashes = iota // trailing ones are dropped from path and pattern
	slashesStrict                  // each counts
	slashesCollapse                // trailing and doubled ones are dropped
	slashesElements                // only the elements between slashes count, as if there was one slash before each
)

// normal is the form in which two paths without wildcards are the same path if they are the same string.
func (s slashes) normal(path string) string {
	if s >= slashesCollapse && strings.Contains(path, "//") {
		path = collapsed(path)
	}
	if s == slashesElements {
		path = strings.TrimPrefix(path, "/")
	}
	if s != slashesStrict {
		path = strings.TrimRight(path, "/")
	}
	return path
}

func collapsed(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			b.WriteByte(path[i])
		}
	}
	return b.String()
}

// slashes is how the test's automaton treats them.
func (t *test) slashes(w world) slashes {
	if t.kind == atomPath {
		return w.slashes
	}
	return slashesStrict
}

// world is one consistent reading of what the documentation leaves open. All tests of a proof are read in one world;
// something is impossible when it is so in every world.
type world struct {
	slashes     slashes
	starsOne    bool // ** stands for one element at least, not for none
	starEmpty   bool // * may stand for an empty element
	question    bool // ? is a wildcard for one character
	globPercent bool // % escapes in Matches too, not only in MatchesPath
	regexPart   bool // JavaRegex finds a part of the value, it need not match the whole
	unicodeFold bool // := knows the two special i's of Turkish, the Kelvin sign and the long s
}

// worlds lists the readings that can make a difference to these tests; there is always at least one.
func worlds(tests []*test) []world {
	var path, stars, star, question, percent, regex, fold bool
	for _, t := range tests {
		switch t.kind {
		case atomPath:
			path = true
			stars = stars || strings.Contains(t.arg, "**")
			star = star || strings.ContainsAny(t.arg, "*{")
			question = question || strings.Contains(t.arg, "?")
		case atomGlob:
			question = question || strings.Contains(t.arg, "?")
			percent = percent || strings.Contains(t.arg, "%")
		case atomRegex:
			regex = regex || t.regex.compiled()
		case atomEqualFold:
			fold = true
		}
	}
	list := []world{{}}
	double := func(relevant bool, set func(*world)) {
		if !relevant {
			return
		}
		for _, w := range list[:len(list):len(list)] {
			set(&w)
			list = append(list, w)
		}
	}
	if path {
		list = append(list, world{slashes: slashesStrict}, world{slashes: slashesCollapse}, world{slashes: slashesElements})
	}
	double(stars, func(w *world) { w.starsOne = true })
	double(star, func(w *world) { w.starEmpty = true })
	double(question, func(w *world) { w.question = true })
	double(percent, func(w *world) { w.globPercent = true })
	double(regex, func(w *world) { w.regexPart = true })
	double(fold, func(w *world) { w.unicodeFold = true })
	return list
}

// maxPattern is the longest string, in bytes, that an automaton is built for.
const maxPattern = 1024

// wellFormed reports whether a string can be compared rune by rune without confusing two strings, at bearable cost.
func wellFormed(s string) bool { return len(s) <= maxPattern && utf8.ValidString(s) }
