package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt301() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: "RT301", Name: "refresh-token-not-rotated",
		Severity: audit.Medium, Confidence: audit.HighConfidence,
		Inputs:  []audit.Input{audit.InputProfile},
		Summary: "A refresh operation hands the same refresh token out again; under the FAPI profile, one that rotates it.",
		CWE:     []int{294, 613},
		References: []audit.Reference{
			rfc9700("2.2.2", "refresh tokens"), rfc9700("4.14.2", "refresh token protection, recommendations"), fapi2(), oauthV2Policy(),
		},
		Standards: []audit.Standard{
			brokenAuthentication("without rotation a stolen token works beside the real one, and nobody notices"),
		},
	}, Check: checkRotation}
}

// checkRotation follows the profile: RFC 9700 wants rotation (or sender-constrained tokens), FAPI 2.0 forbids it.
func checkRotation(p *audit.Pass) {
	fapi := p.Settings.Profile == audit.ProfileFAPI
	for at, o := range tokenPolicies(p.Facts) {
		if !o.Refreshes() || o.ReuseRefreshToken.Value == fapi {
			continue
		}
		d := at.diagnostic("ReuseRefreshToken", o.ReuseRefreshToken.Span)
		name := at.reach.Policy.Name
		if fapi {
			d.Message = fmt.Sprintf("%s issues a new refresh token at each refresh, which the FAPI 2.0 security profile forbids.", at.name())
			d.Remediation = fmt.Sprintf("Set ReuseRefreshToken of %q to true; FAPI 2.0 protects the token by binding it to the client instead.", name)
		} else {
			d.Message = fmt.Sprintf("%s keeps the refresh token at each refresh (ReuseRefreshToken true), so a stolen one works until it expires and nobody notices.", at.name())
			d.Remediation = fmt.Sprintf("Set ReuseRefreshToken of %q to false. Only where every client is confidential or its tokens are sender-constrained may it stay.", name)
		}
		p.Report(d)
	}
}
