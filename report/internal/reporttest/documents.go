// Package reporttest has documents for the tests of package report and of the writers, and what is checked of all of them.
package reporttest

import (
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Hostile is a name that tries everything at once: a window title, colours, a line break, a workflow command, bidi
// controls, an invisible character, a C1 control, broken UTF-8 and a Markdown link.
const Hostile = "evil\x1b]0;owned\x07\x1b[31m\n::error::x\u202egnp\u200b\u009b2J\xff[click](https://evil.example)<b>../../x"

// Tool is the program that made the documents.
func Tool() report.Tool { return report.Tool{Name: "apigee-audit", Version: "1.2.3"} }

// Rules are three rules: one with everything that rules can have, one with less, one that found nothing.
func Rules() []*finding.Rule {
	return []*finding.Rule{
		{
			ID: "RT101", Name: "refresh-token-never-refreshed", Severity: finding.High, Confidence: finding.HighConfidence,
			Summary: "Refresh tokens are issued, and nothing in the organization refreshes them.",
			CWE:     []int{613, 1059},
			Standards: []finding.Standard{
				weakness("CWE-613", "Insufficient Session Expiration"), weakness("CWE-1059", "Insufficient Technical Documentation"),
				{
					Catalogue: finding.Catalogue{Name: "OWASP API Security Top 10", Version: "2023", Organization: "OWASP", URL: "https://owasp.org/API-Security/"},
					ID:        "API8:2023", Title: "Security Misconfiguration", URL: "https://owasp.org/API-Security/8/", Why: "a feature is enabled that nothing uses",
				},
			},
			References: []finding.Reference{{
				Title: "Apigee antipattern: issue refresh tokens without a refresh flow",
				URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens",
			}},
			Page: "# RT101 refresh-token-never-refreshed\n\n## What\n\nA policy issues `refresh` tokens and [nothing](https://example.com/x) uses them.\n" +
				"They pile up.\n\n## Bad\n\n```xml\n<OAuthV2 name=\"Issue\">\n  <Operation>GenerateAccessToken</Operation>\n</OAuthV2>\n```\n",
		},
		{
			ID: "RT106", Name: "refresh-in-another-proxy", Severity: finding.Low, Confidence: finding.MediumConfidence,
			Summary: "Refresh tokens are issued here and refreshed only by another proxy.", CWE: []int{1059},
			Standards: []finding.Standard{weakness("CWE-1059", "Insufficient Technical Documentation")},
		},
		{
			ID: "RT104", Name: "refresh-flow-unreachable", Severity: finding.High, Confidence: finding.HighConfidence,
			Summary: "A refresh policy exists where tokens are issued but can never run.", CWE: []int{561},
		},
	}
}

func weakness(id, title string) finding.Standard {
	return finding.Standard{
		Catalogue: finding.Catalogue{Name: "CWE", Organization: "MITRE", URL: "https://cwe.mitre.org/"},
		ID:        id, Title: title, URL: "https://cwe.mitre.org/data/definitions/" + id[len("CWE-"):] + ".html",
	}
}

func at(file string, line, column, endLine, endColumn int) finding.Place {
	return finding.Place{File: file, Line: line, Column: column, EndLine: endLine, EndColumn: endColumn}
}

// NeverRefreshed is a new finding in a proxy, with a path through a shared flow.
func NeverRefreshed() finding.Finding {
	policy := at("apiproxy/policies/GenerateToken.xml", 2, 1, 14, 11)
	return finding.Finding{
		RuleID: "RT101", RuleName: "refresh-token-never-refreshed", Severity: finding.High, Confidence: finding.HighConfidence,
		Message:     `Policy "GenerateToken" issues refresh tokens for the password grant, and no refresh operation is reachable anywhere in the organization.`,
		Gist:        "The policy issues refresh tokens for the password grant, and no refresh operation is reachable anywhere in the organization.",
		Remediation: `Add a flow for grant_type=refresh_token beside the flow "token" of proxy endpoint "default", with an OAuthV2 policy whose Operation is RefreshAccessToken.`,
		Snippets: []finding.Snippet{
			{
				XML:   "<OAuthV2 name=\"RefreshAccessToken\">\n  <Operation>RefreshAccessToken</Operation>\n</OAuthV2>",
				Where: "a new file", Kind: apigee.KindProxy, Name: "login", File: "apiproxy/policies/RefreshAccessToken.xml",
			},
			{
				XML:   "<Step>\n  <Name>RefreshAccessToken</Name>\n  <Condition>request.formparam.grant_type = \"refresh_token\" &amp;&amp; request.verb = \"POST\"</Condition>\n</Step>",
				Where: `after step "CallIssue"`, Kind: apigee.KindSharedFlow, Name: "issue", File: "sharedflowbundle/sharedflows/default.xml", Line: 3,
			},
		},
		Organization: "acme", Kind: apigee.KindProxy, Name: "login", Policy: "GenerateToken", Place: policy,
		Deployments: []finding.Deployed{
			{Environment: "test", Revision: "12"}, {Environment: "prod", Revision: "12"}, {Environment: "dev", Revision: "9"},
		},
		Path: []finding.Hop{
			{What: finding.HopProxyEndpoint, Named: "default", Detail: "at /oauth", Label: `proxy endpoint "default" at /oauth`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/proxies/default.xml", 2, 1, 40, 17)},
			{What: finding.HopFlow, Named: "token", Condition: `proxy.pathsuffix MatchesPath "/token"`, Label: `flow "token" when proxy.pathsuffix MatchesPath "/token"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/proxies/default.xml", 11, 5, 18, 12)},
			{What: finding.HopSharedFlow, Named: "issue", Label: `shared flow "issue"`, Kind: apigee.KindSharedFlow, Name: "issue", Place: at("sharedflowbundle/sharedflows/default.xml", 3, 3, 5, 10)},
			{What: "policy", Named: "GenerateToken", Label: `policy "GenerateToken"`, Kind: apigee.KindProxy, Name: "login", Place: policy},
		},
		Related: []finding.Hop{
			{What: "policy", Named: "GenerateToken[2]", Label: `policy "GenerateToken[2]"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/policies/GenerateToken2.xml", 2, 1, 9, 11)},
			{What: "policy", Named: "Mobile", Label: `policy "Mobile"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/policies/Mobile.xml", 2, 1, 9, 11)},
		},
		Fixes:       []finding.Fix{refreshes(), stopsIssuing()},
		Searched:    "no refresh operation in 57 revisions of 3 environments",
		Fingerprint: "a1b2c3d4e5f60718", Anchor: "OAuthV2[GenerateToken]/Operation", Status: finding.StatusNew,
	}
}

// InAnotherProxy is a finding in a shared flow that is known from a baseline, with long and non-ASCII names.
func InAnotherProxy() finding.Finding {
	return finding.Finding{
		RuleID: "RT106", RuleName: "refresh-in-another-proxy", Severity: finding.Low, Confidence: finding.MediumConfidence,
		Message:      "Tokens issued here are refreshed only by proxy session of the same environment",
		Remediation:  "Move the refresh flow of proxy session here, or say why it is elsewhere.",
		Organization: "acme", Kind: apigee.KindSharedFlow, Name: "issue-tokens-for-every-mobile-application", Policy: "Ausgäbe-Tökén", Place: at("sharedflowbundle/policies/Ausgäbe-Tökén.xml", 3, 7, 3, 20),
		Deployments: []finding.Deployed{{Environment: "prod", Revision: "3"}},
		NoFix:       "No edit of a bundle mends this.",
		Fingerprint: "a1ffffffffffffff", Anchor: "OAuthV2[Ausgäbe-Tökén]", Status: finding.StatusKnown,
	}
}

// SuppressedFinding is a finding that was accepted, in a report of a version that did not say why.
func SuppressedFinding() finding.Finding {
	f := InAnotherProxy()
	f.Name, f.Fingerprint, f.Status, f.NoFix = "accepted", "00ffffffffffffff", finding.StatusSuppressed, ""
	return f
}

func hostileFinding() finding.Finding {
	return finding.Finding{
		RuleID: "RT999", RuleName: "from-a-newer-version", Severity: finding.Medium, Confidence: finding.LowConfidence,
		Message: "Policy " + Hostile + " is odd.", Remediation: "Rename " + Hostile + ".",
		Snippets:     []finding.Snippet{{XML: finding.Lines("<Name>\n" + Hostile + "\n```</Name>"), Where: "in " + Hostile, Kind: apigee.KindProxy, Name: Hostile, File: "apiproxy/policies/" + Hostile + ".xml", Line: 1}},
		Organization: "beta", Kind: apigee.KindProxy, Name: Hostile, Policy: Hostile, Place: finding.Place{File: "apiproxy/policies/" + Hostile + ".xml"},
		Deployments: []finding.Deployed{{Environment: Hostile, Revision: "1", Partly: "is in state " + Hostile}},
		Path:        []finding.Hop{{What: finding.HopFlow, Named: Hostile, Label: "flow " + Hostile, Kind: apigee.KindProxy, Name: Hostile, Place: at("apiproxy/proxies/"+Hostile+".xml", 4, 1, 4, 1)}},
		Related:     []finding.Hop{{What: "policy", Named: Hostile, Label: "policy " + Hostile, Kind: apigee.KindProxy, Name: Hostile, Place: at("apiproxy/policies/"+Hostile+".xml", 1, 1, 1, 9)}},
		Fixes: []finding.Fix{{
			Description: "Rename " + Hostile + ".", Kind: apigee.KindProxy, Name: Hostile, Revision: "1",
			Edits: []finding.Edit{{Place: at("apiproxy/proxies/"+Hostile+".xml", 4, 1, 4, 1), Text: Hostile}},
			Diff:  finding.Lines("--- a/" + Hostile + "\n+++ b/" + Hostile + "\n@@ -4,1 +4,2 @@\n " + Hostile + "\n+```" + Hostile + "\n"),
		}},
		Searched: "nothing in " + Hostile, Fingerprint: "bbbbbbbbbbbbbbbb", Anchor: "OAuthV2[" + Hostile + "]",
	}
}

// Rich is two organizations with everything in them, given in the wrong order.
func Rich() *report.Document {
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	beta := &finding.Result{
		Organization: apigee.Organization{Name: "beta", Platform: apigee.PlatformEdge, Environments: []string{"prod"}},
		StartedAt:    start.Add(time.Minute), FinishedAt: start.Add(2 * time.Minute), Deployments: 1, Revisions: 1, Audited: 1,
		Findings: []finding.Finding{hostileFinding()},
		Notices: []apigee.Problem{{
			Organization: "beta", Environment: "prod", Kind: apigee.KindProxy, Name: Hostile, Revision: "1", File: "apiproxy/proxies/default.xml", Line: 7, Column: 3,
			Operation: "read condition", Error: "the parentheses are not balanced",
		}},
		Inventory: []finding.Evidence{{
			Organization: "beta", Environment: "prod", Kind: apigee.KindProxy, Name: Hostile, Revision: "1",
			SHA256: strings.Repeat("b", 64), Partly: "is in state " + Hostile, Grants: []string{"password"},
		}},
	}
	acme := &finding.Result{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"test", "prod", "dev"}, Endpoint: "https://apigee.googleapis.com"},
		StartedAt:    start, FinishedAt: start.Add(time.Minute + 30*time.Millisecond), Deployments: 6, Revisions: 5, Audited: 3,
		Findings: []finding.Finding{SuppressedFinding(), InAnotherProxy(), NeverRefreshed()},
		Problems: []apigee.Problem{
			{
				Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "10",
				Operation: "download bundle", Error: "the organization refused it (403): grant the role Apigee Read-only Admin (roles/apigee.readOnlyAdmin)",
			},
			{
				Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "9",
				File: "apiproxy/policies/Broken.xml", Line: 4, Column: 2, Operation: "read policy", Error: "the element OAuthV2 is not closed",
			},
			{Organization: "acme", Environment: "dev", Operation: "list flow hooks", Error: "no answer in 30s: try again"},
		},
		Notices: []apigee.Problem{{
			Organization: "acme", Environment: "test", Kind: apigee.KindProxy, Name: "login", Revision: "12",
			Operation: "follow FlowCallout", Error: "shared flow audit is not deployed in this environment",
		}},
		Inventory: []finding.Evidence{
			{
				Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12",
				SHA256: strings.Repeat("a", 64), Grants: []string{"authorization_code", "password"}, Reads: true,
			},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "session", Revision: "2", SHA256: strings.Repeat("c", 64), Refreshes: true, Revokes: true},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindSharedFlow, Name: "issue-tokens-for-every-mobile-application", Revision: "3", SHA256: strings.Repeat("d", 64)},
		},
	}
	d := report.New(Tool(), []*finding.Result{beta, acme})
	d.Rules, d.Catalogue = []string{"RT101", "RT104", "RT106"}, report.Describe(Rules())
	d.Normalize()
	return d
}

// Single is one live organization whose audit is complete.
func Single() *report.Document {
	f := NeverRefreshed()
	g := InAnotherProxy()
	g.Status, g.Name, g.Kind, g.File = finding.StatusNew, "pay", apigee.KindProxy, "apiproxy/policies/Issue.xml"
	return report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}},
		StartedAt:    time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC), FinishedAt: time.Date(2026, 11, 20, 6, 31, 0, 0, time.UTC),
		Deployments: 3, Revisions: 3, Audited: 3, Findings: []finding.Finding{g, f},
		Inventory: []finding.Evidence{
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64)},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "3", SHA256: strings.Repeat("e", 64)},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindSharedFlow, Name: "issue", Revision: "3", SHA256: strings.Repeat("f", 64)},
		},
	}})
}

