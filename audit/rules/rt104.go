package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

func rt104() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.RefreshUnreachable, Name: "refresh-flow-unreachable",
		Severity: finding.High, Confidence: finding.HighConfidence,
		Summary:    "A refresh policy exists where refresh tokens are issued, but no request can ever reach it.",
		CWE:        []int{561, 613},
		References: []finding.Reference{issuingWithoutRefresh(), proxyConfiguration(), flowCallout()},
	}, Check: coreCheck(finding.RefreshUnreachable, sayUnreachable)}
}

func sayUnreachable(_ *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
	v := group[0]
	dead := v.Dead
	refresh := audit.Own{Name: fmt.Sprintf("Refresh policy %q of %s", dead.Policy.Name, dead.Policy.Program.Revision.Ref())}
	refresh.What = refresh.Name
	if dead.Policy.Program == v.Program {
		refresh.What = "the refresh policy"
	}
	d.Message = audit.Say("%s can never run: %s.", refresh, dead.Reason.Text)
	d.Message.Add("%s.", issues(group))
	d.Cause = dead.Cause()
	sayRemedy(group, d)
	if c := dead.Reason.Confidence; c != 0 {
		d.Confidence = c
	}
	d.Searched = ""
	end := dead.Policy.Hop()
	stopped := []finding.Hop{end, dead.Reason.At}
	if dead.Reason.At == end {
		stopped = stopped[:1]
	}
	if o := dead.Reason.Other; o != nil && !slices.Contains(stopped, *o) {
		stopped = append(stopped, *o)
	}
	stopped[0].Dead = true
	d.Related = append(stopped, d.Related...)
	if issuing := d.Policy; dead.Policy.Program == v.Program {
		d.Policy = dead.Policy
		d.Related = append(d.Related, issuing.Hop())
	} else if dead.Callout != nil && dead.Callout.Program == v.Program {
		d.Policy, d.Span, d.Element = dead.Callout, dead.Callout.CalloutSpan, "SharedFlowBundle"
		d.Related = append(d.Related, issuing.Hop())
	}
}
