package report

import (
	"strings"
	"testing"
	"time"

	"apigee-audit/audit"
)

// fullScope has every setting that narrows or grades set to something else than the default.
func fullScope() *Scope {
	return &Scope{
		Config: &ConfigFile{File: ".apigee-audit.yaml", Found: true, Keys: []string{"fail-on", "rule"}},
		Rules:  []string{"RT402", "RT403"}, Environments: []string{"prod-*"}, Proxies: []string{"login", "pay-*"},
		MinSeverity: audit.Medium, MinConfidence: audit.HighConfidence, FailOn: "none", AllowPartial: true,
		Profile: audit.ProfileFAPI, MaxRefreshLifetime: int64(2400 * time.Hour / time.Second),
		Severities: []RuleSeverity{{"RT101", audit.Info}}, IgnoreComments: true,
		Offline: true, Records: &Records{Traffic: 30 * 24 * 60 * 60, Reach: true, Apps: true, DebugMasks: true},
		Account: "audit@acme.iam", Command: "apigee-audit scan --demo",
	}
}

// standardScope is that of a scan without any setting.
func standardScope() *Scope {
	s := audit.DefaultSettings()
	return &Scope{
		MinSeverity: audit.Info, MinConfidence: audit.LowConfidence, FailOn: "low",
		Profile: s.Profile, MaxRefreshLifetime: int64(s.MaxRefreshLifetime / time.Second),
	}
}

func TestScopeText(t *testing.T) {
	for name, tt := range map[string]struct {
		scope *Scope
		want  string
	}{
		"unknown":  {nil, ""},
		"standard": {standardScope(), ""},
		"narrowed": {fullScope(), "Only the bundles that were given: nothing is known of others. Only rules RT402, RT403. Only environments that match prod-*. Only proxies and shared flows that match login, pay-*. " +
			"Findings below severity medium are left out. Findings below confidence high are left out. Profile fapi. Lifetimes up to 2400h0m0s are not reported. " +
			"Severities were changed: RT101 is info. Comments in policies suppress nothing. " +
			"Records that were asked for: traffic and stored tokens of the last 30 days, environment groups and API products, apps, debug masks. No finding makes the run fail. " +
			"An incomplete audit does not make the run fail. " +
			"Settings from .apigee-audit.yaml, which was found in the working directory: fail-on, rule."},
		"named": {&Scope{FailOn: "high", Config: &ConfigFile{File: "audit.yaml"}}, "Findings below severity high do not make the run fail."},
	} {
		if got := scopeText(&Document{Scope: tt.scope}); got != tt.want {
			t.Errorf("%s: got\n%s, want\n%s", name, got, tt.want)
		}
	}
	if got := scopeText(&Document{Shard: &Shard{2, 4}}); got != "Only share 2 of 4 of the organizations." {
		t.Errorf("a share: %s", got)
	}
	if got := scopeText(&Document{Scope: &Scope{MaxRefreshLifetime: 1<<63 - 1}}); !strings.HasPrefix(got, "Lifetimes up to 25") {
		t.Errorf("for ever: %s", got)
	}
}

// TestNothingNarrowsUnseen: every format says what narrows the audit and what is accepted, and why.
func TestNothingNarrowsUnseen(t *testing.T) {
	d := cleanBill()
	d.Scope = fullScope()
	f := neverRefreshed()
	f.Status, f.Suppression = audit.StatusSuppressed, &audit.Suppression{Reason: "agreed with the platform team", Source: audit.FromConfiguration, Expires: "2027-01-31"}
	d.Findings = []audit.Finding{f}
	d.Normalize()
	for _, format := range Formats() {
		out := string(write(t, format, d, Options{}))
		for _, want := range []string{".apigee-audit.yaml", "RT402", "login", "agreed with the platform team", "2027-01-31"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s does not say %s:\n%s", format, want, out)
			}
		}
		if format != "json" && !strings.Contains(out, "No finding makes the run fail") {
			t.Errorf("%s does not say that nothing fails", format)
		}
	}
	for _, format := range ComparisonFormats() {
		var b strings.Builder
		if err := WriteComparison(&b, format, Compare(cleanBill(), d), Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), ".apigee-audit.yaml") || !strings.Contains(b.String(), "RT402") {
			t.Errorf("the comparison in %s does not say what narrows the new report:\n%s", format, b.String())
		}
	}
}

