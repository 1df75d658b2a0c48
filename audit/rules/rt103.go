package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt103() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: audit.ImportedNeverRefreshed, Name: "imported-refresh-token-never-refreshed",
		Severity: audit.High, Confidence: audit.HighConfidence, NeedsWhole: true,
		Inputs:     []audit.Input{audit.InputReach},
		Summary:    "Refresh tokens of another system are stored in Apigee and refreshed outside, so that stale imports stay.",
		CWE:        []int{613, 772},
		References: []audit.Reference{issuingWithoutRefresh(), thirdPartyOAuth(), oauthV2Policy()},
		Standards: []audit.Standard{
			misconfiguration("a feature is enabled that nothing uses: tokens are imported and never refreshed here"),
		},
	}, Check: coreCheck(audit.ImportedNeverRefreshed, func(group []*audit.Verdict, d *audit.Diagnostic) {
		v := group[0]
		if !sayBarred(group, d, "runs RefreshAccessToken on them") {
			d.Message = fmt.Sprintf("%s, and %s runs RefreshAccessToken on them, so every import stays in the token store.", issues(group), v.Environment.Facts().Nothing())
		}
		d.Remediation = fmt.Sprintf("After the other system has refreshed, call OAuthV2 with operation RefreshAccessToken (ExternalAuthorization true, "+
			"ExternalAccessToken, ExternalRefreshToken) beside %s, so that the old pair is replaced; or leave out ExternalRefreshToken and import only the access token.", where(v))
	})}
}
