package rules

import (
	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

func rt109() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT109", Name: "refresh-flow-without-issuer",
		Severity: finding.Info, Confidence: finding.HighConfidence, NeedsWhole: true,
		Summary:    "A refresh operation is reachable and nothing in the organization issues refresh tokens.",
		CWE:        []int{561},
		References: []finding.Reference{oauthV2Policy(), rfc6749("4.4.3", "client credentials come without a refresh token")},
		Standards: []finding.Standard{
			inventory("an endpoint was left behind that no longer has a use"),
			pciFunctions("the endpoint can only fail, so nothing needs it"),
		},
	}, Everywhere: always, Check: checkWithoutIssuer}
}

// checkWithoutIssuer reports each bundle that refreshes in an environment once.
func checkWithoutIssuer(p *audit.Pass) {
	type key struct {
		environment string
		apigee.Ref
	}
	seen := map[key]bool{}
	for _, r := range p.Facts.RefreshersWithoutIssuer() {
		pol := r.Site.Policy
		k := key{r.Environment.Name, pol.Program.Revision.Ref()}
		if seen[k] {
			continue
		}
		seen[k] = true
		p.Report(audit.Diagnostic{
			Policy: pol, Deployments: pol.Program.DeployedIn(r.Environment),
			Message:     audit.Say("%s refreshes tokens (%s), but %s issues refresh tokens.", ownPolicy(pol), pol.OAuth.Operation, p.Facts.Nothing()),
			Remediation: "Delete the refresh flow if it is a leftover. If its issuer is in another organization or was forgotten, deploy the issuer.",
			Site:        r.Site, Searched: p.Facts.Searched("policy that issues refresh tokens"),
		})
	}
}
