package rules

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt105() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT105", Name: "refresh-token-not-delivered",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Summary:    "A refresh token is issued and stored, and no response carries it to the client.",
		CWE:        []int{772},
		References: []finding.Reference{issuingWithoutRefresh(), oauthV2Policy(), accessTokens()},
		Standards: []finding.Standard{
			misconfiguration("a feature is enabled that nothing uses: tokens are stored that no client can obtain"),
		},
	}, Check: checkDelivered}
}

func checkDelivered(p *audit.Pass) {
	for at := range places(p.Facts) {
		if !at.site.Issues() {
			continue
		}
		later := at.trace.Later(at.site, bearsOnDelivery)
		if slices.ContainsFunc(later, func(r *flow.Site) bool { return carries(at, r.Policy) }) {
			continue
		}
		d := at.diagnostic("", at.site.Policy.Span)
		o := at.site.Policy.OAuth
		what := "issues and stores a refresh token"
		if o.Imports() {
			what = "stores the refresh token from another system"
		}
		switch replacing := replacement(at, later); {
		case o.Imports() && clientHasIt(at):
			continue
		case o.GenerateResponse && replacing == nil:
			continue
		case o.GenerateResponse:
			d.Message = audit.Say("%s %s, and %s %q then replaces the response with one that leaves it out.",
				at.name(), what, replacing.Policy.Type, replacing.Policy.Name)
			d.Related = append(d.Related, replacing.Policy.Hop())
			if !replacing.Policy.Answer.Recites {
				lower(&d, finding.MediumConfidence, "The new response is built from variables; check that none of them holds the token.")
			}
		case at.trace.Presumed: // a called shared flow leaves the response to its callers, which are not known
			continue
		default:
			d.Message = audit.Say("%s %s without generating a response, and no later policy reads %s, so no client ever gets it.",
				at.name(), what, audit.Own{Name: "oauthv2accesstoken." + at.site.Policy.Name + ".refresh_token", What: "the variable that holds it"})
		}
		d.Remediation = fmt.Sprintf("If clients should refresh, put the refresh token of %q into the response and offer a refresh flow; if not, "+
			"use client_credentials, which comes without one, or set a short RefreshTokenExpiresIn.", at.site.Policy.Name)
		doubtDelivery(at, later, &d)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// bearsOnDelivery reports whether a policy may deliver a token to the client or keep it from the client.
func bearsOnDelivery(p *flow.Policy) bool { return len(p.Mentions) > 0 || p.Answer != nil || p.Opaque }

// carries reports whether a policy brings the refresh token of a place towards the client, or keeps it for later. Copies
// to a variable are followed by name; what is logged or published reaches no client.
func carries(at place, p *flow.Policy) bool {
	if logged(p) != "" || p.Sink() == flow.TopicSink {
		return false
	}
	return slices.ContainsFunc(p.Mentions, func(m flow.Mention) bool {
		if strings.HasPrefix(m.Element, "AssignVariable") && !p.CopiesInto("response.") && !p.CopiesInto("message.") {
			return false
		}
		switch v := m.Variable; {
		case m.Body != "": // only a response that holds the token
			return at.site.Policy.OAuth.GenerateResponse && m.Body != "request.content"
		case strings.HasPrefix(v, "request."):
			return at.site.Policy.OAuth.Imports()
		default:
			return !ofAnother(at.site.Policy, v)
		}
	})
}

// ofAnother reports whether another token policy of the bundle fills a variable. Policy names may contain dots.
func ofAnother(p *flow.Policy, variable string) bool {
	rest, ok := strings.CutPrefix(variable, "oauthv2accesstoken.")
	if !ok {
		return false
	}
	name := strings.TrimSuffix(rest, ".refresh_token")
	other := p.Program.Policy(name)
	return name != p.Name && other != nil && other.OAuth != nil
}

// replacement is the first policy that is certain to overwrite the generated response, nil when none does.
func replacement(at place, later []*flow.Site) *flow.Site {
	for _, r := range later {
		if r.ReplacesResponse() && at.trace.Certain(at.site, r) {
			return r
		}
	}
	return nil
}

// clientHasIt reports whether an imported token came from the client itself, or gets to it in the target's response.
func clientHasIt(at place) bool {
	token := at.site.Policy.OAuth.ExternalRefreshToken.Value
	from := at.trace.Origin(at.site, token)
	return at.site.Response && at.trace.CallsTarget() || from.By == nil && strings.HasPrefix(from.Variable, "request.")
}

// doubtDelivery names what could deliver the token without the audit seeing it.
func doubtDelivery(at place, later []*flow.Site, d *audit.Diagnostic) {
	if at.site.Policy.OAuth.Imports() {
		lower(d, finding.LowConfidence, "The client may have received it from the system that issued it.")
	}
	var code []string
	for _, r := range later {
		if r.Policy.Opaque && !slices.Contains(code, r.Policy.Name) {
			code = append(code, r.Policy.Name)
		}
	}
	if len(code) > 0 {
		lower(d, finding.LowConfidence, "Check %s: code that runs later could read the token in a way that the audit cannot see.", text.NounNames("policy", code))
	}
	if unknown := at.env.UnknownCallees(at.trace); len(unknown) > 0 {
		lower(d, finding.LowConfidence, "What %s would do is unknown.", text.NounNames("shared flow", unknown))
	}
}
