package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
)

// deploymentDetail is how much of a finding's deployments is said.
type deploymentDetail int

const (
	fullDeployments    deploymentDetail = iota // "r12 prod, test · r9 dev"
	countedDeployments                         // "3 environments"
)

// deployedIn says where a finding is deployed, newest revision first; for bundles on disk, which are deployed nowhere, at
// which paths they lie.
func deployedIn(deployments []audit.Deployed, detail deploymentDetail) string {
	if detail == countedDeployments && len(deployments) > 1 {
		return fmt.Sprintf("%d envs", countEnvironments(deployments))
	}
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

func countEnvironments(deployments []audit.Deployed) int {
	seen := map[string]bool{}
	for _, d := range deployments {
		seen[d.Environment] = true
	}
	return len(seen)
}
