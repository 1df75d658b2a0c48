package table

import (
	"io"
	"strings"

	"apigee-audit/internal/text"
)

// Item is one line of a checklist. Its texts may come from anywhere.
type Item struct {
	State, Name, Text string
	Advice            string // stands beneath; may be empty
}

// Group is a part of a checklist with a title of its own.
type Group struct {
	Title string
	Items []Item
}

// Checklist writes groups of items, and what they come to. States and names stand in columns that are as wide in all of them.
func Checklist(w io.Writer, groups []Group, summary string, width int, color bool) error {
	state, name := 0, 0
	for _, g := range groups {
		for _, i := range g.Items {
			state, name = max(state, displayWidth(text.Sanitize(i.State))), max(name, displayWidth(text.Sanitize(i.Name)))
		}
	}
	var b strings.Builder
	for _, g := range groups {
		b.WriteString(paragraph("", text.Sanitize(g.Title), width))
		for _, i := range g.Items {
			word := text.Sanitize(i.State)
			lead := "  " + padded(word, state) + gap + padded(text.Sanitize(i.Name), name) + gap
			said := paragraph(lead, text.Sanitize(i.Text), width)
			b.WriteString("  " + paintState(word, color) + strings.TrimPrefix(said, "  "+word))
			if i.Advice != "" {
				b.WriteString(paragraph(strings.Repeat(" ", displayWidth(lead))+"→ ", text.Sanitize(i.Advice), width))
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(paragraph("", summary, width))
	_, err := io.WriteString(w, b.String())
	return err
}
