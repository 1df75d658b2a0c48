package markdown

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestMarkdownTextDoesNothing(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, 100% (ok).":           "plain text, 100% (ok).",
		"@octocat":                         "&#64;&#8203;octocat",
		"a#12, GH-12":                      "a&#35;&#8203;12, GH&#8203;-12",
		"https://evil.example":             "https:&#8203;//evil.example",
		"www.evil.example":                 "www&#8203;.evil.example",
		"refresh_token OA-Refresh-A a_ _b": "refresh_token OA-Refresh-A a&#95; &#95;b",
		"a|b":                              "a&#124;b",
		"<b>&amp;":                         "&#60;b&#62;&#38;amp;",
		"[x](y) ![z](w)":                   "&#91;x&#93;(y) !&#91;z&#93;(w)",
		"*a* _b_ `c` ~d~ $e$":              "&#42;a&#42; &#95;b&#95; &#96;c&#96; &#126;d&#126; &#36;e&#36;",
		`\`:                                "&#92;",
		"a\nb\u202ec":                      "a&#92;nb&#92;u202ec",
	} {
		if got := escape(text.Sanitize(in)); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got, want := code("a|`@x`</code>"), "<code>a&#124;&#96;&#64;&#8203;x&#96;&#60;/code&#62;</code>"; got != want {
		t.Errorf("code is %q, want %q", got, want)
	}
}

// Whatever the names, a report has only the markup that the writer puts there.
func TestMarkdownOfHostileNames(t *testing.T) {
	out := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), report.Options{Rules: reporttest.Rules()}))
	fences := regexp.MustCompile("(?s)\n(````*)(?:xml|diff)\n.*?\n(````*)\n").FindAllStringSubmatch(out, -1)
	if blocks := strings.Count(out, "```xml\n") + strings.Count(out, "```diff\n"); len(fences) < 2 || len(fences) != blocks {
		t.Errorf("%d blocks of XML to paste and of diffs, and %d are closed", blocks, len(fences))
	}
	for _, f := range fences { // in a block of code nothing is markup
		if f[1] != f[2] {
			t.Errorf("a block of code that begins with %s may end with %s", f[1], f[2])
		}
		out = strings.Replace(out, f[0], "\n", 1)
	}
	tags := regexp.MustCompile(`</?([a-z]+)[ >]`)
	for _, m := range tags.FindAllStringSubmatch(out, -1) {
		if m[1] != "details" && m[1] != "summary" && m[1] != "code" {
			t.Errorf("the report has a tag %s", m[0])
		}
	}
	for _, tag := range []string{"details", "summary", "code"} {
		if strings.Count(out, "<"+tag+">") != strings.Count(out, "</"+tag+">") {
			t.Errorf("the tags %s are not balanced", tag)
		}
	}
	for line := range strings.Lines(out) {
		if n := strings.Count(line, "|"); n > 0 && n != 7 {
			t.Errorf("a row of the table has %d bars: %s", n, line)
		}
	}
	if links := strings.Count(out, "]("); links != strings.Count(out, "](https://console.cloud.google.com/apigee/") {
		t.Error("the report has a link to somewhere else than the console")
	}
}

// many is a report of n findings with names and texts as long as they come.
func many(n int) *report.Document {
	r := &finding.Result{Organization: apigee.Organization{Name: "acme", Environments: []string{"prod"}}, Deployments: 1, Revisions: 1, Audited: 1}
	for i := range n {
		f := reporttest.NeverRefreshed()
		f.Name, f.Fingerprint = fmt.Sprintf("%s-%d", strings.Repeat("<@n", 60), i), fmt.Sprint(i)
		f.Message += strings.Repeat(" *more*", 500)
		r.Findings = append(r.Findings, f)
		r.Notices = append(r.Notices, apigee.Problem{Organization: "acme", Operation: "x", Error: strings.Repeat("#1 ", 1000)})
	}
	d := report.New(reporttest.Tool(), []*finding.Result{r})
	d.Baseline, d.Fixed, d.NotLookedAt = &report.Baseline{}, slices.Clone(r.Findings), slices.Clone(r.Findings)
	d.Normalize()
	return d
}

func TestMarkdownIsBounded(t *testing.T) {
	for _, n := range []int{1, 10, 40, 200} {
		for _, limit := range []int{0, 1, 10_000, 1 << 20} {
			out := string(reporttest.Write(t, Write, report.Sanitized(many(n)), report.Options{MaxBytes: limit}))
			bound := limit
			if limit == 0 {
				bound = commentBytes
			}
			if bound = max(bound, minBytes); len(out) > bound {
				t.Errorf("%d findings with a limit of %d have %d bytes", n, limit, len(out))
			}
			shown := strings.Count(out, "\n| high |")
			if missing := n - shown; missing > 0 && !strings.Contains(out, fmt.Sprintf("%s in the full report", text.Count(missing, "more finding"))) {
				t.Errorf("%d findings with a limit of %d: %d are shown, and the report does not say so", n, limit, shown)
			}
			if strings.Count(out, "<details>") != strings.Count(out, "</details>") {
				t.Errorf("%d findings with a limit of %d: the details are not closed", n, limit)
			}
		}
	}
}

// Diffs take room that the details of other findings would need only as far as there is some.
func TestMarkdownLeavesOutDiffsFirst(t *testing.T) {
	of := func(n int) string {
		r := &finding.Result{Organization: apigee.Organization{Name: "acme"}}
		for i := range n {
			f := reporttest.NeverRefreshed()
			f.Fingerprint = fmt.Sprint(i)
			f.Fixes[0].Diff += finding.Lines(strings.Repeat("@@ -1,1 +1,1 @@\n-old\n+new\n", 30))
			r.Findings = append(r.Findings, f)
		}
		return string(reporttest.Write(t, Write, report.Sanitized(report.New(reporttest.Tool(), []*finding.Result{r})), report.Options{}))
	}
	out := of(10)
	if n := strings.Count(out, "```diff"); n != 10 {
		t.Errorf("%d diffs of 10 findings", n)
	}
	if n := strings.Count(out, "<details><summary>Diff: 60 lines</summary>"); n != 10 {
		t.Errorf("%d diffs of 10 are folded", n)
	}
	if !strings.Contains(out, "Left out here: 57 more lines. apigee-audit fix shows the whole diff.") || strings.Contains(out, "```suggestion") {
		t.Error("nothing says what is left out of a diff, or it is a suggestion")
	}
	for n, most := range map[int]int{18: 18, 40: 19} {
		out = of(n)
		all, diffs := strings.Count(out, "\nRecommended fix: "), strings.Count(out, "```diff")
		if all < 18 || diffs < 10 || diffs > most {
			t.Errorf("of %d findings %d have details and %d diffs", n, all, diffs)
		}
	}
}

