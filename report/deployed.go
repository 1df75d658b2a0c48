package report

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// DeployedIn says where a finding is deployed, newest revision first; for bundles on disk, which are deployed nowhere, at
// which paths they lie.
func DeployedIn(deployments []finding.Deployed) string {
	return strings.Join(DeployedParts(deployments), " · ")
}

// DeployedParts says it revision by revision: "r12 prod, test", "r9 dev".
func DeployedParts(deployments []finding.Deployed) []string {
	parts := pending(deployments)
	for _, revision := range Revisions(deployments) {
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
	return parts
}

// pending says where bundles from disk would be deployed: "./login prod, test".
func pending(deployments []finding.Deployed) []string {
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

// EnvironmentsOf are the environments that a finding is deployed to, each once and by name.
func EnvironmentsOf(f *finding.Finding) []string {
	all := []string{}
	for _, d := range f.Deployments {
		all = append(all, d.Environment)
	}
	slices.Sort(all)
	return slices.Compact(all)
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

// DiskEnvironment is the made-up environment of bundles from disk, which are deployed nowhere.
const DiskEnvironment = "local"

// onDisk reports whether a deployment is only a place on disk. One of a bundle from disk that a change deploys is in an
// environment.
func onDisk(d finding.Deployed) bool { return d.Source != "" && d.Environment == DiskEnvironment }

// IsDeployed reports whether a finding is in something that is deployed, or would be.
func IsDeployed(f *finding.Finding) bool {
	return f.Source == "" || slices.ContainsFunc(f.Deployments, func(d finding.Deployed) bool { return !onDisk(d) })
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
