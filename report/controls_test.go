package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// controlled is an audit of three clean proxies in prod and test, with one requirement for RT101 and RT202, one for RT202 and
// RT108, and one for RT108 alone, which needs --traffic.
func controlled(change func(*report.Document)) *report.Document {
	d := reporttest.WholeReport()
	d.SchemaVersion = report.SchemaVersion
	for i := range d.Catalogue {
		r := &d.Catalogue[i]
		r.Confidence = finding.HighConfidence
		for requirement, rules := range map[string][]string{"10.1": {"RT101", "RT202"}, "9.2": {"RT202", "RT108"}, "9.10": {"RT108"}} {
			if slices.Contains(rules, r.ID) {
				r.Standards = append(r.Standards, report.Standard{Catalogue: "Frame 1", ID: requirement, Title: "t", URL: "https://example.com"})
			}
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		for _, env := range []string{"prod", "test"} {
			d.Inventory = append(d.Inventory, finding.Evidence{Organization: "acme", Environment: env, Kind: apigee.KindProxy, Name: name, Revision: "1"})
		}
	}
	change(d)
	d.Normalize()
	return d
}

func found(name, rule string, change func(*finding.Finding)) finding.Finding {
	f := finding.Finding{
		RuleID: rule, Severity: finding.Medium, Confidence: finding.HighConfidence, Organization: "acme", Kind: apigee.KindProxy, Name: name,
		Deployments: []finding.Deployed{{Environment: "prod", Revision: "1"}}, Fingerprint: rule + name, Status: finding.StatusNew,
	}
	if change != nil {
		change(&f)
	}
	return f
}

func suppressed(f *finding.Finding) {
	f.Status, f.Suppression = finding.StatusSuppressed, &finding.Suppression{Reason: "r", Source: finding.FromPolicy}
}

// verdicts are the lists of a control in one line: "passed a b · failed c".
func verdicts(c *report.Control) string {
	var parts []string
	for _, list := range []struct {
		name    string
		bundles []report.Judged
	}{{"passed", c.Passed}, {"failed", c.Failed}, {"accepted", c.Accepted}, {"unlooked", c.NotLookedAt}} {
		if len(list.bundles) == 0 {
			continue
		}
		names := []string{list.name}
		for _, b := range list.bundles {
			name := b.Name
			if name == "" {
				name = "(" + b.Organization + ")"
			}
			names = append(names, name)
		}
		parts = append(parts, strings.Join(names, " "))
	}
	return strings.Join(parts, " · ")
}

func TestControls(t *testing.T) {
	problem := func(p apigee.Problem) func(*report.Document) {
		return func(d *report.Document) {
			p.Operation, p.Error = "download bundle", "no"
			d.Problems = append(d.Problems, p)
			d.Findings = append(d.Findings, found("b", "RT101", nil))
		}
	}
	finds := func(findings ...finding.Finding) func(*report.Document) {
		return func(d *report.Document) { d.Findings = findings }
	}
	scope := func(change func(*report.Scope)) func(*report.Document) {
		return func(d *report.Document) {
			change(d.Scope)
			d.Findings = []finding.Finding{found("b", "RT101", nil)}
		}
	}
	const unjudged = "unlooked a b c"
	for name, tt := range map[string]struct {
		change func(*report.Document)
		// want are the verdicts of 9.2 (RT108, RT202), 9.10 (RT108) and 10.1 (RT101, RT202).
		want [3]string
	}{
		"clean":                {func(*report.Document) {}, [3]string{"passed a b c", unjudged, "passed a b c"}},
		"a finding":            {finds(found("b", "RT202", nil)), [3]string{"passed a c · failed b", unjudged, "passed a c · failed b"}},
		"of another rule":      {finds(found("b", "RT301", nil)), [3]string{"passed a b c", unjudged, "passed a b c"}},
		"known":                {finds(found("b", "RT101", func(f *finding.Finding) { f.Status = finding.StatusKnown })), [3]string{"passed a b c", unjudged, "passed a c · failed b"}},
		"accepted":             {finds(found("b", "RT101", suppressed)), [3]string{"passed a b c", unjudged, "passed a c · accepted b"}},
		"accepted in part":     {finds(found("b", "RT101", suppressed), found("b", "RT202", nil)), [3]string{"passed a c · failed b", unjudged, "passed a c · failed b"}},
		"in a bundle unknown":  {finds(found("d", "RT101", nil)), [3]string{"passed a b c · unlooked d", unjudged + " d", "passed a b c · failed d"}},
		"an unread bundle":     {problem(apigee.Problem{Organization: "acme", Kind: apigee.KindProxy, Name: "lost", Environment: "prod"}), [3]string{"passed a b c · unlooked lost", unjudged + " lost", "passed a c · failed b · unlooked lost"}},
		"unread in part":       {problem(apigee.Problem{Organization: "acme", Kind: apigee.KindProxy, Name: "a", Environment: "test"}), [3]string{"passed b c · unlooked a", unjudged, "passed c · failed b · unlooked a"}},
		"many unread":          {problem(apigee.Problem{Organization: "acme", Subjects: []apigee.Subject{{Kind: apigee.KindProxy, Name: "a", Environment: "test"}, {Kind: apigee.KindProxy, Name: "x"}}}), [3]string{"passed b c · unlooked a x", unjudged + " x", "passed c · failed b · unlooked a x"}},
		"an environment":       {problem(apigee.Problem{Organization: "acme", Environment: "prod"}), [3]string{"unlooked (acme) a b c", "unlooked (acme) a b c", "failed b · unlooked (acme) a c"}},
		"another environment":  {problem(apigee.Problem{Organization: "acme", Environment: "dev"}), [3]string{"passed a b c · unlooked (acme)", "unlooked (acme) a b c", "passed a c · failed b · unlooked (acme)"}},
		"no organization":      {problem(apigee.Problem{Organization: "beta"}), [3]string{"passed a b c · unlooked (beta)", unjudged + " (beta)", "passed a c · failed b · unlooked (beta)"}},
		"a share":              {problem(apigee.Problem{}), [3]string{"passed a b c · unlooked ()", "unlooked () a b c", "passed a c · failed b · unlooked ()"}},
		"not all audited":      {func(d *report.Document) { d.Organizations[0].Audited-- }, [3]string{"unlooked (acme) a b c", "unlooked (acme) a b c", "unlooked (acme) a b c"}},
		"some rules":           {scope(func(s *report.Scope) { s.Rules = []string{"RT101", "RT202"} }), [3]string{unjudged, unjudged, "failed b · unlooked a c"}},
		"high severity":        {scope(func(s *report.Scope) { s.MinSeverity = finding.High }), [3]string{unjudged, unjudged, "failed b · unlooked a c"}},
		"high confidence":      {scope(func(s *report.Scope) { s.MinConfidence = finding.HighConfidence }), [3]string{unjudged, unjudged, "failed b · unlooked a c"}},
		"one proxy":            {scope(func(s *report.Scope) { s.Proxies = []string{"c"} }), [3]string{"passed c · unlooked a b", unjudged, "passed c · failed b · unlooked a"}},
		"one environment":      {scope(func(s *report.Scope) { s.Environments = []string{"prod"} }), [3]string{"passed a b c", unjudged, "passed a c · failed b"}},
		"environments of none": {scope(func(s *report.Scope) { s.Environments = []string{"dev"} }), [3]string{unjudged, unjudged, "failed b · unlooked a c"}},
		"traffic":              {scope(func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }), [3]string{"passed a b c", "passed a b c", "passed a c · failed b"}},
		"rules that did not run": {func(d *report.Document) {
			d.Rules = []string{"RT202"}
		}, [3]string{unjudged, unjudged, "unlooked a b c"}},
	} {
		d := controlled(tt.change)
		var got [3]string
		for i := range d.Controls {
			got[i] = verdicts(&d.Controls[i])
		}
		if got != tt.want {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(tt.want, got))
		}
		if d.Controls[0].Requirement != "9.2" || d.Controls[1].Requirement != "9.10" {
			t.Errorf("%s: requirements are not in the order of their numbers", name)
		}
		var again bytes.Buffer
		if err := report.Encode(&again, d); err != nil {
			t.Fatal(err)
		}
		read, err := report.Read(&again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Controls, read.Controls); diff != "" {
			t.Errorf("%s: read again, the controls differ:\n%s", name, diff)
		}
	}
}