// Offline is a scan of bundles on disk, with an organization that has no name.
func Offline() *report.Document {
	f, g, h := NeverRefreshed(), InAnotherProxy(), hostileFinding()
	f.Source, g.Source, h.Source = "gateway/login v2", "/srv/elsewhere/issue", "/build/repo/more/"+Hostile
	f.Deployments = []finding.Deployed{
		{Environment: "local", Source: f.Source}, {Environment: "local", Source: "gateway/target/login v2"},
		{Environment: "local", Source: "exports/" + Hostile + ".zip"},
	}
	g.Deployments = []finding.Deployed{{Environment: "local", Revision: "3", Source: "/srv/old/issue_rev3.zip"}, {Environment: "local", Revision: "4", Source: g.Source}}
	h.Deployments = []finding.Deployed{{Environment: "local", Source: h.Source}}
	f.Organization, g.Organization, h.Organization = "", "", ""
	for i := range f.Fixes {
		f.Fixes[i].Revision, f.Fixes[i].Sources = "", []string{f.Source, "gateway/target/login v2", "exports/" + Hostile + ".zip"}
	}
	return report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Platform: apigee.PlatformX, Environments: []string{"local"}, Offline: true},
		Deployments:  3, Revisions: 3, Audited: 3, Findings: []finding.Finding{f, g, h},
		Problems: []apigee.Problem{{
			Environment: "local", Kind: apigee.KindProxy, Name: "login", Source: f.Source,
			File: "apiproxy/policies/Broken.xml", Line: 4, Column: 2, Operation: "read XML", Error: "the element OAuthV2 is not closed",
		}},
		Inventory: []finding.Evidence{
			{Environment: "local", Kind: apigee.KindProxy, Name: "login", Sources: []string{f.Source, "gateway/target/login v2"}, SHA256: strings.Repeat("a", 64)},
			{Environment: "local", Kind: h.Kind, Name: h.Name, Sources: []string{h.Source}, SHA256: strings.Repeat("c", 64)},
			{Environment: "local", Kind: g.Kind, Name: g.Name, Revision: "4", Sources: []string{g.Source}, SHA256: strings.Repeat("b", 64)},
		},
	}})
}

