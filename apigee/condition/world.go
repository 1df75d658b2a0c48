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

// world is one consistent reading of what the documentation leaves open. All tests of a proof are read in one world;
// something is impossible when it is so in every world.
type world struct {
	slashes     slashes
	starsOne    bool // ** stands for one element at least, not for none
	starEmpty   bool // * may stand for an empty element
	question    bool // ? is a wildcard for one character
	globPercent bool // % escapes in Matches too, not only in MatchesPath
	unicodeFold bool // := knows the two special i's of Turkish, the Kelvin sign and the long s
}

// worlds lists the readings that can make a difference to these atoms; there is always at least one.
func worlds(atoms []*atom) []world {
	var path, stars, star, question, percent, fold bool
	for _, a := range atoms {
		switch a.kind {
		case atomPath:
			path = true
			stars = stars || strings.Contains(a.arg, "**")
			star = star || strings.ContainsAny(a.arg, "*{")
			question = question || strings.Contains(a.arg, "?")
		case atomGlob:
			question = question || strings.Contains(a.arg, "?")
			percent = percent || strings.Contains(a.arg, "%")
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
	double(fold, func(w *world) { w.unicodeFold = true })
	return list
}

// maxPattern is the longest string, in bytes, that an automaton is built for.
const maxPattern = 1024

// wellFormed reports whether a string can be compared rune by rune without confusing two strings, at bearable cost.
func wellFormed(s string) bool { return len(s) <= maxPattern && utf8.ValidString(s) }
