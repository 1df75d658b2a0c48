package report

import (
	"encoding/json"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// fingerprints lists a comparison in short: "+new -fixed ?not looked at =unchanged".
func fingerprints(c *Comparison) string {
	var parts []string
	for _, l := range []struct {
		sign string
		list []audit.Finding
	}{{"+", c.Added}, {"-", c.Fixed}, {"?", c.NotLookedAt}, {"=", c.Unchanged}} {
		for _, f := range l.list {
			parts = append(parts, l.sign+f.Organization+"/"+f.Fingerprint)
		}
	}
	return strings.Join(parts, " ")
}

func TestCompare(t *testing.T) {
	findingOf := func(organization, fingerprint string) audit.Finding {
		return audit.Finding{Organization: organization, Kind: apigee.KindProxy, Name: "p" + fingerprint, Fingerprint: fingerprint, Status: audit.StatusNew}
	}
	suppressed := func(f audit.Finding) audit.Finding { f.Status = audit.StatusSuppressed; return f }
	known := func(f audit.Finding) audit.Finding { f.Status = audit.StatusKnown; return f }
	doc := func(findings ...audit.Finding) *Document {
		return &Document{Organizations: []Organization{{Name: "a"}, {Name: "b"}}, Findings: findings}
	}
	incomplete := func(d *Document, p apigee.Problem) *Document { d.Problems = append(d.Problems, p); return d }
	for name, tt := range map[string]struct {
		old, new *Document
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
		if got := fingerprints(Compare(tt.old, tt.new)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestWriteComparison(t *testing.T) {
	old, new := rich(), rich()
	new.Organizations = old.Organizations
	old.Findings, new.Findings = old.Findings[1:], new.Findings[:len(new.Findings)-1]
	c := Compare(old, new)
	for _, format := range ComparisonFormats() {
		for _, width := range []int{0, 80} {
			var a, b strings.Builder
			if err := WriteComparison(&a, format, c, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if err := WriteComparison(&b, format, Compare(old, new), Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if a.String() != b.String() {
				t.Errorf("%s: two times the same comes out differently", format)
			}
			for _, r := range a.String() {
				if r != '\n' && !text.Visible(r) {
					t.Errorf("%s lets %q through", format, r)
				}
			}
			if format == "json" && !json.Valid([]byte(a.String())) {
				t.Errorf("no JSON:\n%s", a.String())
			}
		}
	}
	if err := WriteComparison(&strings.Builder{}, "sarif", c, Options{}); err == nil {
		t.Error("an unknown format is no error")
	}
}

// Names are other people's text, and a comparison is appended to job summaries like a report.
func TestComparisonMarkdownIsHardened(t *testing.T) {
	old := New(testTool(), nil)
	f := neverRefreshed()
	f.Name = "see https://evil.example www.evil.example GH-12 @all <b>"
	var b strings.Builder
	if err := WriteComparison(&b, "markdown", Compare(old, New(testTool(), []*audit.Result{{Findings: []audit.Finding{f}}})), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, live := range []string{"https://evil", "www.evil", "GH-12", "@all", "<b>"} {
		if strings.Contains(b.String(), live) {
			t.Errorf("%s is live in:\n%s", live, b.String())
		}
	}
}

func TestCompareWithBaseline(t *testing.T) {
	find := func(fingerprint string, status audit.Status) audit.Finding {
		f := *vanished()
		f.Fingerprint, f.SharedFingerprint, f.Status = fingerprint, "", status
		return f
	}
	of := func(rules ...string) []audit.Finding { // of one place, as an audit numbers them
		var all []audit.Finding
		for i, r := range rules {
			f := find("aa", audit.StatusNew)
			if f.RuleID = r; i > 0 {
				f.Fingerprint, f.SharedFingerprint = "aa:"+r, "aa"
			}
			all = append(all, f)
		}
		return all
	}
	elsewhere := find("aa", audit.StatusNew)
	elsewhere.Organization = "beta"
	list := func(findings ...audit.Finding) []audit.Finding { return findings }
	for name, tt := range map[string]struct {
		before, now []audit.Finding
		want        string // status of each, fixed, not looked at
		alias       string
	}{
		"unchanged":               {list(find("aa", audit.StatusNew)), list(find("aa", audit.StatusNew)), "known | |", ""},
		"known stays known":       {list(find("aa", audit.StatusKnown)), list(find("aa", audit.StatusNew)), "known | |", ""},
		"new":                     {nil, list(find("bb", audit.StatusNew)), "new | |", ""},
		"fixed and new":           {list(find("aa", audit.StatusNew)), list(find("bb", audit.StatusNew)), "new | aa |", ""},
		"of another organization": {list(elsewhere), list(find("aa", audit.StatusNew)), "new | | aa", ""},
		"accepted now":            {list(find("aa", audit.StatusNew)), list(find("aa", audit.StatusSuppressed)), "suppressed | |", ""},
		"no longer accepted":      {list(find("aa", audit.StatusSuppressed)), list(find("aa", audit.StatusNew)), "new | |", ""},
		"accepted in part": {list(find("aa", audit.StatusNew), find("aa", audit.StatusSuppressed)),
			list(find("aa", audit.StatusNew), find("aa", audit.StatusSuppressed)), "known suppressed | |", ""},
		"twice in the baseline": {list(find("aa", audit.StatusNew), find("aa", audit.StatusNew)), nil, " | aa |", ""},

		"the older rule became the newer": {of("RT106"), of("RT110"), "known | |", "RT106 RT110"},
		"the newer rule became the older": {of("RT110"), of("RT106"), "known | |", "RT110 RT106"},
		"the older became both":           {of("RT106"), of("RT106", "RT110"), "known known | |", "RT106 RT110"},
		"the newer became both":           {of("RT110"), of("RT106", "RT110"), "known known | |", "RT110 RT106"},
		"both became the newer":           {of("RT106", "RT110"), of("RT110"), "known | |", ""},
		"both stay":                       {of("RT106", "RT110"), of("RT106", "RT110"), "known known | |", ""},
		"both are gone, which were one":   {of("RT106", "RT110"), nil, " | aa |", ""},
	} {
		d, baseline := wholeReport(), wholeReport()
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
	old, still, mended := wholeReport(), wholeReport(), wholeReport()
	old.NotLookedAt, still.Findings = []audit.Finding{*vanished()}, []audit.Finding{*vanished()}
	if c := Compare(old, still); len(c.Unchanged) != 1 || len(c.Added) != 0 {
		t.Errorf("still there: %d unchanged, %d new", len(c.Unchanged), len(c.Added))
	}
	if c := Compare(old, mended); len(c.Fixed) != 1 {
		t.Errorf("gone: %d fixed", len(c.Fixed))
	}
}

func TestComparisonSaysWhy(t *testing.T) {
	old, new := wholeReport(), wholeReport()
	a, b := *vanished(), *vanished()
	b.Name, b.Fingerprint, b.SharedFingerprint = "pay", "bb", ""
	old.Findings = []audit.Finding{a, b}
	new.Scope.MinSeverity = audit.High
	for _, format := range []string{"table", "markdown"} {
		var out strings.Builder
		if err := WriteComparison(&out, format, Compare(old, new), Options{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"0 new, 0 fixed, 2 not looked at, 0 unchanged.", "2 (findings below severity high are left out)"} {
			if !strings.Contains(strings.ReplaceAll(out.String(), `\`, ""), want) {
				t.Errorf("%s does not say %q:\n%s", format, want, out.String())
			}
		}
	}
}
