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
	}, Check: coreCheck(finding.ImportedNeverRefreshed, func(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
		v := group[0]
		if !sayBarred(p, group, d, "runs RefreshAccessToken on them") {
			d.Message = audit.Say("%s, and %s runs RefreshAccessToken on them, so every import stays in the token store.", issues(group), v.Environment.Facts().Nothing())
		}
		d.Remediation = fmt.Sprintf("When the other system has refreshed, replace the old pair: %s. Or take ExternalRefreshToken out of %q (%s) and import only the access token.",
			addRefresh(d, lackingIssue(v), p.Settings), d.Policy.Name, positionOf(d.Policy.Hop()))
	})}
}
