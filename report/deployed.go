package report

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// deployedIn says where a finding is deployed, newest revision first; for bundles on disk, which are deployed nowhere, at
// which paths they lie.
func deployedIn(deployments []audit.Deployed) string {
	var parts []string
	for _, revision := range revisions(deployments) {
		var environments []string
		for _, d := range deployments {
			if d.Revision == revision {
				environments = append(environments, cmp.Or(d.Source, d.Environment))
			}
		}
		part := strings.Join(environments, ", ")
		if revision != "" {
			part = "r" + revision + " " + part
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " · ")
}

// elsewhere are the paths of other bundles on disk that have the finding too: copies, and other revisions.
func elsewhere(f *audit.Finding) []string {
	var paths []string
	for _, d := range f.Deployments {
		if d.Source != "" && d.Source != f.Source && !slices.Contains(paths, d.Source) {
			paths = append(paths, d.Source)
		}
	}
	return paths
}

// revisions are the distinct revision numbers of the deployments, newest first.
func revisions(deployments []audit.Deployed) []string {
	var all []string
	for _, d := range deployments {
		all = append(all, d.Revision)
	}
	slices.SortFunc(all, func(a, b string) int { return apigee.CompareNumbers(b, a) })
	return slices.Compact(all)
}