// CleanBill is a complete audit without findings.
func CleanBill() *report.Document {
	return report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod"}},
		StartedAt:    time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC), FinishedAt: time.Date(2026, 11, 20, 6, 31, 0, 0, time.UTC),
		Deployments: 2, Revisions: 1, Audited: 1,
		Inventory: []finding.Evidence{
			{Organization: "acme", Environment: "dev", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64), Refreshes: true},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64), Refreshes: true},
		},
	}})
}

// Documents are all fixtures by name.
func Documents() map[string]*report.Document {
	return map[string]*report.Document{
		"rich": Rich(), "single": Single(), "offline": Offline(), "clean": CleanBill(), "nothing": report.New(Tool(), nil), "compared": Compared(), "changed": Changed(),
	}
}

// Compared is an audit with a baseline and suppressions, one of them for some environments only.
func Compared() *report.Document {
	accepted, open := NeverRefreshed(), NeverRefreshed()
	accepted.Status, accepted.Deployments, accepted.Fixes = finding.StatusSuppressed, accepted.Deployments[:1], nil
	accepted.Suppression = &finding.Suppression{Reason: "the test clients move to PKCE, " + Hostile, Expires: "2027-01-31", Source: finding.FromConfiguration, Ticket: "SEC-12", Owner: "identity team"}
	open.Deployments, open.Status = open.Deployments[1:], finding.StatusKnown
	commented, fresh, fixed, elsewhere := SuppressedFinding(), InAnotherProxy(), InAnotherProxy(), hostileFinding()
	commented.Suppression = &finding.Suppression{Reason: "served by session", Source: finding.FromPolicy}
	fresh.Status, fresh.Fingerprint = finding.StatusNew, "cccccccccccccccc"
	fixed.Name, fixed.Fingerprint = "=gone", "dddddddddddddddd"
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	open.FirstSeen, commented.FirstSeen, fresh.FirstSeen = start.AddDate(0, -1, 0), start.AddDate(0, -5, 0), start
	d := report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}},
		StartedAt:    start, FinishedAt: start.Add(time.Minute), Deployments: 3, Revisions: 3, Audited: 3,
		Findings: []finding.Finding{commented, fresh, accepted, open},
		Notices:  []apigee.Problem{{Organization: "acme", Operation: "suppress findings", Error: `suppression 3 (RT201, proxy "pay") matched no finding and can be removed`}},
		Inventory: []finding.Evidence{
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12"},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "3"},
		},
	}})
	d.Rules = []string{"RT104", "RT101", "RT106"}
	d.Baseline = &report.Baseline{StartedAt: start.AddDate(0, -1, 0)}
	d.Fixed, d.NotLookedAt = []finding.Finding{fixed}, []finding.Finding{elsewhere}
	d.Normalize()
	return d
}

