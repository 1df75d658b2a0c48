package report

import "apigee-audit/audit/finding"

// matchEdges leaves out of the edges of a stored report the rules of findings that it does not have.
func (d *Document) matchEdges() {
	found := finding.NewEdgeFindings(d.Findings)
	for i := range d.Edges {
		if e := &d.Edges[i]; found.Of(e) == nil && !d.unlisted(e) {
			e.RuleID = ""
		}
	}
}

// unlisted reports whether the report leaves out the findings of the bundle that an edge is about, because it is narrowed to others: a
// neighbour, see [finding.Filter.Neighbourhood].
func (d *Document) unlisted(e *finding.Edge) bool {
	return !d.namesInScope(e.Organization, e.Holder().Name)
}
