package apigee

import (
	"cmp"
	"path"
	"strings"
)

// CompareNumbers orders revision numbers as numbers, "9" before "12": they are decimal, without leading zeros and of any
// length.
func CompareNumbers(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// CompareRevisions orders revisions by kind, name, number and, on disk, place.
func CompareRevisions(a, b Revision) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), CompareNumbers(a.Number, b.Number), CompareRoots(a.Root, b.Root))
}

// CompareDeployments orders deployments by environment, revision and time, and those first that run everywhere.
func CompareDeployments(a, b Deployment) int {
	return cmp.Or(cmp.Compare(a.Environment, b.Environment), CompareRevisions(a.Revision, b.Revision), cmp.Compare(a.DeployedAt, b.DeployedAt),
		cmp.Compare(a.Partly, b.Partly))
}

// CompareProblems orders problems by where they are, then by what was being done.
func CompareProblems(a, b Problem) int {
	return cmp.Or(
		cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name), CompareNumbers(a.Revision, b.Revision), cmp.Compare(a.Source, b.Source), cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Error, b.Error),
	)
}

// CompareRoots orders places of bundles on disk by how much of a source each is: folders before what a build made of them
// and before zips, because that is where people change things; then by path.
func CompareRoots(a, b string) int {
	return cmp.Or(cmp.Compare(derived(a), derived(b)), cmp.Compare(a, b))
}

func derived(root string) int {
	rank := 0
	for part := range strings.SplitSeq(root, "/") {
		switch {
		case strings.EqualFold(path.Ext(part), ".zip"):
			return 2
		case part == "target" || part == "build" || part == "dist" || part == "out":
			rank = 1
		}
	}
	return rank
}
