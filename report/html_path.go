package report

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// htmlHop is one node of the drawn path.
type htmlHop struct {
	Class      string // how it is drawn
	Type, Text string // "flow", `"token"`
	Condition  string
	Bundle, At string // Bundle is named where it is not the finding's own
	Shared     bool   // in a shared flow
	Dead       bool   // no request gets here
}

// newHTMLHop takes a hop's label apart: what it is, its name, and the condition it is under.
func newHTMLHop(hop audit.Hop, of htmlBundleKey) htmlHop {
	h := htmlHop{Class: "policy", Text: hop.Label, At: withPosition(hop.File, hop.Place), Shared: hop.Kind == apigee.KindSharedFlow}
	for _, known := range []struct{ prefix, class string }{
		{"proxy endpoint", "endpoint"}, {"target endpoint", "endpoint"}, {"flow hook", "endpoint"}, {"fault rule", "flow"},
		{"shared flow", "sharedflow"}, {"flow", "flow"}, {"step", "step"}, {"PreFlow", "flow"}, {"PostFlow", "flow"},
		{"PostClientFlow", "flow"}, {"DefaultFaultRule", "flow"},
	} {
		if rest, ok := strings.CutPrefix(hop.Label, known.prefix); ok && (rest == "" || rest[0] == ' ') {
			h.Class, h.Type, h.Text = known.class, known.prefix, strings.TrimSpace(rest)
			break
		}
	}
	if kind, rest, ok := strings.Cut(h.Text, " "); ok && h.Class == "policy" && strings.HasPrefix(rest, `"`) {
		h.Type, h.Text = kind, rest
	}
	if h.Class != "policy" {
		h.Text, h.Condition, _ = strings.Cut(h.Text, " when ")
	}
	if hop.Kind != of.kind || hop.Name != of.name {
		h.Bundle = hop.Kind.Noun() + " " + hop.Name
	}
	return h
}

// htmlExcerpt is the XML around a finding's place.
type htmlExcerpt struct {
	At    string
	Line  int
	Lines []htmlLine
}

type htmlLine struct {
	Text string
	Hit  bool // the finding is on this line
}

func newHTMLExcerpt(f *audit.Finding, o Options) *htmlExcerpt {
	if f.Excerpt == nil || f.Excerpt.Text == "" {
		return nil
	}
	x := &htmlExcerpt{At: withPosition(fullPath(f, o.WorkingDirectory), f.Place), Line: f.Excerpt.Line}
	for i, line := range strings.Split(f.Excerpt.Text, "\n") {
		n := f.Excerpt.Line + i
		x.Lines = append(x.Lines, htmlLine{strings.ReplaceAll(line, "\t", "    "), n >= f.Line && n <= f.EndLine})
	}
	return x
}
