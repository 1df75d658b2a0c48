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
		found := authenticators(at)
		if found.sure {
			continue
		}
		d := at.diagnostic("ExternalAuthorization", o.ExternalAuthorization.Span)
		d.Message = audit.Say("%s refreshes without checking the client's id and secret (ExternalAuthorization true), and no policy before it authenticates the client.", at.name())
		d.Remediation = fmt.Sprintf("Authenticate the client before %q: VerifyAPIKey with a check of the secret, VerifyJWT for private_key_jwt, or remove ExternalAuthorization.", at.site.Policy.Name)
		found.say(at, &d)
		if unknown := at.env.UnknownCallees(at.trace); len(unknown) > 0 {
			lower(&d, finding.LowConfidence, "What %s would do is unknown.", text.NounNames("shared flow", unknown))
		}
		p.Report(d)
	}
}

// authenticating is what is known of the client before a place.
type authenticating struct {
	sure bool // every request that gets there is authenticated
	// The last policies that authenticate but let the flow continue when they fail, that authenticate only some of the requests,
	// and that may authenticate without the audit seeing it; each nil for none.
	ignored, partly, maybe *flow.Site
}

// authenticators looks for what authenticates the client before a place.
func authenticators(at place) authenticating {
	var out authenticating
	bears := func(p *flow.Policy) bool { return p.Authentication != flow.NoAuthentication }
	for _, r := range at.trace.Earlier(at.site, bears) {
		switch {
		case r.Policy.Authentication == flow.MayAuthenticate:
			out.maybe = r
		case !r.FailureStops():
			out.ignored = r
		case !at.trace.Certain(at.site, r):
			out.partly = r
		default:
			out.sure = true
		}
	}
	return out
}

// say describes what comes closest to authenticating the client, and what that leaves open.
func (a authenticating) say(at place, d *audit.Diagnostic) {
	if r := a.ignored; r != nil {
		d.Message = audit.Say("%s refreshes without checking the client's id and secret (ExternalAuthorization true), and %s %q before it authenticates nobody: the flow continues when it fails (continueOnError).",
			at.name(), r.Policy.Type, r.Policy.Name)
		d.Remediation = fmt.Sprintf("Set continueOnError of %q, and of any FlowCallout around it, to false, or raise a fault before %q when it fails.", r.Policy.Name, at.site.Policy.Name)
		d.Related = append(d.Related, r.Policy.Hop())
		if stop := stopsBetween(at, r); stop != nil {
			lower(d, finding.LowConfidence, "%s %q runs in between and may stop the requests that failed.", stop.Type, stop.Name)
		}
	}
	if r := a.partly; r != nil {
		d.Related = append(d.Related, r.Policy.Hop())
		lower(d, finding.MediumConfidence, "%s %q authenticates only the requests that meet the condition of its step.", r.Policy.Type, r.Policy.Name)
	}
	switch {
	case a.maybe != nil:
		lower(d, finding.LowConfidence, "%s %q runs first and may authenticate the client.", a.maybe.Policy.Type, a.maybe.Policy.Name)
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
