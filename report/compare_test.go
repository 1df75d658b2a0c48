package report_test

import (
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// fingerprints lists a comparison in short: "+new -fixed ?not looked at =unchanged".
func fingerprints(c *report.Comparison) string {
	var parts []string
	for _, l := range []struct {
		sign string
		list []finding.Finding
	}{{"+", c.Added}, {"-", c.Fixed}, {"?", c.NotLookedAt}, {"=", c.Unchanged}} {
		for _, f := range l.list {
			parts = append(parts, l.sign+f.Organization+"/"+f.Fingerprint)
		}
	}
	return strings.Join(parts, " ")
}

func TestCompare(t *testing.T) {
	findingOf := func(organization, fingerprint string) finding.Finding {
		return finding.Finding{Organization: organization, Kind: apigee.KindProxy, Name: "p" + fingerprint, Fingerprint: fingerprint, Status: finding.StatusNew}
	}
	suppressed := func(f finding.Finding) finding.Finding { f.Status = finding.StatusSuppressed; return f }
	known := func(f finding.Finding) finding.Finding { f.Status = finding.StatusKnown; return f }
	doc := func(findings ...finding.Finding) *report.Document {
		return &report.Document{Organizations: []report.Organization{{Name: "a"}, {Name: "b"}}, Findings: findings}
	}
	incomplete := func(d *report.Document, p apigee.Problem) *report.Document {
		d.Problems = append(d.Problems, p)
		return d
	}
	for name, tt := range map[string]struct {
		old, new *report.Document
		want     string
	}{
		"same":                       {doc(findingOf("a", "1")), doc(findingOf("a", "1")), "=a/1"},
		"new":                        {doc(), doc(findingOf("a", "1")), "+a/1"},
		"fixed":                      {doc(findingOf("a", "1")), doc(), "-a/1"},
		"another organization's":     {doc(findingOf("a", "1")), doc(findingOf("b", "1")), "+b/1 -a/1"},
		"known is still there":       {doc(findingOf("a", "1")), doc(known(findingOf("a", "1"))), "=a/1"},
		"accepted since":             {doc(findingOf("a", "1")), doc(suppressed(findingOf("a", "1"))), ""},
		"no longer accepted":         {doc(suppressed(findingOf("a", "1"))), doc(findingOf("a", "1")), "+a/1"},
		"accepted, then gone":        {doc(suppressed(findingOf("a", "1"))), doc(), ""},
		"organization not in it":     {doc(findingOf("c", "1")), doc(), "?c/1"},
		"organization unreadable":    {doc(findingOf("a", "1"), findingOf("b", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Operation: "read organization"}), "-b/2 ?a/1"},
		"bundle unreadable":          {doc(findingOf("a", "1"), findingOf("a", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Kind: apigee.KindProxy, Name: "p1"}), "-a/2 ?a/1"},
		"bundles unreadable alike":   {doc(findingOf("a", "1"), findingOf("a", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Subjects: []apigee.Subject{{Kind: apigee.KindProxy, Name: "p1"}, {Kind: apigee.KindProxy, Name: "p3"}}}), "-a/2 ?a/1"},
		"shared flow of that name":   {doc(findingOf("a", "1")), incomplete(doc(), apigee.Problem{Organization: "a", Kind: apigee.KindSharedFlow, Name: "p1"}), "-a/1"},
		"an environment's hooks":     {doc(findingOf("a", "1")), incomplete(doc(), apigee.Problem{Organization: "a", Environment: "prod"}), "?a/1"},
		"a problem elsewhere":        {doc(findingOf("a", "1")), incomplete(doc(), apigee.Problem{Organization: "b"}), "-a/1"},
		"several of one fingerprint": {doc(findingOf("a", "1"), findingOf("a", "1:2")), doc(findingOf("a", "1")), "-a/1:2 =a/1"},
	} {
		if got := fingerprints(report.Compare(tt.old, tt.new)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestCompareWithBaseline(t *testing.T) {
	find := func(fingerprint string, status finding.Status) finding.Finding {
		f := *reporttest.Vanished()
		f.Fingerprint, f.SharedFingerprint, f.Status = fingerprint, "", status
		return f
	}
	of := func(rules ...string) []finding.Finding { // of one place, as an audit numbers them
		var all []finding.Finding
		for i, r := range rules {
			f := find("aa", finding.StatusNew)
			if f.RuleID = r; i > 0 {
				f.Fingerprint, f.SharedFingerprint = "aa:"+r, "aa"
			}
			all = append(all, f)
		}
		return all
	}
	elsewhere := find("aa", finding.StatusNew)
	elsewhere.Organization = "beta"
	list := func(findings ...finding.Finding) []finding.Finding { return findings }
	for name, tt := range map[string]struct {
		before, now []finding.Finding
		want        string // status of each, fixed, not looked at
		alias       string
	}{
		"unchanged":               {list(find("aa", finding.StatusNew)), list(find("aa", finding.StatusNew)), "known | |", ""},
		"known stays known":       {list(find("aa", finding.StatusKnown)), list(find("aa", finding.StatusNew)), "known | |", ""},
		"new":                     {nil, list(find("bb", finding.StatusNew)), "new | |", ""},
		"fixed and new":           {list(find("aa", finding.StatusNew)), list(find("bb", finding.StatusNew)), "new | aa |", ""},
		"of another organization": {list(elsewhere), list(find("aa", finding.StatusNew)), "new | | aa", ""},
		"accepted now":            {list(find("aa", finding.StatusNew)), list(find("aa", finding.StatusSuppressed)), "suppressed | |", ""},
		"no longer accepted":      {list(find("aa", finding.StatusSuppressed)), list(find("aa", finding.StatusNew)), "new | |", ""},
		"accepted in part": {list(find("aa", finding.StatusNew), find("aa", finding.StatusSuppressed)),
			list(find("aa", finding.StatusNew), find("aa", finding.StatusSuppressed)), "known suppressed | |", ""},
		"twice in the baseline": {list(find("aa", finding.StatusNew), find("aa", finding.StatusNew)), nil, " | aa |", ""},

		"the older rule became the newer": {of("RT106"), of("RT110"), "known | |", "RT106 RT110"},
		"the newer rule became the older": {of("RT110"), of("RT106"), "known | |", "RT110 RT106"},
		"the older became both":           {of("RT106"), of("RT106", "RT110"), "known known | |", "RT106 RT110"},
		"the newer became both":           {of("RT110"), of("RT106", "RT110"), "known known | |", "RT110 RT106"},
		"both became the newer":           {of("RT106", "RT110"), of("RT110"), "known | |", ""},
		"both stay":                       {of("RT106", "RT110"), of("RT106", "RT110"), "known known | |", ""},
		"both are gone, which were one":   {of("RT106", "RT110"), nil, " | aa |", ""},
	} {
		d, baseline := reporttest.WholeReport(), reporttest.WholeReport()
		d.Findings, baseline.Findings, d.Rules = tt.now, tt.before, append(d.Rules, "RT106", "RT110")
		c := d.CompareWith(baseline)
		var statuses, fixed, unlooked []string
		for _, f := range d.Findings {
			statuses = append(statuses, string(f.Status))
		}
		for _, f := range d.Fixed {
			fixed = append(fixed, f.Fingerprint)
		}
		for _, f := range d.NotLookedAt {
			unlooked = append(unlooked, f.Fingerprint)
		}
		got := strings.Join(statuses, " ") + " | " + strings.Join(fixed, " ") + " | " + strings.Join(unlooked, " ")
		if strings.Join(strings.Fields(got), " ") != strings.TrimSpace(tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		alias := ""
		for _, a := range c.Aliases {
			alias += a.Older + " " + a.Newer
		}
		if alias != tt.alias {
			t.Errorf("%s: aliases %+v, want %q", name, c.Aliases, tt.alias)
		}
	}
}

// What a baseline could not look at itself is still known, and once looked at it is fixed.
func TestCompareTakesOverWhatWasNotLookedAt(t *testing.T) {
	old, still, mended := reporttest.WholeReport(), reporttest.WholeReport(), reporttest.WholeReport()
	old.NotLookedAt, still.Findings = []finding.Finding{*reporttest.Vanished()}, []finding.Finding{*reporttest.Vanished()}
	if c := report.Compare(old, still); len(c.Unchanged) != 1 || len(c.Added) != 0 {
		t.Errorf("still there: %d unchanged, %d new", len(c.Unchanged), len(c.Added))
	}
	if c := report.Compare(old, mended); len(c.Fixed) != 1 {
		t.Errorf("gone: %d fixed", len(c.Fixed))
	}
}
