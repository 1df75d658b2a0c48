package format

import (
	"encoding/json"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestWriteComparison(t *testing.T) {
	old, new := reporttest.Rich(), reporttest.Rich()
	new.Organizations = old.Organizations
	old.Findings, new.Findings = old.Findings[1:], new.Findings[:len(new.Findings)-1]
	c := report.Compare(old, new)
	for _, format := range ComparisonFormats() {
		for _, width := range []int{0, 80} {
			var a, b strings.Builder
			if err := WriteComparison(&a, format, c, report.Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if err := WriteComparison(&b, format, report.Compare(old, new), report.Options{Width: width}); err != nil {
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
	if err := WriteComparison(&strings.Builder{}, "sarif", c, report.Options{}); err == nil {
		t.Error("an unknown format is not an error")
	}
}

// Names are other people's text, and a comparison is appended to job summaries like a report.
func TestComparisonMarkdownIsHardened(t *testing.T) {
	old := report.New(reporttest.Tool(), nil)
	f := reporttest.NeverRefreshed()
	f.Name = "see https://evil.example www.evil.example GH-12 @all <b>"
	var b strings.Builder
	if err := WriteComparison(&b, "markdown", report.Compare(old, report.New(reporttest.Tool(), []*finding.Result{{Findings: []finding.Finding{f}}})), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, live := range []string{"https://evil", "www.evil", "GH-12", "@all", "<b>"} {
		if strings.Contains(b.String(), live) {
			t.Errorf("%s is live in:\n%s", live, b.String())
		}
	}
}

func TestComparisonSaysWhy(t *testing.T) {
	old, new := reporttest.WholeReport(), reporttest.WholeReport()
	a, b := *reporttest.Vanished(), *reporttest.Vanished()
	b.Name, b.Fingerprint, b.SharedFingerprint = "pay", "bb", ""
	old.Findings = []finding.Finding{a, b}
	new.Scope.MinSeverity = finding.High
	for _, format := range []string{"table", "markdown"} {
		var out strings.Builder
		if err := WriteComparison(&out, format, report.Compare(old, new), report.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"0 new, 0 fixed, 2 not looked at, 0 unchanged.", "2 (findings below severity high are left out)"} {
			if !strings.Contains(strings.ReplaceAll(out.String(), `\`, ""), want) {
				t.Errorf("%s does not say %q:\n%s", format, want, out.String())
			}
		}
	}
}
