package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestShownFixes(t *testing.T) {
	f := reporttest.NeverRefreshed()
	got := report.ShownFixes(&f, "", 100)
	if len(got) != 2 || got[0].Title != "Recommended fix" || got[1].Title != "Another fix" || got[0].Cut != "" {
		t.Fatalf("%+v", got)
	}
	want := []report.FixRemark{
		{"Edits", "proxy login, revision 12"},
		{"Also mends", `low RT203 refresh-not-longer-than-access at "Mobile"`},
		{"Would change", "RT101 in proxy pay becomes low RT106 refresh-in-another-proxy"},
		{"Proof", "An audit with this change no longer reports the finding, and reports no new one of high severity."},
	}
	if !slices.Equal(got[0].Remarks, want) {
		t.Errorf("%+v", got[0].Remarks)
	}
	f.Severity, f.Fixes = finding.Info, f.Fixes[:1]
	x := &f.Fixes[0]
	x.Kind, x.Name, x.Revision, x.Further = apigee.KindSharedFlow, "issue", "", 12
	x.Sources, x.Mends = []string{"/repo/gw/issue", "/else/issue"}, nil
	x.Introduces = []finding.Effect{{RuleID: "RT205", Severity: finding.Low, Kind: apigee.KindSharedFlow, Name: "issue"}}
	got = report.ShownFixes(&f, "/repo", 100)
	want = []report.FixRemark{
		{"Edits", "shared flow issue, in gw/issue and /else/issue"},
		{"Would introduce", "low RT205"},
		{"Would affect", "12 more findings"},
		{"Proof", "An audit with this change no longer reports the finding, and reports no new one."},
	}
	if len(got) != 1 || got[0].Title != "Fix" || !slices.Equal(got[0].Remarks, want) {
		t.Errorf("%+v", got)
	}
}

// A stored report may claim any number of everything.
func TestShownFixesAreBounded(t *testing.T) {
	f := reporttest.NeverRefreshed()
	x := finding.Fix{Description: "D.", Kind: apigee.KindProxy, Name: "login", Diff: "--- a/x\n+++ b/x\n@@ -0,0 +1,9000 @@\n" + finding.Lines(strings.Repeat("+x\n", 9000))}
	for i := range 5000 {
		x.Sources = append(x.Sources, fmt.Sprintf("copy-%d", i))
		x.Mends = append(x.Mends, finding.Effect{RuleID: fmt.Sprintf("RT%d", i), Severity: finding.Low, Kind: apigee.KindProxy, Name: "login"})
	}
	f.Fixes = slices.Repeat([]finding.Fix{x}, 3000)
	got := report.ShownFixes(&f, "", 10)
	if len(got) != report.MostFixes || len(got[0].Diff) != 10 || got[0].Cut != "Left out here: 8993 more lines. apigee-audit fix shows the whole diff." {
		t.Errorf("%d fixes, %d lines, %q", len(got), len(got[0].Diff), got[0].Cut)
	}
	last := got[len(got)-1].Remarks
	if r := last[len(last)-1]; r != (report.FixRemark{Label: "Not shown", Text: "2997 more fixes"}) {
		t.Errorf("%+v", r)
	}
	for _, want := range []report.FixRemark{
		{"Edits", "proxy login, in copy-0, copy-1, copy-2 and 4997 more copies"},
		{"Also mends", "low RT0, low RT1, low RT2, low RT3, low RT4 and 4995 more findings"},
	} {
		if !slices.Contains(got[0].Remarks, want) {
			t.Errorf("%+v lacks %+v", got[0].Remarks, want)
		}
	}
	if got := report.ShownFixes(&f, "", 0)[0]; len(got.Diff) != 0 || got.Cut != "Left out here: 9003 lines. apigee-audit fix shows the whole diff." {
		t.Errorf("%d lines, %q", len(got.Diff), got.Cut)
	}
}

