// Package rules holds the catalogue: one small file, one page and one fixture for each rule.
package rules

import "apigee-audit/audit"

// All returns the rules in the order of their IDs.
func All() []*audit.Rule {
	return []*audit.Rule{
		{ID: "RT101", Name: "refresh-token-never-refreshed", Severity: audit.High, Confidence: audit.HighConfidence, Summary: "Refresh tokens can be issued and nothing refreshes them.", Page: "# RT101 refresh-token-never-refreshed\n\nWhy.\n", CWE: []int{613}, References: []audit.Reference{{Title: "RFC 6749", URL: "https://www.rfc-editor.org/rfc/rfc6749"}}},
		{ID: "RT102", Name: "refresh-token-only-read", Severity: audit.Medium, Confidence: audit.HighConfidence, Summary: "Refresh tokens are read and never refreshed.", Page: "# RT102 refresh-token-only-read\n"},
	}
}
