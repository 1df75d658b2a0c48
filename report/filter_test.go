package report_test

import (
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// filterable is a whole report with findings that differ in everything that filters ask for.
func filterable() *report.Document {
	d := reporttest.WholeReport()
	f := func(rule, name string, s finding.Severity, c finding.Confidence, status finding.Status, fingerprint string, environments ...string) {
		x := finding.Finding{
			RuleID: rule, Severity: s, Confidence: c, Organization: "acme", Kind: apigee.KindProxy, Name: name, Status: status, Fingerprint: fingerprint,
		}
		for _, e := range environments {
			x.Deployments = append(x.Deployments, finding.Deployed{Environment: e, Revision: "1"})
		}
		d.Findings = append(d.Findings, x)
	}
	f("RT101", "login", finding.Medium, finding.HighConfidence, finding.StatusNew, "01", "dev", "prod")
	f("RT108", "login", finding.Medium, finding.LowConfidence, finding.StatusKnown, "02", "prod")
	f("RT202", "pay", finding.Medium, finding.HighConfidence, finding.StatusKnown, "03", "test")
	f("RT301", "pay", finding.Medium, finding.HighConfidence, finding.StatusSuppressed, "04", "dev")
	d.Findings[3].Suppression = &finding.Suppression{Reason: "agreed", Source: finding.FromConfiguration}
	for _, name := range []string{"login", "pay"} {
		d.Inventory = append(d.Inventory, finding.Evidence{Organization: "acme", Environment: "dev", Kind: apigee.KindProxy, Name: name, Revision: "1"})
	}
	d.Notices = []apigee.Problem{
		{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Operation: "call shared flow", Error: "of login"},
		{Organization: "acme", Operation: "suppress findings", Error: "of the organization"},
	}
	d.Normalize()
	return d
}

func TestFilter(t *testing.T) {
	for name, c := range map[string]struct {
		asked    finding.Filter
		keeps    string // fingerprints
		notices  int
		sentence string
	}{
		"nothing":     {finding.Filter{}, "01 02 03 04", 2, ""},
		"rule":        {finding.Filter{Rules: []string{"RT202"}}, "03", 2, "Only rule RT202 ran."},
		"environment": {finding.Filter{Environments: []string{"pr*"}}, "01 02", 2, "Only environments that match pr* are reported."},
		"elsewhere":   {finding.Filter{Environments: []string{"test"}}, "03", 1, "Only environments that match test are reported."},
		"proxy":       {finding.Filter{Proxies: []string{"pay"}}, "03 04", 1, "Only proxies and shared flows that match pay are reported."},
		"severity":    {finding.Filter{MinSeverity: finding.High}, "", 2, "Findings below severity high are left out."},
		"confidence":  {finding.Filter{MinConfidence: finding.MediumConfidence}, "01 03 04", 2, "Findings below confidence medium are left out."},
		"status":      {finding.Filter{Statuses: []finding.Status{finding.StatusNew, finding.StatusSuppressed}}, "01 04", 2, "Only findings with status new or suppressed are listed."},
	} {
		t.Run(name, func(t *testing.T) {
			before, d := filterable(), filterable()
			if err := d.Filter(c.asked); err != nil {
				t.Fatal(err)
			}
			var kept []string
			for _, f := range d.Findings {
				kept = append(kept, f.Fingerprint)
				for _, at := range f.Deployments {
					if !finding.MatchesAny(c.asked.Environments, at.Environment) {
						t.Errorf("%s is still in %s", f.Fingerprint, at.Environment)
					}
				}
			}
			slices.Sort(kept)
			if got := strings.Join(kept, " "); got != c.keeps {
				t.Errorf("it keeps %q, want %q", got, c.keeps)
			}
			if len(d.Findings)+len(d.LeftOut) != len(before.Findings) {
				t.Errorf("%d findings are kept and %d left out, of %d", len(d.Findings), len(d.LeftOut), len(before.Findings))
			}
			if len(d.Notices) != c.notices {
				t.Errorf("%d notices are kept, want %d", len(d.Notices), c.notices)
			}
			if got := report.ScopeText(d); got != c.sentence {
				t.Errorf("the scope is %q, want %q", got, c.sentence)
			}
			// Neither direction may call anything fixed, and what was known is never new.
			if fixed := report.Compare(before, d).Fixed; len(fixed) > 0 {
				t.Errorf("%d findings that are left out count as fixed", len(fixed))
			}
			for _, f := range report.Compare(d, before).Added {
				if f.Status == finding.StatusKnown && c.asked.MinSeverity == 0 && len(c.asked.Statuses) > 0 {
					t.Errorf("%s was known, was left out by its status, and counts as new", f.Fingerprint)
				}
			}
		})
	}
}

// A bundle whose findings are left out by their status has not passed.
func TestFilterByStatusPassesNothing(t *testing.T) {
	d := filterable()
	d.Catalogue[0].Standards = []report.Standard{{Catalogue: "CWE", ID: "CWE-613"}}
	if err := d.Filter(finding.Filter{Statuses: []finding.Status{finding.StatusSuppressed}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Controls {
		if len(c.Passed) > 0 {
			t.Errorf("%s is passed by %v", c.Label(), c.Passed)
		}
	}
	if len(d.Controls) == 0 {
		t.Error("there are no requirements to judge")
	}
}

// What a report was narrowed to before stays, and what it cannot answer is an error.
func TestFilterTwice(t *testing.T) {
	narrowed := func() *report.Document {
		d := filterable()
		if err := d.Filter(finding.Filter{Rules: []string{"RT101", "RT202"}, Environments: []string{"dev", "prod"}, Statuses: []finding.Status{finding.StatusNew}}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := narrowed()
	if err := d.Filter(finding.Filter{Rules: []string{"RT101"}, Environments: []string{"p*"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := report.ScopeText(d), "Only rule RT101 ran. Only environments that match prod are reported. Only findings with status new are listed."; got != want {
		t.Errorf("the scope is %q, want %q", got, want)
	}
	for want, asked := range map[string]finding.Filter{
		"the report says nothing about RT301: it did not run":            {Rules: []string{"RT301"}},
		"the report is narrowed to --env dev, prod and has nothing else": {Environments: []string{"test"}},
		"the report is narrowed to --status new and has nothing else":    {Statuses: []finding.Status{finding.StatusKnown}},
		"no environment in the report matches --env qa":                  {Environments: []string{"qa"}},
		"no proxy or shared flow in the report matches --proxy nosuch":   {Proxies: []string{"nosuch"}},
	} {
		if err := narrowed().Filter(asked); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// The scopes of the parts of a merged report are narrowed, and its own is not made up.
func TestFilterMerged(t *testing.T) {
	d := filterable()
	d.Organizations[0].Scope, d.Scope = d.Scope, nil
	if err := d.Filter(finding.Filter{Proxies: []string{"pay"}}); err != nil {
		t.Fatal(err)
	}
	if d.Scope != nil || !slices.Equal(d.Organizations[0].Scope.Proxies, []string{"pay"}) {
		t.Errorf("the scopes are %+v and %+v", d.Scope, d.Organizations[0].Scope)
	}
	if got, want := report.ScopeText(d), "Only proxies and shared flows that match pay are reported."; got != want {
		t.Errorf("the scope is %q, want %q", got, want)
	}
}
