package audit

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// Excerpt is the piece of a policy's XML around a finding's place, as it stands in the bundle but for literal secrets and
// comments, which are masked. It is hostile text: writers sanitise it.
type Excerpt struct {
	Line int    `json:"line"` // 1-based, of the first line of Text
	Text string `json:"text"` // whole lines joined by "\n"
}

// The bounds keep reports readable and the memory of an audit of thousands of revisions small.
const (
	excerptLines = 12
	excerptBytes = 1200
	// sourceBytes is how much of a policy is kept for excerpts, from its root element on.
	sourceBytes = 2048
	// contextLines is how much stands above a place that is not the policy's root.
	contextLines = 4
)

// keepSource keeps what excerpts of the policy can need. Only policies that findings point at are worth the memory.
func (p *Policy) keepSource(d *apigee.Document) {
	if !p.namesRefreshToken() && p.SharedFlow == "" {
		return
	}
	source := strings.TrimRight(maskSecrets(d), " \t\r\n")
	p.source = strings.Clone(text.CutLines(source, sourceBytes))
}

// excerpt is the part of the policy around a span, or nil when that part was not kept.
func (p *Policy) excerpt(at apigee.Span) *Excerpt {
	if p.source == "" {
		return nil
	}
	lines := strings.Split(p.source, "\n")
	place := int(at.Line - p.Span.Line) // indexes lines
	if place < 0 || place >= len(lines) {
		return nil
	}
	first := max(place-contextLines, 0)
	last := min(first+excerptLines, len(lines))
	first = max(min(first, last-excerptLines), 0)
	shown := strings.Join(lines[first:last], "\n")
	for len(shown) > excerptBytes && first < place { // what stands above gives way before the place does
		first++
		shown = strings.Join(lines[first:last], "\n")
	}
	shown = strings.ReplaceAll(text.CutLines(shown, excerptBytes), "\r", "")
	return &Excerpt{Line: int(p.Span.Line) + first, Text: shown}
}
