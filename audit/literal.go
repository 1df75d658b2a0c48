package audit

import (
	"iter"
	"strings"
)

// literals yields the contents of a script's string literals, in order. Comments open none. Regular expressions of JavaScript
// are not told from divisions; a quote in one costs a literal at most, because none but `…` and Python's triple quotes
// crosses a line.
func literals(source string, python bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := source; rest != ""; {
			i := strings.IndexAny(rest, "\"'`/#")
			if i < 0 {
				return
			}
			rest = rest[i:]
			switch {
			case python && rest[0] == '#', !python && strings.HasPrefix(rest, "//"):
				_, rest, _ = strings.Cut(rest, "\n")
			case !python && strings.HasPrefix(rest, "/*"):
				_, rest, _ = strings.Cut(rest[2:], "*/")
			case python && (strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, "'''")):
				var inside string
				if inside, rest, _ = strings.Cut(rest[3:], rest[:3]); !yield(inside) {
					return
				}
			case rest[0] == '"' || rest[0] == '\'' || !python && rest[0] == '`':
				end := closing(rest)
				if !yield(rest[1:end]) {
					return
				}
				rest = rest[min(end+1, len(rest)):]
			default:
				rest = rest[1:]
			}
		}
	}
}

// closing is where a literal that begins with its quote ends: at the same quote, or without one at the end of the line.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return i
		case '\\':
			i++
		case '\n':
			if s[0] != '`' {
				return i
			}
		}
	}
	return len(s)
}
