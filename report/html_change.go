package report

import "apigee-audit/audit"

// htmlCounterpart is the other side of a change to a finding.
type htmlCounterpart struct {
	Title, Finding, RefreshTitle string
	Path, Refresh                []htmlHop
}

func newHTMLCounterpart(c *Counterpart, f *audit.Finding, o Options) *htmlCounterpart {
	if c == nil {
		return nil
	}
	h := &htmlCounterpart{Title: c.title(), Finding: c.finding(), RefreshTitle: c.refreshTitle()}
	for _, hop := range c.Path {
		h.Path = append(h.Path, newHTMLHop(hop, f, o))
	}
	for _, hop := range c.Refresh {
		h.Refresh = append(h.Refresh, newHTMLHop(hop, f, o))
	}
	return h
}

// htmlFixed are the findings that a change mends, in full: their paths are what was there.
func htmlFixed(d *Document, o Options, ids *htmlIDs) []htmlFinding {
	if d.Change == nil {
		return nil
	}
	var out []htmlFinding
	for i := range d.Fixed {
		h := newHTMLFinding(&d.Fixed[i], d, o, ids)
		h.Status, h.Marks = "fixed", append([]string{"fixed"}, h.Marks...)
		out = append(out, h)
	}
	return out
}
