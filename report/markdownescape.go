package report

import (
	"fmt"
	"strings"
)

// split stands between characters that GitHub would join to a mention, a reference or a link. It has no width.
// Renovate and Dependabot do the same.
const split = "&#8203;"

// markdownText is text as GitHub-flavoured Markdown that shows it and does nothing else: no markup, no HTML, no mention of
// a person, no reference to an issue, no link. It fits into a table's cell.
func markdownText(s string) string {
	var b strings.Builder
	previous := rune(0)
	text := []rune(Sanitize(s))
	for i, r := range text {
		switch {
		case r == '@', r == '#':
			b.WriteString(entity(r) + split)
		case r == ':' && i+2 < len(text) && text[i+1] == '/' && text[i+2] == '/':
			b.WriteString(":" + split)
		case r == '.' && (previous == 'w' || previous == 'W'): // www.
			b.WriteString(split + ".")
		case r == '-' && (previous == 'H' || previous == 'h'): // GH-12
			b.WriteString(split + "-")
		case strings.ContainsRune(markdownMarks, r):
			b.WriteString(entity(r))
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	return b.String()
}

// markdownMarks are the characters that mean something in Markdown or HTML. They are written as entities, which never
// do, in tables and inline HTML alike; a backslash does not work everywhere.
const markdownMarks = "\\`*_[]<>|~$&"

func entity(r rune) string { return fmt.Sprintf("&#%d;", r) }

// markdownCode is a name in the font of code, where GitHub looks for no mentions and references.
func markdownCode(s string) string {
	var b strings.Builder
	for _, r := range Sanitize(s) {
		if strings.ContainsRune(markdownMarks+"@#:", r) {
			b.WriteString(entity(r))
		} else {
			b.WriteRune(r)
		}
	}
	return "<code>" + b.String() + "</code>"
}
