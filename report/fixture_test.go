package report

import (
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// hostile is a name that tries everything at once: a window title, colours, a line break, a workflow command, bidi
// controls, an invisible character, a C1 control, broken UTF-8 and a Markdown link.
const hostile = "evil\x1b]0;owned\x07\x1b[31m\n::error::x\u202egnp\u200b\u009b2J\xff[click](https://evil.example)<b>../../x"

func testTool() Tool { return Tool{Name: "apigee-audit", Version: "1.2.3"} }

func testRules() []*audit.Rule {
	return []*audit.Rule{
		{
			ID: "RT101", Name: "refresh-token-never-refreshed", Severity: audit.High, Confidence: audit.HighConfidence,
			Summary: "Refresh tokens are issued, and nothing in the organization refreshes them.",
			CWE:     []int{613, 1059},
			Standards: []audit.Standard{
				weakness("CWE-613", "Insufficient Session Expiration"), weakness("CWE-1059", "Insufficient Technical Documentation"),
				{
					Catalogue: audit.Catalogue{Name: "OWASP API Security Top 10", Version: "2023", Organization: "OWASP", URL: "https://owasp.org/API-Security/"},
					ID:        "API8:2023", Title: "Security Misconfiguration", URL: "https://owasp.org/API-Security/8/", Why: "a feature is enabled that nothing uses",
				},
			},
			References: []audit.Reference{{
				Title: "Apigee antipattern: issue refresh tokens without a refresh flow",
				URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens",
			}},
			Page: "# RT101 refresh-token-never-refreshed\n\n## What\n\nA policy issues `refresh` tokens and [nothing](https://example.com/x) uses them.\n" +
				"They pile up.\n\n## Bad\n\n```xml\n<OAuthV2 name=\"Issue\">\n  <Operation>GenerateAccessToken</Operation>\n</OAuthV2>\n```\n",
		},
		{
			ID: "RT106", Name: "refresh-in-another-proxy", Severity: audit.Low, Confidence: audit.MediumConfidence,
			Summary: "Refresh tokens are issued here and refreshed only by another proxy.", CWE: []int{1059},
			Standards: []audit.Standard{weakness("CWE-1059", "Insufficient Technical Documentation")},
		},
		{
			ID: "RT104", Name: "refresh-flow-unreachable", Severity: audit.High, Confidence: audit.HighConfidence,
			Summary: "A refresh policy exists where tokens are issued but can never run.", CWE: []int{561},
		},
	}
}

func weakness(id, title string) audit.Standard {
	return audit.Standard{
		Catalogue: audit.Catalogue{Name: "CWE", Organization: "MITRE", URL: "https://cwe.mitre.org/"},
		ID:        id, Title: title, URL: "https://cwe.mitre.org/data/definitions/" + id[len("CWE-"):] + ".html",
	}
}

func at(file string, line, column, endLine, endColumn int) audit.Place {
	return audit.Place{File: file, Line: line, Column: column, EndLine: endLine, EndColumn: endColumn}
}

func neverRefreshed() audit.Finding {
	policy := at("apiproxy/policies/GenerateToken.xml", 2, 1, 14, 11)
	return audit.Finding{
		RuleID: "RT101", RuleName: "refresh-token-never-refreshed", Severity: audit.High, Confidence: audit.HighConfidence,
		Message:      `Policy "GenerateToken" issues refresh tokens for the password grant, and no refresh operation is reachable anywhere in the organization.`,
		Remediation:  `Add a flow for grant_type=refresh_token beside the flow "token" of proxy endpoint "default", with an OAuthV2 policy whose Operation is RefreshAccessToken.`,
		Organization: "acme", Kind: apigee.KindProxy, Name: "login", Policy: "GenerateToken", Place: policy,
		Deployments: []audit.Deployed{
			{Environment: "test", Revision: "12"}, {Environment: "prod", Revision: "12"}, {Environment: "dev", Revision: "9"},
		},
		Path: []audit.Hop{
			{What: audit.HopProxyEndpoint, Named: "default", Detail: "at /oauth", Label: `proxy endpoint "default" at /oauth`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/proxies/default.xml", 2, 1, 40, 17)},
			{What: audit.HopFlow, Named: "token", Condition: `proxy.pathsuffix MatchesPath "/token"`, Label: `flow "token" when proxy.pathsuffix MatchesPath "/token"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/proxies/default.xml", 11, 5, 18, 12)},
			{What: audit.HopSharedFlow, Named: "issue", Label: `shared flow "issue"`, Kind: apigee.KindSharedFlow, Name: "issue", Place: at("sharedflowbundle/sharedflows/default.xml", 3, 3, 5, 10)},
			{What: "policy", Named: "GenerateToken", Label: `policy "GenerateToken"`, Kind: apigee.KindProxy, Name: "login", Place: policy},
		},
		Related: []audit.Hop{
			{What: "policy", Named: "GenerateToken[2]", Label: `policy "GenerateToken[2]"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/policies/GenerateToken2.xml", 2, 1, 9, 11)},
			{What: "policy", Named: "Mobile", Label: `policy "Mobile"`, Kind: apigee.KindProxy, Name: "login", Place: at("apiproxy/policies/Mobile.xml", 2, 1, 9, 11)},
		},
		Searched:    "no refresh operation in 57 revisions of 3 environments",
		Fingerprint: "a1b2c3d4e5f60718", Anchor: "OAuthV2[GenerateToken]/Operation", Status: audit.StatusNew,
	}
}

func inAnotherProxy() audit.Finding {
	return audit.Finding{
		RuleID: "RT106", RuleName: "refresh-in-another-proxy", Severity: audit.Low, Confidence: audit.MediumConfidence,
		Message:      "Tokens issued here are refreshed only by proxy session of the same environment",
		Remediation:  "Move the refresh flow of proxy session here, or say why it is elsewhere.",
		Organization: "acme", Kind: apigee.KindSharedFlow, Name: "issue-tokens-for-every-mobile-application", Policy: "Ausgäbe-Tökén", Place: at("sharedflowbundle/policies/Ausgäbe-Tökén.xml", 3, 7, 3, 20),
		Deployments: []audit.Deployed{{Environment: "prod", Revision: "3"}},
		Fingerprint: "a1ffffffffffffff", Anchor: "OAuthV2[Ausgäbe-Tökén]", Status: audit.StatusKnown,
	}
}

func suppressedFinding() audit.Finding {
	f := inAnotherProxy()
	f.Name, f.Fingerprint, f.Status = "accepted", "00ffffffffffffff", audit.StatusSuppressed
	return f
}

func hostileFinding() audit.Finding {
	return audit.Finding{
		RuleID: "RT999", RuleName: "from-a-newer-version", Severity: audit.Medium, Confidence: audit.LowConfidence,
		Message: "Policy " + hostile + " is odd.", Remediation: "Rename " + hostile + ".",
		Organization: "beta", Kind: apigee.KindProxy, Name: hostile, Policy: hostile, Place: audit.Place{File: "apiproxy/policies/" + hostile + ".xml"},
		Deployments: []audit.Deployed{{Environment: hostile, Revision: "1"}},
		Path:        []audit.Hop{{What: audit.HopFlow, Named: hostile, Label: "flow " + hostile, Kind: apigee.KindProxy, Name: hostile, Place: at("apiproxy/proxies/"+hostile+".xml", 4, 1, 4, 1)}},
		Related:     []audit.Hop{{What: "policy", Named: hostile, Label: "policy " + hostile, Kind: apigee.KindProxy, Name: hostile, Place: at("apiproxy/policies/"+hostile+".xml", 1, 1, 1, 9)}},
		Searched:    "nothing in " + hostile, Fingerprint: "bbbbbbbbbbbbbbbb", Anchor: "OAuthV2[" + hostile + "]",
	}
}

// rich is two organizations with everything in them, given in the wrong order.
func rich() *Document {
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	beta := &audit.Result{
		Organization: apigee.Organization{Name: "beta", Platform: apigee.PlatformEdge, Environments: []string{"prod"}},
		StartedAt:    start.Add(time.Minute), FinishedAt: start.Add(2 * time.Minute), Deployments: 1, Revisions: 1, Audited: 1,
		Findings: []audit.Finding{hostileFinding()},
		Notices: []apigee.Problem{{
			Organization: "beta", Environment: "prod", Kind: apigee.KindProxy, Name: hostile, Revision: "1", File: "apiproxy/proxies/default.xml", Line: 7, Column: 3,
			Operation: "read condition", Error: "the parentheses are not balanced",
		}},
		Inventory: []audit.Evidence{{
			Organization: "beta", Environment: "prod", Kind: apigee.KindProxy, Name: hostile, Revision: "1",
			SHA256: strings.Repeat("b", 64), Issues: []string{"password"},
		}},
	}
	acme := &audit.Result{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"test", "prod", "dev"}},
		StartedAt:    start, FinishedAt: start.Add(time.Minute + 30*time.Millisecond), Deployments: 6, Revisions: 5, Audited: 3,
		Findings: []audit.Finding{suppressedFinding(), inAnotherProxy(), neverRefreshed()},
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
		Inventory: []audit.Evidence{
			{
				Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12",
				SHA256: strings.Repeat("a", 64), Issues: []string{"authorization_code", "password"}, Reads: true,
			},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "session", Revision: "2", SHA256: strings.Repeat("c", 64), Refreshes: true, Revokes: true},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindSharedFlow, Name: "issue-tokens-for-every-mobile-application", Revision: "3", SHA256: strings.Repeat("d", 64)},
		},
	}
	d := New(testTool(), []*audit.Result{beta, acme})
	d.Rules, d.Catalogue = []string{"RT101", "RT104", "RT106"}, Describe(testRules())
	d.Normalize()
	return d
}

