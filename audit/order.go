package audit

import (
	"cmp"

	"apigee-audit/apigee"
)

// CompareFindings is the order of findings in every report: by severity, then by what runtime evidence says, which is the
// same for all where there is none, then by place.
func CompareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Traffic.Rank(), a.Traffic.Rank()), cmp.Compare(a.Organization, b.Organization),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), comparePlaces(a.Place, b.Place),
		cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Source, b.Source), compareStatus(a.Status, b.Status),
		cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Message, b.Message))
}

// compareStatus puts what still counts before what is suppressed: of a finding that is accepted in some environments
// only, the part that counts keeps the first number among equal fingerprints.
func compareStatus(a, b Status) int {
	rank := func(s Status) int { return boolean(s == StatusSuppressed) }
	return cmp.Compare(rank(a), rank(b))
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// CompareDeployed orders the deployments of a finding by environment, revision and, on disk, place.
func CompareDeployed(a, b Deployed) int {
	return cmp.Or(cmp.Compare(a.Environment, b.Environment), apigee.CompareNumbers(a.Revision, b.Revision), apigee.CompareRoots(a.Source, b.Source))
}
