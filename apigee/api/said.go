package api

import (
	"apigee-audit/internal/text"
)

// quotedRunes is how much of a text from the server a message repeats.
const quotedRunes = 300

// clean makes a text from the server fit for one line of a message.
func clean(s string) string { return text.Line(s, quotedRunes) }

// quote is clean with quotation marks.
func quote(s string) string { return `"` + clean(s) + `"` }
