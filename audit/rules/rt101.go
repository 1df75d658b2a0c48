package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
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
	}, Check: coreCheck(finding.NeverRefreshed, func(group []*audit.Verdict, d *audit.Diagnostic) {
		v := group[0]
		if !sayBarred(group, d, "refreshes them") {
			d.Message = fmt.Sprintf("%s, and %s refreshes them.", issues(group), v.Environment.Facts().Nothing())
		}
		d.Remediation = fmt.Sprintf("Add an OAuthV2 policy with operation RefreshAccessToken for grant_type=refresh_token next to %s. "+
			"If clients need no refresh token, use client_credentials instead; for users, keep authorization_code with PKCE and add the refresh flow.", where(v))
	})}
}