func TestDiffLines(t *testing.T) {
	long := strings.Repeat("é<a/>", 2000)
	for name, tt := range map[string]struct{ diff, want, cut string }{
		"names and signs": {
			diff: "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n same\n--- old\n+++ new\n \n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+2\n",
			want: "file|--- a/x file|+++ b/x hunk|@@ -1,3 +1,3 @@ same| same removed|--- old added|+++ new same|  file|--- a/y file|+++ b/y hunk|@@ -1 +1 @@ removed|-1 same|\\ No newline at end of file added|+2",
		},
		"line ends and tabs": {diff: "@@ -1,1 +1,1 @@\r\n-\ta\r\n+\tb\r\n", want: "hunk|@@ -1,1 +1,1 @@ removed|-    a added|+    b"},
		"no end":             {diff: "@@ -0,0 +1 @@\n+a", want: "hunk|@@ -0,0 +1 @@ added|+a"},
		"nothing":            {},
		"not a diff":         {diff: "@@ hello @@ x\n-a\n@@ -x,y +1 @@\n+b", want: "file|@@ hello @@ x file|-a file|@@ -x,y +1 @@ file|+b"},
		"one-line files": {
			diff: "@@ -1 +1 @@\n-" + long + "<old/>" + long + "\n+" + long + "<new/>" + long,
			want: "hunk|@@ -1 +1 @@ removed|-…" + tail(long, 60) + "<old/>" + head(long, 300-2-50-6) + "… added|+…" + tail(long, 60) + "<new/>" + head(long, 300-2-50-6) + "…",
			cut:  "Left out here: parts of 2 lines. apigee-audit fix shows the whole diff.",
		},
		"a long line alone": {diff: "@@ -1 +1,2 @@\n " + long + "\n+a", want: "hunk|@@ -1 +1,2 @@ same| " + head(long, 299) + "… added|+a", cut: "Left out here: parts of 1 line. apigee-audit fix shows the whole diff."},
	} {
		f := finding.Finding{Severity: finding.Low, Fixes: []finding.Fix{{Kind: apigee.KindProxy, Diff: finding.Lines(tt.diff)}}}
		shown := report.ShownFixes(&f, "", 100)[0]
		var got []string
		for _, l := range shown.Diff {
			got = append(got, string(l.Kind)+"|"+l.Text)
		}
		if strings.Join(got, " ") != tt.want || shown.Cut != tt.cut {
			t.Errorf("%s:\n%q, %q\nwant\n%q, %q", name, strings.Join(got, " "), shown.Cut, tt.want, tt.cut)
		}
	}
}

// head is the first so many characters of a text, tail its last bytes.
func head(s string, n int) string { return string([]rune(s)[:n]) }
func tail(s string, n int) string { return s[len(s)-n:] }

func TestFixText(t *testing.T) {
	f := reporttest.NeverRefreshed()
	for want, f := range map[string]finding.Finding{
		f.Fixes[0].Description: f, "No fix: A person decides.": {NoFix: "A person decides."}, "": {},
	} {
		if got := report.FixText(&f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What would mend a finding was proved of bundles that may be others by now.
func TestFindingsOfThePastHaveNoFixes(t *testing.T) {
	none := func(what string, findings []finding.Finding) {
		t.Helper()
		if len(findings) == 0 {
			t.Errorf("%s: no findings", what)
		}
		for _, f := range findings {
			if f.Fixes != nil || f.NoFix != "" {
				t.Errorf("%s: %s has fixes: %+v, %q", what, f.RuleID, f.Fixes, f.NoFix)
			}
		}
	}
	gone, unseen := reporttest.Single(), reporttest.Single()
	gone.Findings, unseen.Findings, unseen.Organizations = nil, nil, nil
	none("fixed", report.Compare(reporttest.Single(), gone).Fixed)
	none("not looked at", report.Compare(reporttest.Single(), unseen).NotLookedAt)
	gone.CompareWith(reporttest.Single())
	none("with a baseline", gone.Fixed)
	d := reporttest.Single()
	d.Fixed, d.NotLookedAt = slices.Clone(d.Findings), slices.Clone(d.Findings)
	read, err := report.Read(strings.NewReader(string(reporttest.JSON(t, d))))
	if err != nil {
		t.Fatal(err)
	}
	none("read, fixed", read.Fixed)
	none("read, not looked at", read.NotLookedAt)
	if len(read.Findings[0].Fixes) != 2 || read.Findings[1].NoFix == "" {
		t.Errorf("findings lose their fixes: %+v", read.Findings)
	}
	known := reporttest.Single()
	if known.CompareWith(reporttest.Single()); known.Findings[0].Status != finding.StatusKnown || len(known.Findings[0].Fixes) != 2 {
		t.Errorf("known findings lose their fixes: %+v", known.Findings[0])
	}
}

// Text that is written into files is either as it was or not there.
func TestExact(t *testing.T) {
	for in, want := range map[finding.Lines]bool{
		"": true, "<a>\r\n\t<b/>\r\n</a>": true, "é\n": true,
		"a\rb": false, "::error::": false, "\u202e": false, "\x1b": false, "\xff": false,
	} {
		if exact, ok := report.Exact(in); ok != want || string(exact) != string(in) {
			t.Errorf("%q: %q, %v", in, exact, ok)
		}
	}
	if got := report.Sanitized(report.ExactLines("a\r\nb")); got != "a\r\nb" {
		t.Errorf("%q", got)
	}
	if got := report.Sanitized(finding.Lines("a\r\n\tb\rc\u202e\n")); got != "a\n\tb\\rc\\u202e\n" {
		t.Errorf("%q", got)
	}
}