func TestMergeKeepsOrTellsScopes(t *testing.T) {
	a, b, c := cleanBill(), single(), offline()
	b.Organizations[0].Name = "beta"
	for i := range b.Findings {
		b.Findings[i].Organization = "beta"
	}
	for i := range b.Inventory {
		b.Inventory[i].Organization = "beta"
	}
	a.Scope, b.Scope, c.Scope = standardScope(), standardScope(), fullScope()
	same, err := Merge(testTool(), []Stored{{"a.json", a}, {"b.json", b}})
	if err != nil || same.Scope == nil || len(same.Notices) > 0 {
		t.Errorf("one scope: %v, %+v, %v", err, same.Scope, same.Notices)
	}
	different, err := Merge(testTool(), []Stored{{"a.json", a}, {"c.json", c}})
	if err != nil || different.Scope != nil || len(different.Notices) != 1 || !strings.Contains(different.Notices[0].Error, "the scope of c.json: Only the bundles that were given") {
		t.Errorf("two scopes: %v, %+v, %v", err, different.Scope, different.Notices)
	}
}

// Whoever asked, and from which command line: shares of one fleet are asked the same.
func TestMergeOfSharesKeepsTheScope(t *testing.T) {
	share := func(i int, account string) Stored {
		d := wholeReport()
		d.Organizations[0].Name = string(rune('a' + i))
		d.Shard, d.Complete = &Shard{i, 2}, true
		d.Scope.Command, d.Scope.Account = "apigee-audit scan --shard "+string(rune('0'+i)), account
		return Stored{"share.json", d}
	}
	m, err := Merge(testTool(), []Stored{share(1, "auditor"), share(2, "auditor")})
	if err != nil || m.Scope == nil || m.Scope.Command != "" || m.Scope.Account != "auditor" || len(m.Notices) > 0 {
		t.Errorf("%v: scope %+v, notices %v", err, m.Scope, m.Notices)
	}
	if m, err = Merge(testTool(), []Stored{share(1, "auditor"), share(2, "other")}); err != nil || m.Scope == nil || m.Scope.Account != "" {
		t.Errorf("%v: scope %+v", err, m.Scope)
	}
}

// What one part of a merged report was not asked for is not fixed, and what the other was asked for is.
func TestMergedReportsAreComparedAsAsked(t *testing.T) {
	part := func(organization string, change func(*Document)) Stored {
		d := wholeReport()
		d.Organizations[0].Name = organization
		change(d)
		return Stored{organization + ".json", d}
	}
	f := *vanished()
	g := f
	g.Organization = "beta"
	old := wholeReport()
	old.Findings = []audit.Finding{f, g}
	all := func(*Document) {}
	for name, narrow := range map[string]func(*Document){
		"severities": func(d *Document) { d.Scope.MinSeverity = audit.High },
		"rules":      func(d *Document) { d.Scope.Rules, d.Rules = []string{"RT202"}, []string{"RT202"} },
		"proxies":    func(d *Document) { d.Scope.Proxies = []string{"pay"} },
		"left out":   func(d *Document) { d.LeftOut = []audit.LeftOut{{Organization: "beta", Fingerprint: "aa"}} },
	} {
		m, err := Merge(testTool(), []Stored{part("acme", all), part("beta", narrow)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Merge(testTool(), []Stored{{"merged.json", m}})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Document{m, again} {
			if got, want := fingerprints(Compare(old, d)), "-acme/aa ?beta/aa"; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}
