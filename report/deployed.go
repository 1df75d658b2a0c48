package report

import (
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
	parts := pending(deployments)
	for _, revision := range revisions(deployments) {
		var environments []string
		for _, d := range deployments {
			switch {
			case d.Revision != revision:
			case onDisk(d):
				environments = append(environments, d.Source)
			case d.Source == "":
				environments = append(environments, d.Environment)
			}
		}
		if environments == nil {
			continue
		}
		part := strings.Join(environments, ", ")
		if revision != "" {
			part = "r" + revision + " " + part
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " · ")
}

// pending says where bundles from disk would be deployed: "./login prod, test".
func pending(deployments []audit.Deployed) []string {
	var sources, parts []string
	environments := map[string][]string{}
	for _, d := range deployments {
		if d.Source == "" || onDisk(d) {
			continue
		}
		if environments[d.Source] == nil {
			sources = append(sources, d.Source)
		}
		environments[d.Source] = append(environments[d.Source], d.Environment)
	}
	for _, source := range sources {
		parts = append(parts, localPath(source)+" "+strings.Join(environments[source], ", "))
	}
	return parts
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

// diskEnvironment is the made-up environment of bundles from disk, which are deployed nowhere.
const diskEnvironment = "local"

// onDisk reports whether a deployment is only a place on disk. One of a bundle from disk that a change deploys is in an
// environment.
func onDisk(d audit.Deployed) bool { return d.Source != "" && d.Environment == diskEnvironment }

// isDeployed reports whether a finding is in something that is deployed, or would be.
func isDeployed(f *audit.Finding) bool {
	return f.Source == "" || slices.ContainsFunc(f.Deployments, func(d audit.Deployed) bool { return !onDisk(d) })
}

func countEnvironments(deployments []audit.Deployed) int {
	seen := map[string]bool{}
	for _, d := range deployments {
		seen[d.Environment] = true
	}
	return len(seen)
}
