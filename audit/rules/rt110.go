package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt110() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.RefreshUnrelated, Name: "refresh-only-in-unrelated-proxy", PartedFrom: finding.RefreshInAnotherProxy,
		Severity: finding.Medium, Confidence: finding.MediumConfidence,
		Inputs:     []finding.Input{finding.InputReach},
		Summary:    "Refresh tokens are issued by one proxy, and nothing ties it to any of the proxies of the same environment that refresh.",
		CWE:        []int{613},
		References: []finding.Reference{issuingWithoutRefresh(), oauthV2Policy(), rfc6749("6", "refreshing an access token")},
	}, Check: coreCheck(finding.RefreshUnrelated, sayUntied)}
}

func sayUntied(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
	could := candidatesOf(p, group, refreshers)
	them, each := "it", "it issues"
	if len(could.list) > 1 {
		them, each = "any of them", "each issues"
	}
	shared := "no common base path or API product, no call, no URL"
	if p.Records == nil || p.Records.Products == nil {
		shared = "no common base path, no call, no URL (API products were not read)"
	}
	d.Confidence = finding.MediumConfidence
	d.Message = audit.Say("%s; in the same environment only %s can refresh them. Nothing ties %s to %s: %s, and %s tokens of its own.",
		issues(group), could, them, issuingProxies(group, func(v *audit.Verdict) []*flow.Trace { return v.Untied }), shared, each)
	d.Remediation = fmt.Sprintf("%s. If the clients are to refresh at %s%s, tell them so, and let one API product open both proxies.",
		text.Capital(addRefresh(d, lackingIssue(group[0]), p.Settings)), could.where(), could.request())
	d.Searched, d.Related = "", append(d.Related, could.hops()...)
}