// Full has something in every field.
func Full() *report.Document {
	d := Compared()
	r := Rich()
	d.Findings, d.Problems, d.Notices = append(d.Findings, r.Findings...), append(d.Problems, r.Problems...), append(d.Notices, r.Notices...)
	d.Inventory = append(d.Inventory, r.Inventory...)
	d.Catalogue, d.Scope = r.Catalogue, FullScope()
	d.StoredTokens = []finding.StoredTokens{StoredTokens()}
	d.Inventory = append(d.Inventory, Session().Inventory...)
	d.Inventory[0].Sources = []string{"proxies/login", "target/login"}
	d.Findings[0].Deployments[0].Source, d.Problems[0].Source = "proxies/login", "proxies/pay"
	d.Problems = append(d.Problems, apigee.Problem{
		Organization: "acme", Operation: "download bundle", Error: "the token has expired",
		Subjects: []apigee.Subject{{Environment: "prod", Kind: apigee.KindProxy, Name: "orders", Revision: "4"}, {Environment: "prod", Name: "pay"}},
	})
	d.Problems[0].Environments = []string{"dev", "prod"}
	d.Problems[len(d.Problems)-1].Subjects[0].Environments = []string{"dev", "prod"}
	d.Organizations[0].Scope, d.Organizations[0].Rules, d.Organizations[0].Endpoint = FullScope(), []string{"RT101"}, "https://apigee.googleapis.com"
	d.Controls = []report.Control{{
		Framework: "PCI DSS 4.0.1", Requirement: "6.2.4", Title: "Attacks on software", URL: "https://example.com/pci", Rules: []string{"RT101", "RT108"},
		NotJudged: []report.NotJudged{{RuleID: "RT108", Why: "the rule needs --traffic"}},
		Passed:    []report.Judged{{Organization: "acme", Kind: apigee.KindProxy, Name: "clean"}}, Failed: []report.Judged{{Organization: "acme", Kind: apigee.KindProxy, Name: "login", Findings: []string{"id"}}},
		Accepted:    []report.Judged{{Organization: "acme", Kind: apigee.KindProxy, Name: "pay", Findings: []string{"id"}, Why: "part of it could not be read"}},
		NotLookedAt: []report.Judged{{Organization: "acme", Why: "not everything was audited"}},
	}}
	d.Edges = edges()
	d.LeftOut = []finding.LeftOut{{Organization: "acme", RuleID: "RT110", Fingerprint: "aa:RT110", SharedFingerprint: "aa", Status: finding.StatusKnown, FirstSeen: d.StartedAt}}
	d.Suppressions = []finding.SuppressionUse{{Label: "suppression 1 (RT101)", RuleID: "RT101", Expires: "2027-01-31", State: finding.SuppressionUnmatched, Organization: "acme"}}
	change := Changed().Change
	change.Counterparts[0].Path, d.Change = change.Counterparts[1].Path, change
	change.Counterparts[0].Fingerprint = d.Findings[0].Fingerprint
	d.Summary.NotShown = []finding.Severity{finding.Low}
	d.Findings[0].SharedFingerprint = "a1b2c3d4e5f60718"
	d.Catalogue = append(slices.Clone(d.Catalogue), report.Rule{ID: "RT998", Name: "younger", PartedFrom: "RT999", Severity: finding.Low, Confidence: finding.LowConfidence, Inputs: finding.Inputs()})
	for i := range d.Findings {
		f := &d.Findings[i]
		if i == 0 {
			f.Source, f.Path[2].Source = "proxies/login", "proxies/issue" // of bundles on disk
		}
		f.Excerpt = &finding.Excerpt{Line: 1, Text: "<OAuthV2>\n\t<ExpiresIn/>\n</OAuthV2>"}
		for j := range f.Fixes {
			x := &f.Fixes[j]
			x.Sources, x.Further = []string{"proxies/login"}, 7
			for k := range x.Introduces {
				x.Introduces[k].Policy, x.Introduces[k].Source = "Issue", "proxies/pay"
			}
		}
		f.Cause = dead()
		f.Snippets = []finding.Snippet{
			{XML: "<Step>\n\t<Name>Refresh</Name>\n</Step>", Where: "after step", Kind: apigee.KindSharedFlow, Name: "issue", Source: "proxies/issue", File: "sharedflowbundle/sharedflows/default.xml", Line: 3},
		}
		f.URLs, f.Products, f.Apps = []string{"https://api.example.com/x"}, []string{"product"}, []string{"app"}
		f.Traffic = &finding.Traffic{Note: "no calls"}
	}
	return d
}

