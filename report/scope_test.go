package report_test

import (
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestScopeText(t *testing.T) {
	for name, tt := range map[string]struct {
		scope *report.Scope
		want  string
	}{
		"unknown":  {nil, ""},
		"standard": {reporttest.StandardScope(), ""},
		"narrowed": {reporttest.FullScope(), "Only the given bundles were audited: nothing is known about others. Only rules RT402, RT403 ran. Only environments that match prod-* are reported. Only proxies and shared flows that match login, pay-* are reported. " +
			"Findings below severity medium are left out. Findings below confidence high are left out. Only findings with status new or known are listed. Profile fapi. Lifetimes up to 2400h0m0s are not reported. " +
			"Severities were changed: RT101 is info. Comments in policies suppress nothing. " +
			"Additional records were requested: traffic and stored tokens of the last 30 days, environment groups and API products, apps, debug masks. Findings do not make the run fail. " +
			"An incomplete audit does not make the run fail. " +
			"Settings from .apigee-audit.yaml, found in the working directory: fail-on, rule."},
		"named": {&report.Scope{FailOn: "high", Config: &report.ConfigFile{File: "audit.yaml"}}, "Findings below severity high do not make the run fail."},
	} {
		if got := report.ScopeText(&report.Document{Scope: tt.scope}); got != tt.want {
			t.Errorf("%s: got\n%s, want\n%s", name, got, tt.want)
		}
	}
	if got := report.ScopeText(&report.Document{Shard: &report.Shard{2, 4}}); got != "Only share 2 of 4 of the organizations was audited." {
		t.Errorf("a share: %s", got)
	}
	if got := report.ScopeText(&report.Document{Scope: &report.Scope{MaxRefreshLifetime: 1<<63 - 1}}); !strings.HasPrefix(got, "Lifetimes up to 25") {
		t.Errorf("for ever: %s", got)
	}
}

func TestMergeKeepsOrTellsScopes(t *testing.T) {
	a, b, c := reporttest.CleanBill(), reporttest.Single(), reporttest.Offline()
	b.Organizations[0].Name = "beta"
	for i := range b.Findings {
		b.Findings[i].Organization = "beta"
	}
	for i := range b.Inventory {
		b.Inventory[i].Organization = "beta"
	}
	a.Scope, b.Scope, c.Scope = reporttest.StandardScope(), reporttest.StandardScope(), reporttest.FullScope()
	same, err := report.Merge(reporttest.Tool(), []report.Stored{{"a.json", a}, {"b.json", b}})
	if err != nil || same.Scope == nil || len(same.Notices) > 0 {
		t.Errorf("one scope: %v, %+v, %v", err, same.Scope, same.Notices)
	}
	different, err := report.Merge(reporttest.Tool(), []report.Stored{{"a.json", a}, {"c.json", c}})
	if err != nil || different.Scope != nil || len(different.Notices) != 1 || !strings.Contains(different.Notices[0].Error, "the scope of c.json: Only the given bundles were audited") {
		t.Errorf("two scopes: %v, %+v, %v", err, different.Scope, different.Notices)
	}
}

// Whoever asked, and from which command line: shares of one fleet are asked the same.
func TestMergeOfSharesKeepsTheScope(t *testing.T) {
	share := func(i int, account string) report.Stored {
		d := reporttest.WholeReport()
		d.Organizations[0].Name = string(rune('a' + i))
		d.Shard, d.Complete = &report.Shard{i, 2}, true
		d.Scope.Command, d.Scope.Account = "apigee-audit scan --shard "+string(rune('0'+i)), account
		return report.Stored{"share.json", d}
	}
	m, err := report.Merge(reporttest.Tool(), []report.Stored{share(1, "auditor"), share(2, "auditor")})
	if err != nil || m.Scope == nil || m.Scope.Command != "" || m.Scope.Account != "auditor" || len(m.Notices) > 0 {
		t.Errorf("%v: scope %+v, notices %v", err, m.Scope, m.Notices)
	}
	if m, err = report.Merge(reporttest.Tool(), []report.Stored{share(1, "auditor"), share(2, "other")}); err != nil || m.Scope == nil || m.Scope.Account != "" {
		t.Errorf("%v: scope %+v", err, m.Scope)
	}
}

// What one part of a merged report was not asked for is not fixed, and what the other was asked for is.
func TestMergedReportsAreComparedAsAsked(t *testing.T) {
	part := func(organization string, change func(*report.Document)) report.Stored {
		d := reporttest.WholeReport()
		d.Organizations[0].Name = organization
		change(d)
		return report.Stored{organization + ".json", d}
	}
	f := *reporttest.Vanished()
	g := f
	g.Organization = "beta"
	old := reporttest.WholeReport()
	old.Findings = []finding.Finding{f, g}
	all := func(*report.Document) {}
	for name, narrow := range map[string]func(*report.Document){
		"severities": func(d *report.Document) { d.Scope.MinSeverity = finding.High },
		"rules":      func(d *report.Document) { d.Scope.Rules, d.Rules = []string{"RT202"}, []string{"RT202"} },
		"proxies":    func(d *report.Document) { d.Scope.Proxies = []string{"pay"} },
		"left out":   func(d *report.Document) { d.LeftOut = []finding.LeftOut{{Organization: "beta", Fingerprint: "aa"}} },
	} {
		m, err := report.Merge(reporttest.Tool(), []report.Stored{part("acme", all), part("beta", narrow)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := report.Merge(reporttest.Tool(), []report.Stored{{"merged.json", m}})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*report.Document{m, again} {
			if got, want := fingerprints(report.Compare(old, d)), "-acme/aa ?beta/aa"; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}
