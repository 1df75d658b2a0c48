package table

import (
	"fmt"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestTableFitsTerminal(t *testing.T) {
	for name, d := range reporttest.Documents() {
		for width := minWidth; width <= 220; width += 4 {
			out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: width, Rules: reporttest.Rules()}))
			for line := range strings.Lines(out) {
				if n := displayWidth(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s at %d columns: a line of %d: %s", name, width, n, line)
				}
			}
			if strings.Contains(out, " \n") {
				t.Errorf("%s at %d columns: trailing spaces", name, width)
			}
		}
	}
}

// At no width may a word of a message be lost, whichever layout is chosen.
func TestTableKeepsMessages(t *testing.T) {
	for width := range 200 {
		d := reporttest.Single()
		words := strings.Fields(string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: width})))
		at := map[string]bool{}
		for _, w := range words {
			at[w] = true
		}
		for _, f := range d.Findings {
			for _, w := range strings.Fields(f.Message) {
				if !at[w] {
					t.Errorf("at %d columns %q of %q is missing", width, w, f.Message)
				}
			}
		}
	}
}

// At a width of 0 each finding is exactly one line, which holds all that grep may look for.
func TestPipedTableIsOneLineAFinding(t *testing.T) {
	d := reporttest.Rich()
	lines := strings.Split(string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{})), "\n")
	for _, f := range report.Shown(d, report.Options{}) {
		n := 0
		for _, line := range lines {
			if strings.HasPrefix(line, f.Severity.String()) && strings.Contains(line, f.Organization) &&
				strings.Contains(line, f.RuleID) && strings.Contains(line, text.Sanitize(f.Name)) && strings.Contains(line, text.Sanitize(f.Message)) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s of %q is on %d lines", f.RuleID, f.Name, n)
		}
	}
}

func TestColourIsOnlyAddedToSeveritiesAndDiffs(t *testing.T) {
	for _, width := range []int{0, 80, 160} {
		o := report.Options{Width: width, Verbose: true}
		plain := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), o))
		o.Color = true
		coloured := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), o))
		if plain == coloured {
			t.Errorf("at %d columns nothing is coloured", width)
		}
		for _, s := range finding.Severities() {
			coloured = strings.ReplaceAll(coloured, paintSeverity(s.String(), true), s.String())
		}
		if !strings.Contains(coloured, "\x1b[31m-") || !strings.Contains(coloured, "\x1b[32m+") {
			t.Errorf("at %d columns no line of a diff is coloured", width)
		}
		for _, f := range report.Sanitized(reporttest.Rich()).Findings {
			for _, x := range report.ShownFixes(&f, "", mostDiffLines) {
				for _, line := range x.Diff {
					coloured = strings.ReplaceAll(coloured, paintDiff(line, true), line.Text)
				}
			}
		}
		if plain != coloured {
			t.Errorf("at %d columns colour changes more than severities and diffs", width)
		}
	}
}

func TestTableListsSuppressedApart(t *testing.T) {
	out := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), report.Options{}))
	if strings.Contains(out, "accepted (shared flow)") || !strings.Contains(out, "Accepted:\n  - low RT106 shared flow accepted") || !strings.Contains(out, "1 suppressed") {
		t.Errorf("a suppressed finding is a row, or not listed, or not counted:\n%s", out)
	}
	out = string(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), report.Options{Verbose: true}))
	if !strings.Contains(out, "(suppressed)") || strings.Contains(out, "Accepted:\n") {
		t.Errorf("the verbose table does not show suppressed findings among the others:\n%s", out)
	}
}

func TestDeployed(t *testing.T) {
	many := []finding.Deployed{
		{Environment: "dev", Revision: "9"}, {Environment: "prod", Revision: "12"}, {Environment: "test", Revision: "12"},
	}
	onDisk := []finding.Deployed{
		{Environment: "local", Source: "src"}, {Environment: "local", Revision: "3", Source: "a.zip"},
		{Environment: "local", Revision: "3", Source: "old/a.zip"}, {Environment: "local", Revision: "4", Source: "b.zip"},
	}
	for _, c := range []struct {
		deployments []finding.Deployed
		counted     bool
		want        string
	}{
		{nil, false, ""},
		{many, false, "r12 prod, test · r9 dev"},
		{many, true, "3 envs"},
		{many[:1], true, "r9 dev"},
		{[]finding.Deployed{{Environment: "local"}}, false, "local"},
		{onDisk, false, "r4 b.zip · r3 a.zip, old/a.zip · src"},
	} {
		if got := deployed(c.deployments, c.counted); got != c.want {
			t.Errorf("%v: %q, want %q", c.deployments, got, c.want)
		}
	}
}

func TestTableOfManyFindings(t *testing.T) {
	d := reporttest.Single()
	for i := range 2000 {
		f := reporttest.NeverRefreshed()
		f.Name, f.Fingerprint = fmt.Sprintf("proxy-%04d", i), fmt.Sprintf("%016x", i)
		d.Findings = append(d.Findings, f)
	}
	d.Normalize()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: 200}))
	for i := range 2000 {
		if !strings.Contains(out, fmt.Sprintf("proxy-%04d ", i)) {
			t.Fatalf("proxy-%04d is missing", i)
		}
	}
}
