package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt106() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: audit.RefreshInAnotherProxy, Name: "refresh-in-another-proxy",
		Severity: audit.Low, Confidence: audit.MediumConfidence,
		Inputs:     []audit.Input{audit.InputReach},
		Summary:    "Refresh tokens are issued by one proxy and refreshed only by another proxy of the same environment that something ties to it.",
		CWE:        []int{613},
		References: []audit.Reference{issuingWithoutRefresh(), oauthV2Policy()},
	}, Check: coreCheck(audit.RefreshInAnotherProxy, sayTied)}
}

func sayTied(group []*audit.Verdict, d *audit.Diagnostic) {
	could := candidatesOf(group, refreshers)
	tie := could[0].Tie
	d.Confidence = audit.MediumConfidence
	if tie.Kind == audit.TieProduct { // then clients are known to be able to call both
		d.Confidence = audit.HighConfidence
	}
	d.Message = fmt.Sprintf("%s; in the same environment only %s can refresh them, and %s.", issues(group), could, tie.Words)
	if len(could) > 1 {
		d.Message = fmt.Sprintf("%s; in the same environment only %s can refresh them. The strongest tie is with %q: %s.",
			issues(group), could, could[0].Walk.Unit.Revision.Name, tie.Words)
	}
	d.Remediation = fmt.Sprintf("Tell the clients of %s to refresh at %s: the token endpoint they know does not accept grant_type=refresh_token. Or add RefreshAccessToken next to %s.",
		issuingProxies(group, lacking), could.where(), where(group[0]))
	d.Searched, d.Related = "", append(d.Related, could.hops()...)
}
