package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt502() *audit.Rule {
	return &audit.Rule{
		ID: "RT502", Name: "refresh-without-client-authentication",
		Severity: audit.Medium, Confidence: audit.HighConfidence,
		Summary: "A refresh operation leaves client authentication to the proxy, and nothing before it authenticates the client.",
		CWE:     []int{306},
		References: []audit.Reference{
			rfc6749("6", "refreshing an access token"), rfc9700("2.5", "client authentication"), thirdPartyOAuth(), owaspAuthentication(),
		},
		Standards: []audit.Standard{
			brokenAuthentication("the token endpoint serves clients that nobody authenticated"),
			pciSoftware("authentication of the client can be bypassed"),
		},
		Check: checkClientAuthentication,
	}
}

func checkClientAuthentication(p *audit.Pass) {
	for at, o := range tokenPolicies(p.Facts) {
		if !o.Refreshes() || !o.ExternalAuthorization.Value {
			continue
		}
		surely, maybe := authenticator(at)
		if surely {
			continue
		}
		d := at.diagnostic("ExternalAuthorization", o.ExternalAuthorization.Span)
		d.Message = fmt.Sprintf("%s refreshes without checking the client's id and secret (ExternalAuthorization true), and no policy before it authenticates the client.", at.name())
		d.Remediation = fmt.Sprintf("Authenticate the client before %q: VerifyAPIKey with a check of the secret, VerifyJWT for private_key_jwt, or no ExternalAuthorization.", at.reach.Policy.Name)
		if maybe != nil {
			lower(&d, audit.LowConfidence, "%s %q runs before and may do it.", maybe.Type, maybe.Name)
		} else if at.reach.Response && at.walk.CallsTarget() {
			lower(&d, audit.LowConfidence, "It runs on the target's response, and the target may have done it.")
		}
		if unknown := at.env.UnknownCallees(at.walk); len(unknown) > 0 {
			lower(&d, audit.LowConfidence, "What %s would do is unknown.", nounNames("shared flow", "shared flows", unknown))
		}
		p.Report(d)
	}
}

// authenticator looks for what authenticates the client before a place: surely, or a policy that may.
func authenticator(at place) (surely bool, maybe *audit.Policy) {
	bears := func(p *audit.Policy) bool { return p.Authentication != audit.NoAuthentication }
	for _, r := range at.walk.Earlier(at.reach, bears) {
		if r.Policy.Authentication == audit.Authenticates {
			return true, nil
		}
		maybe = r.Policy
	}
	return false, maybe
}
