package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
)

func rt301() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT301", Name: "refresh-token-not-rotated",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Inputs:  []finding.Input{finding.InputProfile},
		Summary: "A refresh operation returns the same refresh token again; under the FAPI profile, one that rotates it.",
		CWE:     []int{294, 613},
		References: []finding.Reference{
			rfc9700("2.2.2", "refresh tokens"), rfc9700("4.14.2", "refresh token protection, recommendations"), fapi2(), oauthV2Policy(),
		},
		Standards: []finding.Standard{
			brokenAuthentication("without rotation a stolen token works alongside the real one, and nobody notices"),
		},
	}, Check: checkRotation}
}

// checkRotation follows the profile: RFC 9700 requires rotation (or sender-constrained tokens), FAPI 2.0 forbids it.
func checkRotation(p *audit.Pass) {
	fapi := p.Settings.Profile == finding.ProfileFAPI
	for at, o := range tokenPolicies(p.Facts) {
		if !o.Refreshes() || o.ReuseRefreshToken.Value == fapi {
			continue
		}
		d := at.diagnostic("ReuseRefreshToken", o.ReuseRefreshToken.Span)
		name := at.site.Policy.Name
		if fapi {
			d.Message = audit.Say("%s issues a new refresh token on each refresh, which the FAPI 2.0 security profile forbids.", at.name())
			pasteElement(&d, policyxml.Element("ReuseRefreshToken", "true"), o.ReuseRefreshToken.Span)
			d.Remediation = fmt.Sprintf("Set ReuseRefreshToken of %q to true; FAPI 2.0 protects the token by binding it to the client instead.", name)
		} else {
			d.Message = audit.Say("%s keeps the refresh token on each refresh (ReuseRefreshToken true), so a stolen one works until it expires and nobody notices.", at.name())
			pasteElement(&d, policyxml.Element("ReuseRefreshToken", "false"), o.ReuseRefreshToken.Span)
			d.Remediation = fmt.Sprintf("Set ReuseRefreshToken of %q to false. It may stay true only where every client is confidential or its tokens are sender-constrained.", name)
		}
		p.Report(d)
	}
}