// edges have everything that edges can have.
func edges() []finding.Edge {
	login := finding.Endpoint{Kind: apigee.KindProxy, Name: "login", Source: "proxies/login"}
	issue := finding.Endpoint{Kind: apigee.KindSharedFlow, Name: "issue"}
	session := finding.Endpoint{Kind: apigee.KindProxy, Name: "session", Environment: "prod"}
	policy := finding.Endpoint{Kind: apigee.KindProxy, Name: "login", Policy: "Refresh"}
	return []finding.Edge{
		{
			Organization: "acme", Environment: "test", From: login, To: &issue, Relation: finding.RelationIssues, RuleID: "RT101",
			Through: []finding.Via{{Kind: finding.ViaFlowHook, Name: apigee.PreProxyFlowHook}, {Kind: finding.ViaSharedFlow, Name: "common"}},
		},
		{
			Organization: "acme", Environment: "test", From: issue, To: &session, Relation: finding.RelationRefreshedBy, RuleID: "RT106",
			Tie: &finding.Tie{Kind: finding.TiePath, Words: "both lie under /oauth"}, Others: 4,
		},
		{Organization: "acme", Environment: "test", From: login, To: &policy, Relation: finding.RelationCannotRefresh, Cause: finding.CauseDisabled, RuleID: "RT104"},
		{Organization: "acme", Environment: "prod", From: login, Relation: finding.RelationNeverRefreshed, RuleID: "RT101"},
	}
}

