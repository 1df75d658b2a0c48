package reporttest

import (
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Spells are names that try to be something else where pictures are written: the end of a label or a comment, an arrow, a directive, a
// click, a style, an entity, markup, a script.
func Spells() []string {
	return []string{
		`a"]-->b`, `"}} --> c{{"`, "x\n  click n1_1 href \"https://evil.example\" _blank", `%%{init: {"securityLevel": "loose"}}%%`,
		"<img src=x onerror=alert(1)>", `<script>alert(1)</script>`, `end`, `subgraph x`, `#quot;#35;&lt;&#60;`, "`**bold**`", `\N \G \l \"`, `"; } digraph evil { a -> b`,
		`style n1_1 fill:#f00;`, `n1_1:::dead`, `javascript:alert(1)`, "$$x^2$$", "fa:fa-ban", `@{ shape: circle }`, "// comment", "/* */ <B>x</B>", "日本語の名前", Hostile,
	}
}

// Pictured is an organization with every relation and every spell as the name of a proxy, in two environments that look the same and
// one that does not.
func Pictured() *report.Document {
	result := &finding.Result{
		Organization: apigee.Organization{Name: `acme "]`, Platform: apigee.PlatformX, Environments: []string{"prod", "prod-eu", `te"st`}},
		StartedAt:    time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC), FinishedAt: time.Date(2026, 11, 20, 6, 31, 0, 0, time.UTC),
		Deployments: 30, Revisions: 30, Audited: 30, Edges: []finding.Edge{},
	}
	proxy := func(name string) finding.Endpoint { return finding.Endpoint{Kind: apigee.KindProxy, Name: name} }
	issue, hub := finding.Endpoint{Kind: apigee.KindSharedFlow, Name: "issue"}, proxy("issue")
	never := NeverRefreshed()
	never.Organization, never.Name, never.Deployments = result.Organization.Name, "bank", nil
	tied := InAnotherProxy()
	tied.Organization, tied.Name, tied.Deployments, tied.Status = result.Organization.Name, "issue", nil, finding.StatusNew
	accepted := NeverRefreshed()
	accepted.Organization, accepted.Name, accepted.Deployments, accepted.RuleID, accepted.Status, accepted.Fingerprint = result.Organization.Name, "till", nil, "RT104", finding.StatusSuppressed, "eeeeeeeeeeeeeeee"
	accepted.Suppression = &finding.Suppression{Reason: "agreed", Source: finding.FromConfiguration}
	for _, env := range result.Organization.Environments {
		edge := func(from finding.Endpoint, r finding.Relation, to *finding.Endpoint, change func(*finding.Edge)) {
			e := finding.Edge{Organization: result.Organization.Name, Environment: env, From: from, To: to, Relation: r}
			if change != nil {
				change(&e)
			}
			result.Edges = append(result.Edges, e)
		}
		rule := func(id string) func(*finding.Edge) { return func(e *finding.Edge) { e.RuleID = id } }
		at := finding.Deployed{Environment: env, Revision: "1"}
		never.Deployments, tied.Deployments, accepted.Deployments = append(never.Deployments, at), append(tied.Deployments, at), append(accepted.Deployments, at)
		spells := Spells()
		if env == `te"st` {
			spells = spells[:3]
		}
		for _, name := range spells {
			edge(proxy(name), finding.RelationIssues, &issue, func(e *finding.Edge) {
				e.RuleID, e.Through = "RT106", []finding.Via{{Kind: finding.ViaFlowHook, Name: apigee.PreProxyFlowHook}, {Kind: finding.ViaSharedFlow, Name: name}}
			})
		}
		edge(hub, finding.RelationRefreshes, &hub, nil)
		edge(hub, finding.RelationReads, &hub, nil)
		edge(issue, finding.RelationRefreshedBy, &hub, func(e *finding.Edge) {
			e.RuleID, e.Others, e.Tie = "RT106", 3, &finding.Tie{Kind: finding.TieURL, Words: `policy "]-->x" names its path /%%{y}`}
		})
		bank, till, dead := proxy("bank"), proxy("till"), proxy("till")
		dead.Policy = `Refresh "]`
		edge(bank, finding.RelationIssues, &bank, rule("RT101"))
		edge(bank, finding.RelationNeverRefreshed, nil, rule("RT101"))
		edge(bank, finding.RelationBarred, &hub, nil)
		edge(bank, finding.RelationRevokedBy, &hub, nil)
		edge(till, finding.RelationImports, &till, rule("RT104"))
		edge(till, finding.RelationCannotRefresh, &dead, func(e *finding.Edge) { e.RuleID, e.Cause = "RT104", finding.CauseDisabled })
		elsewhere := hub
		elsewhere.Environment = "other"
		edge(proxy("drift"), finding.RelationRefreshedBy, &elsewhere, nil)
		edge(proxy("front"), finding.RelationRefreshes, &hub, func(e *finding.Edge) { e.Through = []finding.Via{{Kind: finding.ViaProxy, Name: "middle"}} })
		result.Inventory = append(result.Inventory, finding.Evidence{Organization: result.Organization.Name, Environment: env, Kind: apigee.KindProxy, Name: "bank", Revision: "1", Grants: []string{"password"}})
	}
	result.Findings = []finding.Finding{never, tied, accepted}
	return report.New(Tool(), []*finding.Result{result})
}
