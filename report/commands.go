package report

import (
	"bytes"
	"fmt"

	"apigee-audit/internal/text"
)

// commandAt reports whether a command to a CI service may begin at a place. A heading of Markdown does not: its # are followed
// by a blank.
func commandAt(in []byte, i int) bool {
	switch {
	case i+1 >= len(in) || in[i] != in[i+1]:
		return false
	case in[i] == ':':
		return true
	case in[i] != '#' || i+2 >= len(in):
		return false
	}
	next := in[i+2] | 0x20
	return in[i+2] == '[' || next >= 'a' && next <= 'z'
}

// breakCommands spells the second character of what may begin a command to a CI service in another way. Text from
// outside has been sanitised by then; this is about what the pieces of a line become when joined.
func breakCommands(in []byte, spell func(byte) string) []byte {
	var out bytes.Buffer
	from := 0
	for i := 0; i < len(in); i++ {
		if commandAt(in, i) {
			out.Write(in[from : i+1])
			out.WriteString(spell(in[i+1]))
			i++
			from = i + 1
		}
	}
	if from == 0 {
		return in
	}
	out.Write(in[from:])
	return out.Bytes()
}

// BreakCommandsInText breaks commands to CI services in plain text: their second character becomes a visible escape.
func BreakCommandsInText(page []byte) []byte {
	return breakCommands(page, func(c byte) string { return text.Escape(rune(c)) })
}

// BreakCommandsInMarkup breaks commands to CI services in XML, HTML and Markdown: readers show the same text, and no line of a
// log begins a command.
func BreakCommandsInMarkup(page []byte) []byte {
	return breakCommands(page, func(c byte) string { return Entity(rune(c)) })
}

// Entity is a character as a reference that HTML, XML and Markdown show and never take for markup.
func Entity(r rune) string { return fmt.Sprintf("&#%d;", r) }
