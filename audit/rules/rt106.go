package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
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

func sayTied(group []*audit.Verdict, d *audit.Diagnostic) {
	could := candidatesOf(group, refreshers)
	tie := could[0].Tie
	d.Confidence = finding.MediumConfidence
	if tie.Kind == records.TieProduct { // then clients are known to be able to call both
		d.Confidence = finding.HighConfidence
	}
	d.Message = fmt.Sprintf("%s; in the same environment only %s can refresh them, and %s.", issues(group), could, tie.Words)
	if len(could) > 1 {
		d.Message = fmt.Sprintf("%s; in the same environment only %s can refresh them. The strongest tie is with %q: %s.",
			issues(group), could, could[0].Trace.Program.Revision.Name, tie.Words)
	}
	d.Remediation = fmt.Sprintf("Tell the clients of %s to refresh at %s: the token endpoint they know does not accept grant_type=refresh_token. Or add RefreshAccessToken next to %s.",
		issuingProxies(group, lacking), could.where(), where(group[0]))
	d.Searched, d.Related = "", append(d.Related, could.hops()...)
}
