package reporttest

import (
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Changed is an organization as it would be with a change deployed that does something of everything.
func Changed() *report.Document {
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	org := apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}}
	known, mended, lost := NeverRefreshed(), NeverRefreshed(), NeverRefreshed()
	known.Name, known.Fingerprint = "shop", "cccccccccccccccc"
	mended.Fingerprint, mended.RuleID, mended.RuleName = "dddddddddddddddd", "RT104", "refresh-flow-unreachable"
	lost.Source = "gateway/login"
	lost.Deployments = []finding.Deployed{{Environment: "dev", Source: lost.Source}, {Environment: "prod", Source: lost.Source}, {Environment: "test", Revision: "9"}}
	for i := range lost.Fixes {
		lost.Fixes[i].Revision, lost.Fixes[i].Sources = "", []string{lost.Source}
	}
	for i := range lost.Path {
		lost.Path[i].Source = lost.Source
	}
	result := func(findings ...finding.Finding) *finding.Result {
		return &finding.Result{
			Organization: org, StartedAt: start, FinishedAt: start.Add(time.Minute), Deployments: 4, Revisions: 3, Audited: 3, Findings: findings,
			Inventory: []finding.Evidence{
				{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Sources: []string{"gateway/login"}, SHA256: strings.Repeat("a", 64), Grants: []string{"password"}},
				{Organization: "acme", Environment: "test", Kind: apigee.KindProxy, Name: "login", Revision: "9", SHA256: strings.Repeat("b", 64), Grants: []string{"password"}},
			},
		}
	}
	way := []finding.Refreshed{{Environment: "prod", Ref: apigee.Ref{Kind: apigee.KindProxy, Name: "login"}, Path: []finding.Hop{{
		What: finding.HopFlow, Named: "refresh", Label: `flow "refresh"`, Kind: apigee.KindProxy, Name: "session", Place: at("apiproxy/proxies/default.xml", 4, 5, 9, 12),
	}}}}
	d := report.New(Tool(), []*finding.Result{result(known, lost)})
	d.CompareChange(report.State{Document: report.New(Tool(), []*finding.Result{result(known, mended)}), Refreshes: way}, nil, report.Change{
		With: []report.ChangedBundle{
			{Path: "gateway/login", Kind: apigee.KindProxy, Name: "login", Environments: []string{"dev", "prod"}, Replaces: []string{"7"}, NewIn: []string{"dev"}},
			{Path: "../flows/check", Kind: apigee.KindSharedFlow, Name: "verify", Environments: []string{"test"}, NewIn: []string{"test"}},
		},
		Without: []report.Undeployed{{Kind: apigee.KindProxy, Name: "session", Environment: "prod", Revisions: []string{"4"}}},
		Hooks: []report.ChangedHook{
			{Environment: "prod", Point: apigee.PreProxyFlowHook, SharedFlow: "verify", Instead: "old"},
			{Environment: "test", Point: apigee.PostProxyFlowHook, Instead: "log"},
		},
	})
	return d
}
