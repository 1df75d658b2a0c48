package text

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// Clip cuts a text after limit characters, and marks the cut.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + ellipsis
		}
		n++
	}
	return s
}

// Shorten cuts a text to at most limit characters, the mark of the cut among them, at a word where there is one.
func Shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	cut := strings.TrimSuffix(Clip(s, limit-1), ellipsis)
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + ellipsis
}

// CutLines cuts a text of several lines to at most limit bytes, without a mark: after a line where possible, never
// inside a character.
func CutLines(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	if i := strings.LastIndexByte(s[:limit], '\n'); i > 0 {
		return s[:i]
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
