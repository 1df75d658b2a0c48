package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

func rt503() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT503", Name: "borrowed-password-grant", PartedFrom: passwordGrant,
		Severity: finding.Low, Confidence: finding.MediumConfidence,
		Summary:    "A grant that Apigee does not support borrows the password grant to mint its tokens, refresh tokens included.",
		CWE:        []int{287},
		References: []finding.Reference{oauthV2Policy(), accessTokens(), rfc9700("2.4", "resource owner password credentials grant")},
		Standards: []finding.Standard{
			brokenAuthentication("users and clients are authenticated by nothing but the proxy itself, since Apigee checks no password"),
		},
	}, Check: checkBorrowedGrant}
}

// checkBorrowedGrant reports nothing about a policy that serves a plain password grant at another place of the environment:
// RT501 reports it there, which is the more serious finding.
func checkBorrowedGrant(p *audit.Pass) {
	type borrower struct {
		place
		why string
	}
	plain := map[policyIn]bool{}
	var borrowers []borrower
	for at := range passwordPlaces(placesByEnvironment(p.Facts)) {
		if why := borrowed(at); why != "" {
			borrowers = append(borrowers, borrower{at, why})
		} else {
			plain[at.policyIn()] = true
		}
	}
	for _, at := range borrowers {
		if plain[at.policyIn()] {
			continue
		}
		d := at.diagnostic("SupportedGrantTypes", at.site.Policy.OAuth.GrantsSpan)
		d.Confidence = finding.MediumConfidence
		d.Message = audit.Say("%s issues refresh tokens through the password grant, but seems only to borrow it for a grant that Apigee does not support: %s.", at.name(), at.why)
		d.Remediation = fmt.Sprintf("Check that what comes before %q authenticates both client and user, and that no client can send grant_type=password itself. Where no refresh token is wanted, borrow client_credentials instead.", at.site.Policy.Name)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}
