package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

func rt103() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.ImportedNeverRefreshed, Name: "imported-refresh-token-never-refreshed",
		Severity: finding.High, Confidence: finding.HighConfidence, NeedsWhole: true,
		Inputs:     []finding.Input{finding.InputReach},
		Summary:    "Refresh tokens of another system are stored in Apigee and refreshed outside, so that stale imports stay.",
		CWE:        []int{613, 772},
		References: []finding.Reference{issuingWithoutRefresh(), thirdPartyOAuth(), oauthV2Policy()},
		Standards: []finding.Standard{
			misconfiguration("a feature is enabled that nothing uses: tokens are imported and never refreshed here"),
		},
	}, Check: coreCheck(finding.ImportedNeverRefreshed, func(group []*audit.Verdict, d *audit.Diagnostic) {
		v := group[0]
		if !sayBarred(group, d, "runs RefreshAccessToken on them") {
			d.Message = fmt.Sprintf("%s, and %s runs RefreshAccessToken on them, so every import stays in the token store.", issues(group), v.Environment.Facts().Nothing())
		}
		d.Remediation = fmt.Sprintf("After the other system has refreshed, call OAuthV2 with operation RefreshAccessToken (ExternalAuthorization true, "+
			"ExternalAccessToken, ExternalRefreshToken) beside %s, so that the old pair is replaced; or leave out ExternalRefreshToken and import only the access token.", where(v))
	})}
}