// single is one live organization whose audit is complete.
func single() *Document {
	f := neverRefreshed()
	g := inAnotherProxy()
	g.Status, g.Name, g.Kind, g.File = audit.StatusNew, "pay", apigee.KindProxy, "apiproxy/policies/Issue.xml"
	return New(testTool(), []*audit.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}},
		StartedAt:    time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC), FinishedAt: time.Date(2026, 11, 20, 6, 31, 0, 0, time.UTC),
		Deployments: 3, Revisions: 3, Audited: 3, Findings: []audit.Finding{g, f},
		Inventory: []audit.Evidence{
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64)},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "3", SHA256: strings.Repeat("e", 64)},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindSharedFlow, Name: "issue", Revision: "3", SHA256: strings.Repeat("f", 64)},
		},
	}})
}

// offline is a scan of bundles on disk, with an organization that has no name.
func offline() *Document {
	f, g, h := neverRefreshed(), inAnotherProxy(), hostileFinding()
	f.Source, g.Source, h.Source = "gateway/login v2", "/srv/elsewhere/issue", "/build/repo/more/"+hostile
	f.Deployments = []audit.Deployed{
		{Environment: "local", Source: f.Source}, {Environment: "local", Source: "gateway/target/login v2"},
		{Environment: "local", Source: "exports/" + hostile + ".zip"},
	}
	g.Deployments = []audit.Deployed{{Environment: "local", Revision: "3", Source: "/srv/old/issue_rev3.zip"}, {Environment: "local", Revision: "4", Source: g.Source}}
	h.Deployments = []audit.Deployed{{Environment: "local", Source: h.Source}}
	f.Organization, g.Organization, h.Organization = "", "", ""
	return New(testTool(), []*audit.Result{{
		Organization: apigee.Organization{Platform: apigee.PlatformX, Environments: []string{"local"}, Offline: true},
		Deployments:  3, Revisions: 3, Audited: 3, Findings: []audit.Finding{f, g, h},
		Problems: []apigee.Problem{{
			Environment: "local", Kind: apigee.KindProxy, Name: "login", Source: f.Source,
			File: "apiproxy/policies/Broken.xml", Line: 4, Column: 2, Operation: "read XML", Error: "the element OAuthV2 is not closed",
		}},
		Inventory: []audit.Evidence{
			{Environment: "local", Kind: apigee.KindProxy, Name: "login", Sources: []string{f.Source, "gateway/target/login v2"}, SHA256: strings.Repeat("a", 64)},
			{Environment: "local", Kind: h.Kind, Name: h.Name, Sources: []string{h.Source}, SHA256: strings.Repeat("c", 64)},
			{Environment: "local", Kind: g.Kind, Name: g.Name, Revision: "4", Sources: []string{g.Source}, SHA256: strings.Repeat("b", 64)},
		},
	}})
}

// cleanBill is a complete audit without findings.
func cleanBill() *Document {
	return New(testTool(), []*audit.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod"}},
		StartedAt:    time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC), FinishedAt: time.Date(2026, 11, 20, 6, 31, 0, 0, time.UTC),
		Deployments: 2, Revisions: 1, Audited: 1,
		Inventory: []audit.Evidence{
			{Organization: "acme", Environment: "dev", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64), Refreshes: true},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12", SHA256: strings.Repeat("a", 64), Refreshes: true},
		},
	}})
}

// documents are all fixtures by name.
func documents() map[string]*Document {
	return map[string]*Document{
		"rich": rich(), "single": single(), "offline": offline(), "clean": cleanBill(), "nothing": New(testTool(), nil), "compared": comparedDocument(), "changed": changedDocument(),
	}
}
