package format

import (
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// narrowedReport is an audit of two proxies in two environments without findings, and of rules that need what it has not.
func narrowedReport(change func(*report.Scope)) *report.Document {
	d := reporttest.WholeReport()
	d.Complete, d.StartedAt = true, reporttest.CleanBill().StartedAt
	d.Organizations[0].Environments = []string{"prod", "test"}
	d.Organizations[0].Deployments = 2
	for _, e := range []finding.Evidence{{Name: "login", Environment: "prod"}, {Name: "pay", Environment: "test"}} {
		e.Organization, e.Kind = "acme", apigee.KindProxy
		d.Inventory = append(d.Inventory, e)
	}
	for i := range d.Catalogue {
		d.Catalogue[i].Confidence = finding.HighConfidence
	}
	change(d.Scope)
	d.Normalize()
	return d
}

// TestNotShownIsNotNone: what a report leaves out is not reported as none, in any format.
func TestNotShownIsNotNone(t *testing.T) {
	rules := []*finding.Rule{{ID: "RT101", Name: "never-refreshed", Severity: finding.Medium}, {ID: "RT108", Name: "idle", Severity: finding.Medium}}
	whole := func(*report.Scope) {}
	high := func(s *report.Scope) { s.MinSeverity = finding.High }
	one := func(s *report.Scope) { s.Rules = []string{"RT101"} }
	prod := func(s *report.Scope) { s.Environments = []string{"prod"} }
	pay := func(s *report.Scope) { s.Proxies = []string{"pay"} }
	for name, tt := range map[string]struct {
		change      func(*report.Scope)
		format      string
		has, hasNot []string
	}{
		"all, table":            {change: whole, format: "table", has: []string{"No findings in 2 proxies, 2 environments."}},
		"all, HTML":             {change: whole, format: "html", has: []string{"RT108: the rule needs --traffic, which was not requested."}, hasNot: []string{"Nothing: everything", "not shown</small>"}},
		"all, JUnit":            {change: whole, format: "junit", has: []string{`name="RT101 never-refreshed"/>`, `<skipped message="not shown: the rule needs --traffic">`}},
		"severity, table":       {change: high, format: "table", has: []string{"No findings of severity high in 2 proxies", "Findings below severity high are left out."}},
		"severity, Markdown":    {change: high, format: "markdown", has: []string{"No findings of severity high in 2 proxies"}},
		"severity, HTML":        {change: high, format: "html", has: []string{`<small>not shown</small></span> <span class="sev low">`, "<li>Findings below severity high are left out.</li>", `<span class="where">not shown</span>`}, hasNot: []string{"Nothing: everything"}},
		"severity, JUnit":       {change: high, format: "junit", has: []string{`<skipped message="not shown: findings below severity high are left out">`}, hasNot: []string{`name="RT101 never-refreshed"/>`}},
		"severity, JSON":        {change: high, format: "json", has: []string{`"notShown": [`}},
		"severity, SARIF":       {change: high, format: "sarif", has: []string{`"apigeeAudit/notShown"`, "Findings below severity high"}},
		"rule, table":           {change: one, format: "table", has: []string{"No findings of RT101 in 2 proxies"}},
		"rule, HTML":            {change: one, format: "html", has: []string{"<li>Only rule RT101 ran.</li>"}, hasNot: []string{"Nothing: everything"}},
		"environment, table":    {change: prod, format: "table", has: []string{"No findings in 1 proxy, 1 environment.", "environments prod."}, hasNot: []string{"test"}},
		"environment, JUnit":    {change: prod, format: "junit", has: []string{`classname="apis/login"`}, hasNot: []string{`classname="apis/pay"`}},
		"proxy, table":          {change: pay, format: "table", has: []string{"No findings in 1 proxy, 2 environments."}},
		"proxy, JUnit":          {change: pay, format: "junit", has: []string{`classname="apis/pay"`}, hasNot: []string{`classname="apis/login"`}},
		"several rules, table":  {change: func(s *report.Scope) { s.Rules = []string{"RT101", "RT108", "RT202", "RT301"} }, format: "table", has: []string{"No findings of 4 rules in"}},
		"confidence, table":     {change: func(s *report.Scope) { s.MinConfidence = finding.MediumConfidence }, format: "table", has: []string{"No findings of confidence medium or higher in"}},
		"medium severity":       {change: func(s *report.Scope) { s.MinSeverity = finding.Medium }, format: "table", has: []string{"No findings of severity medium or higher in"}},
		"who asked, HTML":       {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "html", has: []string{"<dt>Read as</dt><dd>auditor</dd>", "<dt>Command</dt><dd>apigee-audit scan</dd>"}},
		"who asked, Markdown":   {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "markdown", has: []string{"Account: auditor. Command: apigee-audit scan."}},
		"who asked, JUnit":      {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "junit", has: []string{`name="account" value="auditor"`, `name="command" value="apigee-audit scan"`}},
		"who asked, SARIF":      {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "sarif", has: []string{`"commandLine": "apigee-audit scan"`, `"account": "auditor"`}},
		"who asked, CSV":        {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "csv", has: []string{`"scope",`, "Account: auditor. Command: apigee-audit scan."}},
		"who asked, JSON":       {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "json", has: []string{`"account": "auditor"`, `"command": "apigee-audit scan"`}},
		"who asked, fine table": {change: func(s *report.Scope) { s.Account, s.Command = "auditor", "apigee-audit scan" }, format: "table", hasNot: []string{"auditor"}},
	} {
		out := string(write(t, tt.format, narrowedReport(tt.change), report.Options{Rules: rules}))
		plain := strings.ReplaceAll(out, `\`, "")
		for _, want := range tt.has {
			if !strings.Contains(plain, want) {
				t.Errorf("%s: it does not say %q:\n%.3000s", name, want, out)
			}
		}
		for _, bad := range tt.hasNot {
			if strings.Contains(out, bad) {
				t.Errorf("%s: it says %q", name, bad)
			}
		}
	}
	if got := narrowedReport(one).Summary.NotShown; !slices.Equal(got, []finding.Severity{finding.High, finding.Low, finding.Info}) {
		t.Errorf("only rules of severity medium ran, and not shown are %v", got)
	}
	d := narrowedReport(high)
	f := reporttest.NeverRefreshed()
	f.Severity = finding.High
	d.Findings = []finding.Finding{f}
	d.Normalize()
	if got, want := report.FoundLine(d), "1 finding (1 high; medium, low and info are not shown) in"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// In a merged report one organization can show what the audit of another one left out: what is counted in the same line is
// not called hidden.
func TestWhatOnlySomeOrganizationsShow(t *testing.T) {
	for name, tt := range map[string]struct {
		severities []finding.Severity
		want       string
	}{
		"nothing of them": {[]finding.Severity{finding.High}, "1 finding (1 high; medium, low and info are not shown) in"},
		"one":             {[]finding.Severity{finding.High, finding.Medium}, "2 findings (1 high, 1 medium; low and info are not shown, medium only in part) in"},
		"two of them":     {[]finding.Severity{finding.Medium, finding.Low}, "2 findings (1 medium, 1 low; info is not shown, medium and low only in part) in"},
		"all": {
			[]finding.Severity{finding.Medium, finding.Low, finding.Info},
			"3 findings (1 medium, 1 low, 1 info; medium, low and info are shown only in part) in",
		},
	} {
		d := narrowedReport(func(*report.Scope) {})
		whole, narrow := *d.Scope, *d.Scope
		narrow.MinSeverity = finding.High
		other := d.Organizations[0]
		other.Name = "beta"
		d.Scope, d.Organizations[0].Scope, other.Scope = nil, &whole, &narrow
		d.Organizations = append(d.Organizations, other)
		for i, s := range tt.severities {
			f := reporttest.NeverRefreshed()
			f.Severity, f.Line = s, f.Line+i
			d.Findings = append(d.Findings, f)
		}
		d.Normalize()
		if got := report.FoundLine(d); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
