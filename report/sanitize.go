package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sanitize makes text from an organization safe for a terminal, a log or a one-line message: control characters, line
// breaks, bidirectional controls, invisible characters and broken UTF-8 come out as visible escapes.
// Proxy and policy names are chosen by others; "\x1b]0;owned\x07" is a legal string in a bundle.
func Sanitize(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		i += n
	}
	return b.String()
}

func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !visible(r) })
}

// visible tells characters that have a shape and do nothing else. Unicode's graphic characters leave out exactly the
// dangerous ones: controls (Cc), formats such as U+202E (Cf), line and paragraph separators, and what is unassigned.
func visible(r rune) bool { return unicode.IsGraphic(r) }

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