func TestControlsSayWhatTheyRestOn(t *testing.T) {
	d := controlled(func(d *report.Document) {
		d.Findings = []finding.Finding{found("b", "RT101", suppressed), found("c", "RT202", nil), found("c", "RT101", nil)}
		d.Problems = []apigee.Problem{{Organization: "acme", Kind: apigee.KindProxy, Name: "b", Environment: "test", Operation: "read", Error: "no"}}
	})
	c := d.Controls[2]
	ids := map[string]string{}
	for _, f := range d.Findings {
		ids[f.RuleID+f.Name] = f.ID
	}
	if got := c.Failed[0].Findings; !slices.Equal(got, []string{ids["RT101c"], ids["RT202c"]}) {
		t.Errorf("c fails by %v of %v", got, ids)
	}
	if b := c.Accepted[0]; !slices.Equal(b.Findings, []string{ids["RT101b"]}) || b.Why != "part of it could not be read" {
		t.Errorf("b is accepted as %+v", b)
	}
	if got := d.Controls[0].NotJudged; len(got) != 1 || got[0] != (report.NotJudged{RuleID: "RT108", Why: "the rule needs --traffic"}) {
		t.Errorf("not judged: %v", got)
	}
}

// In a merged report each organization is judged by what its own audit was asked for.
func TestControlsOfMergedReports(t *testing.T) {
	whole := controlled(func(*report.Document) {})
	narrow := controlled(func(d *report.Document) {
		d.Organizations[0].Name = "beta"
		for i := range d.Inventory {
			d.Inventory[i].Organization, d.Inventory[i].Name = "beta", d.Inventory[i].Name+"-beta"
		}
		d.Scope.MinSeverity = finding.High
	})
	m, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a", Document: whole}, {Name: "b", Document: narrow}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := verdicts(&m.Controls[2]), "passed a b c · unlooked a-beta b-beta c-beta"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever happened, nothing that is accepted or was not read has passed, and every bundle is in one list.
func TestControlsClaimNoMoreThanIsKnown(t *testing.T) {
	for name, d := range reporttest.Documents() {
		d.Catalogue = report.Describe(reporttest.Rules())
		d.Normalize()
		for _, c := range d.Controls {
			count := map[string]int{}
			for _, list := range [][]report.Judged{c.Passed, c.Failed, c.Accepted, c.NotLookedAt} {
				for _, b := range list {
					count[b.Organization+" "+string(b.Kind)+" "+b.Name]++
				}
			}
			for bundle, n := range count {
				if n != 1 {
					t.Errorf("%s, %s: %s is in %d lists", name, c.Requirement, bundle, n)
				}
			}
			for _, e := range d.Inventory {
				if count[e.Organization+" "+string(e.Kind)+" "+e.Name] != 1 {
					t.Errorf("%s, %s: %s is in no list", name, c.Requirement, e.Name)
				}
			}
			for _, b := range c.Passed {
				if slices.ContainsFunc(d.Findings, func(f finding.Finding) bool {
					return f.Organization == b.Organization && f.Kind == b.Kind && f.Name == b.Name && slices.Contains(c.Rules, f.RuleID)
				}) {
					t.Errorf("%s, %s: %s has findings and passed", name, c.Requirement, b.Name)
				}
				if slices.ContainsFunc(d.Problems, func(p apigee.Problem) bool {
					return p.Organization == b.Organization && (p.Name == "" && p.Environment == "" || p.Kind == b.Kind && p.Name == b.Name)
				}) {
					t.Errorf("%s, %s: %s was not read and passed", name, c.Requirement, b.Name)
				}
			}
		}
	}
}
