package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
)

func rt501() *audit.Rule {
	return &audit.Rule{
		ID: "RT501", Name: "password-grant",
		Severity: audit.Medium, Confidence: audit.HighConfidence,
		Summary:    "Refresh tokens are issued through the password grant, which hands the user's password to the client.",
		CWE:        []int{522},
		References: []audit.Reference{rfc9700("2.4", "resource owner password credentials grant"), oauthV2Policy(), accessTokens()},
		Standards: []audit.Standard{
			brokenAuthentication("it asks for standard flows and for several factors, and this grant is withdrawn and allows one"),
		},
		Check: checkPasswordGrant,
	}
}

func checkPasswordGrant(p *audit.Pass) {
	for at := range places(p.Facts) {
		if !at.reach.Issues() || !slices.Contains(at.reach.Grants, audit.GrantPassword) {
			continue
		}
		o := at.reach.Policy.OAuth
		d := at.diagnostic("SupportedGrantTypes", o.GrantsSpan)
		if why := borrowed(at); why != "" {
			d.Severity, d.Confidence = audit.Low, audit.MediumConfidence
			d.Message = fmt.Sprintf("%s issues refresh tokens through the password grant, but seems only to borrow it for a grant that Apigee lacks: %s.", at.name(), why)
			d.Remediation = fmt.Sprintf("Check that what comes before %q authenticates both client and user, and that no client can send grant_type=password itself. Where no refresh token is wanted, borrow client_credentials instead.", at.reach.Policy.Name)
		} else {
			d.Message = fmt.Sprintf("%s issues refresh tokens through the password grant: clients see the user's password, and no second factor fits in.", at.name())
			d.Remediation = fmt.Sprintf("Move the clients of %q to authorization_code with PKCE; service accounts to client_credentials.", at.reach.Policy.Name)
		}
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// borrowed says why the password grant at a place does not take a user's password from the client, "" when it does.
func borrowed(at place) string {
	o := at.reach.Policy.OAuth
	chosen := chosenGrant(at)
	given := o.UserName.Value != "" || o.PassWord.Value != ""
	for _, credential := range []struct{ element, variable, usual string }{
		{"PassWord", o.PassWord.Value, "request.formparam.password"}, {"UserName", o.UserName.Value, "request.formparam.username"},
	} {
		variable := credential.variable
		if variable == "" {
			variable = credential.usual
		}
		switch from := at.walk.Origin(at.reach, variable); {
		case from.Literal != nil && from.By != nil:
			return fmt.Sprintf("%s %q sets %s to a constant", from.By.Type, from.By.Name, variable)
		case !from.FromClient():
			return fmt.Sprintf("its %s is %s, which nothing sets from the request", credential.element, variable)
		case chosen != nil && from.Exact && from.By.Type == "AssignMessage":
			return fmt.Sprintf("%s %q sets the grant type to password and makes up %s", chosen.Type, chosen.Name, variable)
		}
	}
	switch {
	case given: // the client's own credentials, whatever else is set
	case o.ExternalAuthorization.Value || o.ExternalAccessToken.Value != "":
		return "it names no credentials and stores a token of another system"
	case chosen != nil:
		return fmt.Sprintf("%s %q sets the grant type to password", chosen.Type, chosen.Name)
	}
	return ""
}

// chosenGrant is the policy by which the proxy itself, not the client, says which grant it is; nil when none does.
func chosenGrant(at place) *audit.Policy {
	variable := at.reach.Policy.OAuth.GrantType.Value
	if variable == "" {
		variable = "request.formparam.grant_type"
	}
	if from := at.walk.Origin(at.reach, variable); from.Literal != nil {
		return from.By
	}
	return nil
}
