package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt402() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: "RT402", Name: "refresh-token-logged",
		Severity: audit.High, Confidence: audit.HighConfidence,
		Summary:    "A refresh token reaches a log, analytics or traces.",
		CWE:        []int{532},
		References: []audit.Reference{rfc6749("10.4", "refresh tokens"), owaspLogging()},
		Standards: []audit.Standard{
			brokenAuthentication("whoever reads the log has the user's identity"),
		},
	}, Check: checkLogged}
}

// logged names what a policy writes to; "" for policies that record nothing.
func logged(p *audit.Policy) string {
	switch p.Sink() {
	case audit.Log:
		return "a log"
	case audit.Analytics:
		return "analytics"
	case audit.Trace:
		return "distributed traces"
	}
	return ""
}

func checkLogged(p *audit.Pass) {
	follow := followers{}
	for at := range places(p.Facts) {
		sink := logged(at.reach.Policy)
		if sink == "" {
			continue
		}
		for _, m := range at.reach.Policy.Outputs {
			l, found := follow.leak(at, m)
			if !found {
				continue
			}
			d := at.diagnostic(m.Element, m.Span)
			d.Message = fmt.Sprintf("%s writes %s to %s%s.", at.name(), l.what, sink, l.whose())
			d.Remediation = fmt.Sprintf("Leave %s out of %q; log facts about the token instead, such as client_id or refresh_token_expires_in, or its hash.", m.Variable, at.reach.Policy.Name)
			if !l.Token {
				d.Remediation = fmt.Sprintf("Log single fields instead of %s in %q, or give its step a condition that excludes the token flow.", m.Variable, at.reach.Policy.Name)
			}
			l.say(&d, m)
			p.Report(d)
		}
	}
}
