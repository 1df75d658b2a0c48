package report

import "apigee-audit/audit/finding"

// EdgeFindings finds the findings that edges stand for.
type EdgeFindings map[edgePlace][]*finding.Finding

type edgePlace struct {
	organization, rule string
	kind, name         string
}

// NewEdgeFindings indexes the findings of a report.
func NewEdgeFindings(d *Document) EdgeFindings {
	out := EdgeFindings{}
	for i := range d.Findings {
		f := &d.Findings[i]
		key := edgePlace{f.Organization, f.RuleID, string(f.Kind), f.Name}
		out[key] = append(out[key], f)
	}
	return out
}

// Of is the finding that an edge stands for, nil for none. Of one that is accepted in some environments only, and of copies on disk, it
// is the one of the edge.
func (x EdgeFindings) Of(e *finding.Edge) *finding.Finding {
	if e.RuleID == "" {
		return nil
	}
	holder := e.Holder()
	for _, f := range x[edgePlace{e.Organization, e.RuleID, string(holder.Kind), holder.Name}] {
		if e.StandsFor(f) {
			return f
		}
	}
	return nil
}

// matchEdges leaves out of the edges the rules of findings that the report does not show, because they were not asked for: an edge
// is then one like any other.
func (d *Document) matchEdges() {
	if len(d.Edges) == 0 {
		return
	}
	found := NewEdgeFindings(d)
	edges := make([]finding.Edge, len(d.Edges))
	for i, e := range d.Edges {
		if found.Of(&e) == nil {
			e.RuleID = ""
		}
		edges[i] = e
	}
	d.Edges = edges
}
