package rules

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
)

func rt402() *audit.Rule {
	return &audit.Rule{
		ID: "RT402", Name: "refresh-token-logged",
		Severity: audit.High, Confidence: audit.HighConfidence,
		Summary:    "A refresh token reaches a log or analytics.",
		CWE:        []int{532},
		References: []audit.Reference{rfc6749("10.4", "refresh tokens"), owaspLogging()},
		Standards: []audit.Standard{
			brokenAuthentication("whoever reads the log has the user's identity"),
		},
		Check: checkLogged,
	}
}

// logs tells the policies that write to logs and analytics.
func logs(p *audit.Policy) bool {
	switch p.Type {
	case "MessageLogging", "StatisticsCollector", "DataCapture":
		return true
	}
	return false
}

func checkLogged(p *audit.Pass) {
	for at := range places(p.Facts) {
		if !logs(at.reach.Policy) {
			continue
		}
		for _, m := range at.reach.Policy.Mentions {
			d := at.diagnostic(m.Element, m.Span)
			d.Remediation = fmt.Sprintf("Leave %s out of %q; log facts about the token instead, such as client_id or refresh_token_expires_in.", m.Variable, at.reach.Policy.Name)
			if !strings.HasSuffix(m.Variable, ".content") {
				d.Message = fmt.Sprintf("%s writes a refresh token (%s) to %s.", at.name(), m.Variable, sink(at.reach.Policy))
				doubtCopy(&d, m)
				p.Report(d)
				continue
			}
			source := bodyWithToken(at, m.Variable)
			if source == nil {
				continue
			}
			d.Confidence = audit.MediumConfidence
			d.Message = fmt.Sprintf("%s writes whole bodies (%s) to %s, and those of %s %q hold refresh tokens.",
				at.name(), m.Variable, sink(at.reach.Policy), source.Type, source.Name)
			d.Remediation = fmt.Sprintf("Log single fields instead of %s in %q, or give its step a condition that leaves the token flow out.", m.Variable, at.reach.Policy.Name)
			d.Related = append(d.Related, source.Hop())
			p.Report(d)
		}
	}
}

// doubtCopy makes a diagnostic less sure where only a copy elsewhere in the bundle makes a variable hold the token.
func doubtCopy(d *audit.Diagnostic, m audit.Mention) {
	if !audit.HoldsRefreshToken(m.Variable) {
		lower(d, audit.MediumConfidence, "The bundle copies a refresh token to %s; it may hold something else here.", m.Variable)
	}
}

func sink(p *audit.Policy) string {
	if p.Type == "MessageLogging" {
		return "a log"
	}
	return "analytics"
}

// bodyWithToken finds the policy that makes the body of a message hold a refresh token where it is logged: one that
// takes the token from the request's form, or one whose response hands it out.
func bodyWithToken(at place, message string) *audit.Policy {
	request := message == "request.content" || message == "message.content" && !at.reach.Response
	if !request && !at.reach.OnSuccess() {
		return nil
	}
	for _, r := range at.walk.Reaches {
		if request {
			if takesFromForm(r.Policy.OAuth) && at.walk.Together(r, at.reach) {
				return r.Policy
			}
		} else if r.Order < at.reach.Order && handsOut(r) && at.walk.Together(r, at.reach) && !replacedBetween(at, r) {
			return r.Policy
		}
	}
	return nil
}

// takesFromForm tells refresh operations that find the token in the request's body.
func takesFromForm(o *audit.OAuthV2) bool {
	return o != nil && o.Refreshes() && (o.RefreshToken.Value == "" || strings.HasPrefix(o.RefreshToken.Value, "request.formparam."))
}

// handsOut tells policies that put a refresh token in the response: those that generate one, and messages that name one.
func handsOut(r *audit.Reach) bool {
	if o := r.Policy.OAuth; o != nil {
		return o.GenerateResponse && (r.Issues() || o.Refreshes())
	}
	return r.ReplacesResponse() && slices.ContainsFunc(r.Policy.Mentions, func(m audit.Mention) bool { return !strings.HasSuffix(m.Variable, ".content") })
}

// replacedBetween tells whether the response is surely another one by the time it is logged.
func replacedBetween(at place, from *audit.Reach) bool {
	later := at.walk.Later(from, func(p *audit.Policy) bool { return p.Answer != nil })
	r := replacement(place{at.env, at.walk, from}, later)
	return r != nil && r.Order < at.reach.Order && !handsOut(r)
}
