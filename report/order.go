package report

import (
	"cmp"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// sort puts everything in the order that all formats share; equal documents come out byte for byte the same.
func (d *Document) sort() {
	slices.SortStableFunc(d.Organizations, func(a, b Organization) int { return cmp.Compare(a.Name, b.Name) })
	for _, list := range [][]finding.Finding{d.Findings, d.Fixed, d.NotLookedAt} {
		for i := range list {
			slices.SortStableFunc(list[i].Deployments, finding.CompareDeployed)
		}
		slices.SortStableFunc(list, finding.Compare)
	}
	slices.SortStableFunc(d.LeftOut, func(a, b finding.LeftOut) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	slices.SortStableFunc(d.Edges, finding.CompareEdges)
	slices.Sort(d.Rules)
	slices.SortStableFunc(d.Catalogue, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(d.Problems, apigee.CompareProblems)
	slices.SortStableFunc(d.Notices, apigee.CompareProblems)
	slices.SortStableFunc(d.StoredTokens, func(a, b finding.StoredTokens) int { return cmp.Compare(a.Organization, b.Organization) })
	slices.SortStableFunc(d.Inventory, func(a, b finding.Evidence) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Environment, b.Environment),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), apigee.CompareNumbers(a.Revision, b.Revision),
			slices.CompareFunc(a.Sources, b.Sources, apigee.CompareRoots), cmp.Compare(a.SHA256, b.SHA256))
	})
}
