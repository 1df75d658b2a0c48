package report

import (
	"encoding/json"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// fingerprints lists a comparison in short: "+new -fixed ?unseen =unchanged".
func fingerprints(c *Comparison) string {
	var parts []string
	for _, l := range []struct {
		sign string
		list []audit.Finding
	}{{"+", c.Added}, {"-", c.Fixed}, {"?", c.Unseen}, {"=", c.Unchanged}} {
		for _, f := range l.list {
			parts = append(parts, l.sign+f.Organization+"/"+f.Fingerprint)
		}
	}
	return strings.Join(parts, " ")
}

func TestCompare(t *testing.T) {
	finding := func(organization, fingerprint string) audit.Finding {
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
		"same":                       {doc(finding("a", "1")), doc(finding("a", "1")), "=a/1"},
		"new":                        {doc(), doc(finding("a", "1")), "+a/1"},
		"fixed":                      {doc(finding("a", "1")), doc(), "-a/1"},
		"another organization's":     {doc(finding("a", "1")), doc(finding("b", "1")), "+b/1 -a/1"},
		"known is still there":       {doc(finding("a", "1")), doc(known(finding("a", "1"))), "=a/1"},
		"accepted since":             {doc(finding("a", "1")), doc(suppressed(finding("a", "1"))), ""},
		"no longer accepted":         {doc(suppressed(finding("a", "1"))), doc(finding("a", "1")), "=a/1"},
		"accepted, then gone":        {doc(suppressed(finding("a", "1"))), doc(), ""},
		"organization not in it":     {doc(finding("c", "1")), doc(), "?c/1"},
		"organization unreadable":    {doc(finding("a", "1"), finding("b", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Operation: "read organization"}), "-b/2 ?a/1"},
		"bundle unreadable":          {doc(finding("a", "1"), finding("a", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Kind: apigee.KindProxy, Name: "p1"}), "-a/2 ?a/1"},
		"bundles unreadable alike":   {doc(finding("a", "1"), finding("a", "2")), incomplete(doc(), apigee.Problem{Organization: "a", Subjects: []apigee.Subject{{Kind: apigee.KindProxy, Name: "p1"}, {Kind: apigee.KindProxy, Name: "p3"}}}), "-a/2 ?a/1"},
		"shared flow of that name":   {doc(finding("a", "1")), incomplete(doc(), apigee.Problem{Organization: "a", Kind: apigee.KindSharedFlow, Name: "p1"}), "-a/1"},
		"an environment's hooks":     {doc(finding("a", "1")), incomplete(doc(), apigee.Problem{Organization: "a", Environment: "prod"}), "?a/1"},
		"a problem elsewhere":        {doc(finding("a", "1")), incomplete(doc(), apigee.Problem{Organization: "b"}), "-a/1"},
		"several of one fingerprint": {doc(finding("a", "1"), finding("a", "1:2")), doc(finding("a", "1")), "-a/1:2 =a/1"},
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
