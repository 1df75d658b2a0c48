package rules

import (
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func rt109() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: "RT109", Name: "refresh-flow-without-issuer",
		Severity: audit.Info, Confidence: audit.HighConfidence, NeedsWhole: true,
		Summary:    "A refresh operation is reachable and nothing in the organization issues refresh tokens.",
		CWE:        []int{561},
		References: []audit.Reference{oauthV2Policy(), rfc6749("4.4.3", "client credentials come without a refresh token")},
		Standards: []audit.Standard{
			inventory("an endpoint was left behind that no longer has a use"),
			pciFunctions("the endpoint can only fail, so nothing needs it"),
		},
	}, Check: checkWithoutIssuer}
}

// checkWithoutIssuer reports each bundle that refreshes in an environment once.
func checkWithoutIssuer(p *audit.Pass) {
	type key struct {
		environment string
		apigee.Ref
	}
	seen := map[key]bool{}
	for _, r := range p.Facts.LonelyRefreshers() {
		pol := r.Reach.Policy
		k := key{r.Environment.Name, pol.Unit.Revision.Ref()}
		if seen[k] {
			continue
		}
		seen[k] = true
		p.Report(audit.Diagnostic{
			Policy: pol, Deployments: deployed(r.Environment, pol.Unit),
			Message:     fmt.Sprintf("%s %q refreshes tokens (%s), but %s issues refresh tokens.", pol.Type, pol.Name, pol.OAuth.Operation, p.Facts.Nothing()),
			Remediation: "Delete the refresh flow if it is a leftover. If its issuer is in another organization or was forgotten, deploy the issuer.",
			Path:        r.Reach.Path(), Searched: p.Facts.Searched("policy that issues refresh tokens"),
		})
	}
}
