package rules

import (
	"fmt"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt502() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT502", Name: "refresh-without-client-authentication",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Summary: "A refresh operation leaves client authentication to the proxy, and nothing before it is certain to authenticate the client.",
		CWE:     []int{306},
		References: []finding.Reference{
			rfc6749("6", "refreshing an access token"), rfc9700("2.5", "client authentication"), thirdPartyOAuth(), owaspAuthentication(),
		},
		Standards: []finding.Standard{
			brokenAuthentication("the token endpoint serves clients that nobody authenticated"),
			pciSoftware("authentication of the client can be bypassed"),
		},
	}, Check: checkClientAuthentication}
}

func checkClientAuthentication(p *audit.Pass) {
	for at, o := range tokenPolicies(p.Facts) {
		if !o.Refreshes() || !o.ExternalAuthorization.Value {
			continue
		}
		found := at.trace.Authenticators(at.site)
		if found.Sure {
			continue
		}
		d := at.diagnostic("ExternalAuthorization", o.ExternalAuthorization.Span)
		d.Message = audit.Say("%s refreshes without checking the client's id and secret (ExternalAuthorization true), and no policy before it authenticates the client.", at.name())
		d.Remediation = fmt.Sprintf("Authenticate the client before %q: VerifyAPIKey with a check of the secret, VerifyJWT for private_key_jwt, or remove ExternalAuthorization.", at.site.Policy.Name)
		sayAuthenticators(at, found, &d)
		if unknown := at.env.UnknownCallees(at.trace); len(unknown) > 0 {
			lower(&d, finding.LowConfidence, "What %s would do is unknown.", text.NounNames("shared flow", unknown))
		}
		p.Report(d)
	}
}

// sayAuthenticators describes what comes closest to authenticating the client, and what that leaves open.
func sayAuthenticators(at place, a flow.Authenticating, d *audit.Diagnostic) {
	if r := a.Ignored; r != nil {
		d.Message = audit.Say("%s refreshes without checking the client's id and secret (ExternalAuthorization true), and %s %q before it authenticates nobody: the flow continues when it fails (continueOnError).",
			at.name(), r.Policy.Type, r.Policy.Name)
		d.Remediation = fmt.Sprintf("Set continueOnError of %q, and of any FlowCallout around it, to false, or raise a fault before %q when it fails.", r.Policy.Name, at.site.Policy.Name)
		d.Related = append(d.Related, r.Policy.Hop())
		if stop := stopsBetween(at, r); stop != nil {
			lower(d, finding.LowConfidence, "%s %q runs in between and may stop the requests that failed.", stop.Type, stop.Name)
		}
	}
	if r := a.Partly; r != nil {
		d.Related = append(d.Related, r.Policy.Hop())
		lower(d, finding.MediumConfidence, "%s %q authenticates only the requests that meet the condition of its step.", r.Policy.Type, r.Policy.Name)
	}
	switch {
	case a.Maybe != nil:
		lower(d, finding.LowConfidence, "%s %q runs first and may authenticate the client.", a.Maybe.Policy.Type, a.Maybe.Policy.Name)
	case at.site.Response && at.trace.CallsTarget():
		lower(d, finding.LowConfidence, "It runs on the target's response, and the target may have authenticated the client.")
	}
}

// stopsBetween is a RaiseFault between two places, nil when there is none.
func stopsBetween(at place, from *flow.Site) *flow.Policy {
	for _, r := range at.trace.Earlier(at.site, func(p *flow.Policy) bool { return p.Type == bundle.TypeRaiseFault }) {
		if r.Order > from.Order && r.FailureStops() {
			return r.Policy
		}
	}
	return nil
}
