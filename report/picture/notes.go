package picture

import (
	"fmt"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// note says what the picture does not show.
func (p *Picture) note(d *report.Document) {
	if !d.Complete {
		p.Notes = append(p.Notes, "The audit is incomplete: there may be arrows that the picture does not show.")
	}
	if slices.ContainsFunc(p.Parts, func(part Part) bool { return part.Grouped }) {
		p.Notes = append(p.Notes, "Bundles that look the same are drawn as one. To see one with its neighbours, narrow the report to it with --proxy.")
	}
	var silent []string
	for _, org := range d.Organizations {
		handles := func(e finding.Evidence) bool {
			return e.Organization == org.Name && (len(e.Grants) > 0 || e.Refreshes || e.Reads || e.Imports || e.Revokes) && d.Reported(&e)
		}
		if !slices.ContainsFunc(d.Edges, func(e finding.Edge) bool { return e.Organization == org.Name }) && slices.ContainsFunc(d.Inventory, handles) {
			silent = append(silent, report.OrganizationTitle(org.Name))
		}
	}
	if len(silent) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Nothing is drawn for %s: the report has no edges, because an earlier version made it.", text.ListSome(silent, 3)))
	}
	audited := slices.ContainsFunc(d.Organizations, func(o report.Organization) bool { return o.Audited > 0 })
	if audited && len(d.Edges) == 0 && len(silent) == 0 {
		p.Notes = append(p.Notes, "Nothing that was asked for and audited handles refresh tokens.")
	}
}

// Explanation is what stands with a picture that is all there is to see: the change that it supposes, how to read it, and its notes.
func (p *Picture) Explanation(d *report.Document) []string {
	var all []string
	if change := report.ChangeText(d); change != "" {
		all = append(all, change)
	}
	if len(p.Parts) > 0 {
		all = append(all, Reading(), Colours())
	}
	return append(all, p.Notes...)
}
