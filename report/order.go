package report

import (
	"cmp"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// sort puts everything in the order that all formats share; equal documents come out byte for byte the same.
func (d *Document) sort() {
	slices.SortStableFunc(d.Organizations, func(a, b Organization) int { return cmp.Compare(a.Name, b.Name) })
	for _, list := range [][]audit.Finding{d.Findings, d.Fixed, d.NotLookedAt} {
		for i := range list {
			slices.SortStableFunc(list[i].Deployments, compareDeployed)
		}
		slices.SortStableFunc(list, compareFindings)
	}
	slices.SortStableFunc(d.LeftOut, func(a, b audit.LeftOut) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	slices.Sort(d.Rules)
	slices.SortStableFunc(d.Catalogue, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(d.Problems, compareProblems)
	slices.SortStableFunc(d.Notices, compareProblems)
	slices.SortStableFunc(d.StoredTokens, func(a, b audit.StoredTokens) int { return cmp.Compare(a.Organization, b.Organization) })
	slices.SortStableFunc(d.Inventory, func(a, b audit.Evidence) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Environment, b.Environment),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), compareRevisions(a.Revision, b.Revision),
			slices.CompareFunc(a.Sources, b.Sources, apigee.CompareRoots), cmp.Compare(a.SHA256, b.SHA256))
	})
}

// compareFindings ranks by severity, then by what runtime evidence says, which is the same for all where there is none.
func compareFindings(a, b audit.Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Traffic.Rank(), a.Traffic.Rank()), cmp.Compare(a.Organization, b.Organization),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), comparePlaces(a.Place, b.Place),
		cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Source, b.Source), compareStatus(a.Status, b.Status),
		cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Message, b.Message))
}

// compareStatus puts what still counts before what is suppressed: of a finding that is accepted in some environments
// only, the part that counts keeps the first number among equal fingerprints.
func compareStatus(a, b audit.Status) int {
	rank := map[audit.Status]int{audit.StatusSuppressed: 1}
	return cmp.Compare(rank[a], rank[b])
}

func comparePlaces(a, b audit.Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func compareDeployed(a, b audit.Deployed) int {
	return cmp.Or(cmp.Compare(a.Environment, b.Environment), compareRevisions(a.Revision, b.Revision),
		apigee.CompareRoots(a.Source, b.Source))
}

func compareProblems(a, b apigee.Problem) int {
	return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Environment, b.Environment),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), compareRevisions(a.Revision, b.Revision),
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Error, b.Error))
}

// compareRevisions puts "9" before "12": revision numbers are decimal without leading zeros, of any length.
func compareRevisions(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
