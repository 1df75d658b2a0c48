// Package text has the one way of doing what every part of the program does with words: making text from outside harmless,
// quoting, counting and listing things, cutting texts short, and wrapping them. It imports the standard library alone.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sanitize makes text from an organization safe for a terminal, a log or a one-line message: control characters, line
// breaks, bidirectional controls, invisible characters and broken UTF-8 come out as visible escapes, and so does the second
// of two # or colons, with which commands to CI services begin: GitHub's runner and Azure Pipelines' agent look for
// ##[command] and ##vso[command] anywhere in a line, and for ::command:: at the start of one, which wrapping may make of any
// place.
// Proxy and policy names are chosen by others; "\x1b]0;owned\x07" is a legal string in a bundle.
// Source: ActionCommand.cs of github.com/actions/runner, Command.cs of github.com/microsoft/azure-pipelines-agent.
func Sanitize(s string) string {
	if IsClean(s) {
		return s
	}
	var b strings.Builder
	before := rune(0) // as it was written
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			before = 0
		case Visible(r) && !beginsCommand(before, r):
			b.WriteRune(r)
			before = r
		default:
			b.WriteString(Escape(r))
			before = 0
		}
		i += n
	}
	return b.String()
}

// beginsCommand reports whether commands to CI services begin with two such characters.
func beginsCommand(before, r rune) bool { return before == r && (r == '#' || r == ':') }

// IsClean reports whether [Sanitize] leaves a text as it is.
func IsClean(s string) bool {
	before := rune(0)
	for _, r := range s {
		if !Visible(r) || beginsCommand(before, r) {
			return false
		}
		before = r
	}
	return utf8.ValidString(s)
}

// Visible reports whether a character has a shape and does nothing else. Unicode's graphic characters leave out controls (Cc),
// formats such as U+202E (Cf), line and paragraph separators, and what is unassigned; among them are still some that no
// font shows, such as the Hangul fillers and the variation selectors.
func Visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsGraphic(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Escape spells a character as Go does, in ASCII.
func Escape(r rune) string {
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

// Line makes a text from elsewhere, such as an answer of a server, fit for one line of a message: white space is folded, what
// [Sanitize] escapes is escaped, and a text of more than so many characters is cut short.
func Line(s string, most int) string {
	// What is longer than this is cut in any case. Cutting first keeps a huge text cheap.
	if limit := 8 * most; len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return Clip(Sanitize(strings.Join(strings.Fields(s), " ")), most)
}
