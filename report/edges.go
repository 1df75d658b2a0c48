package report

import (
	"slices"

	"apigee-audit/audit/finding"
)

// matchEdges leaves out of the edges the rules of findings that the report does not show, because they were not asked for: an edge
// is then one like any other.
func (d *Document) matchEdges() {
	if len(d.Edges) == 0 {
		return
	}
	type about struct{ organization, rule, kind, name string }
	byPlace := map[about][]*finding.Finding{}
	for i := range d.Findings {
		f := &d.Findings[i]
		key := about{f.Organization, f.RuleID, string(f.Kind), f.Name}
		byPlace[key] = append(byPlace[key], f)
	}
	d.Edges = slices.Clone(d.Edges)
	for i := range d.Edges {
		e := &d.Edges[i]
		if e.RuleID == "" {
			continue
		}
		holder := e.Holder()
		if !slices.ContainsFunc(byPlace[about{e.Organization, e.RuleID, string(holder.Kind), holder.Name}], e.StandsFor) {
			e.RuleID = ""
		}
	}
}
