package rules

import (
	"fmt"
	"iter"
	"slices"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// passwordGrant is the rule that RT503 was split from.
const passwordGrant = "RT501"

func rt501() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: passwordGrant, Name: "password-grant",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Summary:    "Refresh tokens are issued through the password grant, which hands the user's password to the client.",
		CWE:        []int{522},
		References: []finding.Reference{rfc9700("2.4", "resource owner password credentials grant"), oauthV2Policy(), accessTokens()},
		Standards: []finding.Standard{
			brokenAuthentication("it calls for standard flows and multi-factor authentication; this grant has been withdrawn and allows only one factor"),
		},
	}, Check: checkPasswordGrant}
}

func checkPasswordGrant(p *audit.Pass) {
	for at := range passwordPlaces(places(p.Facts)) {
		if borrowed(at) != "" {
			continue
		}
		d := at.diagnostic("SupportedGrantTypes", at.site.Policy.OAuth.GrantsSpan)
		d.Message = audit.Say("%s issues refresh tokens through the password grant: clients see the user's password, and multi-factor sign-in is ruled out.", at.name())
		d.Remediation = fmt.Sprintf("Move the clients of %q to authorization_code with PKCE; service accounts to client_credentials.", at.site.Policy.Name)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// passwordPlaces yields those of some places where refresh tokens are issued through the password grant.
func passwordPlaces(places iter.Seq[place]) iter.Seq[place] {
	return func(yield func(place) bool) {
		for at := range places {
			if at.site.Issues() && slices.Contains(at.site.Grants(), flow.GrantPassword) && !yield(at) {
				return
			}
		}
	}
}

// borrowed says why the password grant at a place does not take a user's password from the client, "" when it does.
func borrowed(at place) string {
	o := at.site.Policy.OAuth
	chosen := chosenGrant(at)
	given := o.UserName.Value != "" || o.PassWord.Value != ""
	for _, credential := range []struct{ element, variable, usual string }{
		{"PassWord", o.PassWord.Value, "request.formparam.password"}, {"UserName", o.UserName.Value, "request.formparam.username"},
	} {
		variable := credential.variable
		if variable == "" {
			variable = credential.usual
		}
		switch from := at.trace.Origin(at.site, variable); {
		case from.Literal != nil && from.By != nil:
			return fmt.Sprintf("%s %q sets %s to a constant", from.By.Type, from.By.Name, variable)
		case !from.FromClient():
			return fmt.Sprintf("its %s is %s, which nothing sets from the request", credential.element, variable)
		case from.By != nil && checksToken(from.By):
			return fmt.Sprintf("its %s is %s, which %s %q takes from a token or key", credential.element, from.Variable, from.By.Type, from.By.Name)
		case chosen != nil && from.Exact && from.By.Type == bundle.TypeAssignMessage:
			return fmt.Sprintf("%s %q sets the grant type to password and makes up %s", chosen.Type, chosen.Name, variable)
		}
	}
	switch {
	case given: // the client's own credentials, regardless of what else is set
	case o.ExternalAuthorization.Value || o.ExternalAccessToken.Value != "":
		return "it names no credentials and stores a token from another system"
	case chosen != nil:
		return fmt.Sprintf("%s %q sets the grant type to password", chosen.Type, chosen.Name)
	}
	return ""
}

// checksToken reports whether a policy sets variables from the contents of a token or key, which is nobody's password.
func checksToken(p *flow.Policy) bool {
	switch p.Type {
	case bundle.TypeVerifyJWT, bundle.TypeDecodeJWT, bundle.TypeVerifyJWS, bundle.TypeDecodeJWS, bundle.TypeVerifyAPIKey, bundle.TypeOAuthV2, bundle.TypeGetOAuthV2Info, bundle.TypeValidateSAMLAssertion:
		return true
	}
	return false
}

// chosenGrant is the policy in which the proxy itself, rather than the client, sets the grant type; nil when none does.
func chosenGrant(at place) *flow.Policy {
	variable := at.site.Policy.OAuth.GrantType.Value
	if variable == "" {
		variable = "request.formparam.grant_type"
	}
	if from := at.trace.Origin(at.site, variable); from.Literal != nil {
		return from.By
	}
	return nil
}
