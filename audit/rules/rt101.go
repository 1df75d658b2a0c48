package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt101() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.NeverRefreshed, Name: "refresh-token-never-refreshed",
		Severity: finding.High, Confidence: finding.HighConfidence, NeedsWhole: true,
		Inputs:     []finding.Input{finding.InputReach},
		Summary:    "Refresh tokens are issued and no proxy of the organization ever refreshes one.",
		CWE:        []int{613, 772},
		References: []finding.Reference{issuingWithoutRefresh(), oauthV2Policy(), rfc6749("6", "refreshing an access token"), rfc9700("4.14", "refresh token protection")},
		Standards: []finding.Standard{
			misconfiguration("a feature is enabled that nothing uses: tokens are issued and can never be redeemed"),
		},
	}, Check: coreCheck(finding.NeverRefreshed, func(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
		v := group[0]
		reach := ""
		if sayBarred(p, group, d, "refreshes them") {
			could, _ := barred(p, group)
			reach = fmt.Sprintf("Let an API product that opens %s open %s too, where it refreshes%s. Or ", issuingProxies(group, lacking), could.where(), could.request())
		} else {
			d.Message = audit.Say("%s, and %s refreshes them.", issues(group), v.Environment.Facts().Nothing())
		}
		d.Remediation = text.Capital(reach+addRefresh(d, lackingIssue(v), p.Settings)) + ". " + issueNone(v)
	})}
}

// issueNone is the other way out: to issue no refresh token. The implicit grant, which would do so too, is not recommended.
// Source: RFC 9700 section 2.1.2.
func issueNone(v *audit.Verdict) string {
	if !slices.Contains(v.Grants(), flow.GrantPassword) {
		return "Clients without users need no refresh token: let them use client_credentials; users keep authorization_code, with PKCE."
	}
	return "Clients without users need no refresh token: let them use client_credentials; move users to authorization_code with PKCE."
}
