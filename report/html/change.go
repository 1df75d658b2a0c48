package html

import (
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// counterpart is the other side of a change to a finding.
type counterpart struct {
	Title, Finding, RefreshTitle string
	Path, Refresh                []node
}

func newCounterpart(c *report.Counterpart, f *finding.Finding, o report.Options) *counterpart {
	if c == nil {
		return nil
	}
	h := &counterpart{Title: c.Title(), Finding: c.Finding(), RefreshTitle: c.RefreshTitle()}
	for _, hop := range c.Path {
		h.Path = append(h.Path, newNode(hop, f, o))
	}
	for _, hop := range c.Refresh {
		h.Refresh = append(h.Refresh, newNode(hop, f, o))
	}
	return h
}