// dead is a cause with everything that causes can have.
func dead() *finding.Cause {
	hop := func(what, name string, line int) finding.Hop {
		return finding.Hop{What: what, Named: name, Label: what + " " + name, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/proxies/default.xml", line, 1, line, 9)}
	}
	flow, callout := hop(finding.HopFlow, "refresh", 9), hop("FlowCallout", "Renew", 1)
	return &finding.Cause{
		Kind: finding.CauseNotCalled, Policy: hop("OAuthV2", "Refresh", 1), At: hop(finding.HopFlow, "token", 3), Other: &flow,
		Further: []finding.Hop{hop(finding.HopFlow, "login", 6)}, Callout: &callout, CalloutKind: finding.CauseShadowedTogether,
	}
}

// FullScope has every setting that narrows or grades set to something else than the default.
func FullScope() *report.Scope {
	return &report.Scope{
		Config: &report.ConfigFile{File: ".apigee-audit.yaml", Found: true, Keys: []string{"fail-on", "rule"}},
		Rules:  []string{"RT402", "RT403"}, Environments: []string{"prod-*"}, Proxies: []string{"login", "pay-*"},
		MinSeverity: finding.Medium, MinConfidence: finding.HighConfidence, Statuses: []finding.Status{finding.StatusNew, finding.StatusKnown}, FailOn: "none", AllowPartial: true,
		Profile: finding.ProfileFAPI, MaxRefreshLifetime: int64(2400 * time.Hour / time.Second),
		Severities: []report.RuleSeverity{{RuleID: "RT101", Severity: finding.Info}}, IgnoreComments: true,
		Offline: true, Records: &report.Records{Traffic: 30 * 24 * 60 * 60, Reach: true, Apps: true, DebugMasks: true},
		Account: "audit@acme.iam", Command: "apigee-audit scan --demo",
	}
}

// StandardScope is that of a scan without any setting.
func StandardScope() *report.Scope {
	s := finding.DefaultSettings()
	return &report.Scope{
		MinSeverity: finding.Info, MinConfidence: finding.LowConfidence, FailOn: "low",
		Profile: s.Profile, MaxRefreshLifetime: int64(s.MaxRefreshLifetime / time.Second),
	}
}

// Vanished is a finding of an earlier report.
func Vanished() *finding.Finding {
	return &finding.Finding{
		RuleID: "RT101", Severity: finding.Medium, Confidence: finding.MediumConfidence, Organization: "acme", Kind: apigee.KindProxy, Name: "login",
		Deployments: []finding.Deployed{{Environment: "dev", Revision: "3"}, {Environment: "prod", Revision: "2"}},
		Path:        []finding.Hop{{Kind: apigee.KindSharedFlow, Name: "issue"}}, Related: []finding.Hop{{Kind: apigee.KindProxy, Name: "session"}},
		Fingerprint: "aa", SharedFingerprint: "shared", Status: finding.StatusNew,
	}
}

// WholeReport is of an audit that was asked for everything and saw it.
func WholeReport() *report.Document {
	return &report.Document{
		Organizations: []report.Organization{{Name: "acme", Environments: []string{"dev", "prod", "test"}, Revisions: 2, Audited: 2}},
		Scope:         StandardScope(), LeftOut: []finding.LeftOut{},
		Rules: []string{"RT101", "RT108", "RT202", "RT301", "RT404"},
		Catalogue: []report.Rule{
			{ID: "RT101", Severity: finding.Medium, Inputs: []finding.Input{finding.InputReach}}, {ID: "RT108", Severity: finding.Medium, Inputs: []finding.Input{finding.InputTraffic}},
			{ID: "RT202", Severity: finding.Medium, Inputs: []finding.Input{finding.InputMaxRefreshLifetime}},
			{ID: "RT301", Severity: finding.Medium, Inputs: []finding.Input{finding.InputProfile}}, {ID: "RT404", Severity: finding.Medium, Inputs: []finding.Input{finding.InputDebugMasks}},
		},
	}
}

// StoredTokens is a count with a proxy that stores tokens for ever, one that never refreshes, one that does, and an idle one.
func StoredTokens() finding.StoredTokens {
	return finding.StoredTokens{
		Organization: "acme", From: time.Date(2026, 10, 21, 6, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC),
		IssuedPerDay: 1300.5, UpperBound: 1234567, NeverRefreshed: 1200000, Unbounded: true,
		Proxies: []finding.ProxyTokens{
			{Environment: "prod", Name: "kiosk", Calls: 30, NeverExpires: true, Refreshed: true, Arithmetic: "30 calls in 30 days = 1 a day, kept for ever"},
			{Environment: "prod", Name: "login", Calls: 36000, KeptDays: 1000, UpperBound: 1200000, Arithmetic: "36,000 calls in 30 days = 1,200 a day × 1,000 days = 1,200,000", Assumptions: []string{"Guessed."}},
			{Environment: "prod", Name: "pay", Calls: 3000, KeptDays: 345.67, UpperBound: 34567, Refreshed: true, Arithmetic: "3,000 calls"},
			{Environment: "test", Name: "login"},
		},
		Assumptions: []string{"The pace holds."},
	}
}

// WithTraffic is a report of findings of which one place is busy, one silent, one unused and one unknown.
func WithTraffic() *report.Document {
	of := func(name string, t *finding.Traffic) finding.Finding {
		f := NeverRefreshed()
		f.Name, f.Fingerprint, f.Traffic = name, "f-"+name, t
		return f
	}
	calls := func(n, proxy int64, note string) *finding.Traffic {
		return &finding.Traffic{From: StoredTokens().From, To: StoredTokens().To, Calls: finding.Calls{Calls: n, Successes: n}, ProxyCalls: proxy, Note: note}
	}
	unused := of("a-unused", calls(0, 0, "not called in 30 days: unused"))
	busy := of("z-busy", calls(900, 900, "900 calls in 30 days"))
	busy.URLs, busy.Products, busy.Apps = []string{"https://api.example/oauth/token"}, []string{"gold"}, []string{"shop"}
	s := StoredTokens()
	return report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod"}},
		Findings:     []finding.Finding{unused, of("b-unknown", nil), of("c-silent", calls(0, 5, "0 calls in 30 days")), busy},
		StoredTokens: &s,
	}})
}

// WithExcerpt is the small report with XML around its first finding.
func WithExcerpt() *report.Document {
	d := Single()
	for i := range d.Findings {
		d.Findings[i].Excerpt = &finding.Excerpt{Line: 2, Text: "<OAuthV2 name=\"GenerateToken\">\n\t<Operation>GenerateAccessToken</Operation>\n</OAuthV2>"}
	}
	return d
}