// A fleet has hundreds of known findings and a few new ones, which must be the first that a comment shows, and whole.
func TestNewFindingsAreNeverCut(t *testing.T) {
	for _, tt := range []struct{ known, fresh int }{{497, 1}, {0, 120}, {497, 120}, {2000, 200}} {
		r := &finding.Result{Organization: apigee.Organization{Name: "acme", Environments: []string{"prod"}}, Deployments: 1, Revisions: 1, Audited: 1}
		for i := range tt.known + tt.fresh {
			f := reporttest.NeverRefreshed()
			f.Name, f.Fingerprint, f.Status = fmt.Sprintf("known-%d", i), fmt.Sprint(i), finding.StatusKnown
			if i >= tt.known {
				f.Name, f.Status, f.Severity = fmt.Sprintf("fresh-%d", i), finding.StatusNew, finding.Info
			}
			r.Findings = append(r.Findings, f)
		}
		d := report.New(reporttest.Tool(), []*finding.Result{r})
		out := string(reporttest.Write(t, Write, d, report.Options{}))
		_, table, _ := strings.Cut(out, "|---|")
		rows := strings.Split(table, "\n")[1:]
		for i, row := range rows[:tt.fresh] {
			if !strings.Contains(row, "<code>fresh-") {
				t.Errorf("%d known and %d new: row %d is %s", tt.known, tt.fresh, i, row)
				break
			}
		}
		if missing := tt.known + tt.fresh - strings.Count(out, "\n| high |") - strings.Count(out, "\n| info |"); missing > 0 && !strings.Contains(out, fmt.Sprintf("**%d more findings in the full report, none of them new.**", missing)) {
			t.Errorf("%d known and %d new: %d are missing, and the comment does not say it", tt.known, tt.fresh, missing)
		}
		if len(out) > commentBytes {
			t.Errorf("%d known and %d new: %d bytes", tt.known, tt.fresh, len(out))
		}
		summary := string(reporttest.Write(t, WriteSummary, d, report.Options{}))
		if n := strings.Count(summary, "\n| high |") + strings.Count(summary, "\n| info |"); n != len(d.Findings) || len(summary) > summaryBytes {
			t.Errorf("the summary of a job has %d of %d findings in %d bytes", n, len(d.Findings), len(summary))
		}
	}
}

// What no comment can hold is counted by rule.
func TestMoreNewFindingsThanFit(t *testing.T) {
	out := string(reporttest.Write(t, Write, report.Sanitized(many(2000)), report.Options{}))
	if m := regexp.MustCompile(`\*\*(\d+) more findings in the full report, (\d+) of them new: (\d+) of RT101\.\*\*`).FindStringSubmatch(out); m == nil || m[1] != m[2] || m[1] != m[3] {
		t.Errorf("what is missing is said as %v in\n%.3000s", m, out)
	}
}
