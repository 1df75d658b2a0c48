package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

func rt402() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT402", Name: "refresh-token-logged",
		Severity: finding.High, Confidence: finding.HighConfidence,
		Summary:    "A refresh token reaches a log, analytics or traces.",
		CWE:        []int{532},
		References: []finding.Reference{rfc6749("10.4", "refresh tokens"), owaspLogging()},
		Standards: []finding.Standard{
			brokenAuthentication("whoever reads the log has the user's identity"),
		},
	}, Check: checkLogged}
}

// logged names what a policy writes to; "" for policies that record nothing.
func logged(p *flow.Policy) string {
	switch p.Sink() {
	case flow.LogSink:
		return "a log"
	case flow.AnalyticsSink:
		return "analytics"
	case flow.TraceSink:
		return "distributed traces"
	}
	return ""
}

func checkLogged(p *audit.Pass) {
	follow := followers{}
	for at := range places(p.Facts) {
		sink := logged(at.site.Policy)
		if sink == "" {
			continue
		}
		for _, m := range at.site.Policy.Outputs {
			l, found := follow.leak(at, m)
			if !found {
				continue
			}
			d := at.diagnostic(m.Element, m.Span)
			d.Message = audit.Say("%s writes %s to %s%s.", at.name(), l.what, sink, l.whose())
			d.Remediation = fmt.Sprintf("Leave %s out of %q; log facts about the token instead, such as client_id or refresh_token_expires_in, or its hash.", m.Variable, at.site.Policy.Name)
			if !l.Token {
				d.Remediation = fmt.Sprintf("Log single fields instead of %s in %q, or give its step a condition that excludes the token flow.", m.Variable, at.site.Policy.Name)
			}
			l.say(&d, m)
			p.Report(d)
		}
	}
}
