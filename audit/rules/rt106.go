package rules

import (
	"fmt"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

func rt106() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.RefreshInAnotherProxy, Name: "refresh-in-another-proxy",
		Severity: finding.Low, Confidence: finding.MediumConfidence,
		Inputs:     []finding.Input{finding.InputReach},
		Summary:    "Refresh tokens are issued by one proxy and refreshed only by another proxy of the same environment that something ties to it.",
		CWE:        []int{613},
		References: []finding.Reference{issuingWithoutRefresh(), oauthV2Policy()},
	}, Check: coreCheck(finding.RefreshInAnotherProxy, sayTied)}
}

func sayTied(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
	could := candidatesOf(p, group, refreshers)
	tie := could.best().Tie
	d.Confidence = finding.MediumConfidence
	if tie.Kind == finding.TieProduct { // then clients are known to be able to call both
		d.Confidence = finding.HighConfidence
	}
	d.Message = audit.Say("%s; in the same environment only %s can refresh them, and %s.", issues(group), could, tie.Words)
	if len(could.list) > 1 {
		d.Message = audit.Say("%s; in the same environment only %s can refresh them. The strongest tie is with %q: %s.",
			issues(group), could, could.best().Trace.Program.Revision.Name, tie.Words)
	}
	d.Remediation = fmt.Sprintf("Tell the clients of %s to refresh at %s%s; where they get their tokens, they cannot. Or %s.",
		issuingProxies(group, lacking), could.where(), could.request(), addRefresh(d, lackingIssue(group[0]), p.Settings))
	if tie.Kind != finding.TieProduct {
		d.Remediation = strings.Replace(d.Remediation, " Or ", " Let one API product open both. Or ", 1)
	}
	d.Searched, d.Related = "", append(d.Related, could.hops()...)
}
