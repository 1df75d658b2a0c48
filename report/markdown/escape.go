package markdown

import (
	"strings"
	"unicode"

	"apigee-audit/report"
)

// split stands between characters that GitHub would join to a mention, a reference or a link. It has no width.
// Renovate and Dependabot do the same.
const split = "&#8203;"

// escape is text as GitHub-flavoured Markdown that shows it and does nothing else: no markup, no HTML, no mention of
// a person, no reference to an issue, no link. What it is made of is sanitised, so it fits into a table's cell.
func escape(s string) string {
	var b strings.Builder
	text := []rune(s)
	word := func(i int) bool {
		return i >= 0 && i < len(text) && (unicode.IsLetter(text[i]) || unicode.IsDigit(text[i]))
	}
	behind := func(i int, what string) bool {
		from := i - len(what)
		return from >= 0 && strings.EqualFold(string(text[from:i]), what) && !word(from-1)
	}
	for i, r := range text {
		switch {
		case r == '@', r == '#':
			b.WriteString(report.Entity(r) + split)
		case r == ':' && i+2 < len(text) && text[i+1] == '/' && text[i+2] == '/':
			b.WriteString(":" + split)
		case r == '.' && behind(i, "www"):
			b.WriteString(split + ".")
		case r == '-' && behind(i, "GH"): // GH-12 is an issue
			b.WriteString(split + "-")
		case r == '_' && word(i-1) && word(i+1):
			b.WriteRune(r) // inside a word it is not markup
		case strings.ContainsRune(marks, r):
			b.WriteString(report.Entity(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// marks are the characters that mean something in Markdown or HTML. They are written as entities, which never
// do, in tables and inline HTML alike; a backslash does not work everywhere.
const marks = "\\`*_[]<>|~$&"

// code is a name in the font of code. The tag alone keeps out no markup and no links.
func code(s string) string { return "<code>" + escape(s) + "</code>" }

// fenced is a block of code. The fence is longer than any in it.
func fenced(language, lines string) string {
	fence := "```"
	for strings.Contains(lines, fence) {
		fence += "`"
	}
	return fence + language + "\n" + lines + "\n" + fence + "\n"
}
