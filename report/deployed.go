package report

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// DeployedIn says where a finding is deployed, newest revision first; for bundles on disk, which are deployed nowhere, at
// which paths they lie.
func DeployedIn(deployments []finding.Deployed) string {
	var parts []string
	for _, revision := range Revisions(deployments) {
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

// Elsewhere are the paths of other bundles on disk that have the finding too: copies, and other revisions.
func Elsewhere(f *finding.Finding) []string {
	var paths []string
	for _, d := range f.Deployments {
		if d.Source != "" && d.Source != f.Source && !slices.Contains(paths, d.Source) {
			paths = append(paths, d.Source)
		}
	}
	return paths
}

// Revisions are the distinct revision numbers of the deployments, newest first.
func Revisions(deployments []finding.Deployed) []string {
	var all []string
	for _, d := range deployments {
		all = append(all, d.Revision)
	}
	slices.SortFunc(all, func(a, b string) int { return apigee.CompareNumbers(b, a) })
	return slices.Compact(all)
}
