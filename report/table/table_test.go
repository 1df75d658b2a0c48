package table

import (
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
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
	for _, f := range listed(d, report.Options{}) {
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
	if !strings.Contains(out, "Accepted:\n") || !strings.Contains(out, " (suppressed)\n\n  In           shared flow accepted") {
		t.Errorf("the verbose table does not detail suppressed findings, or does not list them apart:\n%s", out)
	}
}

// A fleet of 18 organizations, in one of which something is new: the first row must be that one.
func TestTableShowsNewFindingsFirst(t *testing.T) {
	d := reporttest.Single()
	d.Findings = nil
	for i := range 498 {
		f := reporttest.NeverRefreshed()
		f.Organization, f.Fingerprint, f.Name = fmt.Sprintf("org-%02d", i%18), fmt.Sprintf("%016x", i), fmt.Sprintf("proxy-%d", i/3)
		f.Status = finding.StatusKnown
		if i == 400 {
			f.Status, f.Severity, f.Name = finding.StatusNew, finding.Low, "the-new-one"
		}
		d.Findings = append(d.Findings, f)
	}
	for i := range 18 {
		d.Organizations = append(d.Organizations, report.Organization{Name: fmt.Sprintf("org-%02d", i)})
	}
	d.Normalize()
	for _, width := range []int{0, 80, 120} {
		for _, statuses := range [][]finding.Status{nil, {finding.StatusNew, finding.StatusKnown}} {
			d.Scope = &report.Scope{Statuses: statuses}
			out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: width}))
			first := strings.Index(out, "the-new-one")
			if other := strings.Index(out, "proxy-"); first < 0 || other >= 0 && other < first {
				t.Errorf("at %d columns with statuses %v, the new finding is not first:\n%.1000s", width, statuses, out)
			}
			if folded := strings.Contains(out, "497 findings known from the baseline, which --status known lists."); folded != (statuses == nil) {
				t.Errorf("at %d columns with statuses %v, known findings are folded: %t", width, statuses, folded)
			}
		}
	}
}

func TestTableWithNothingNewSaysSo(t *testing.T) {
	d := reporttest.Single()
	for i := range d.Findings {
		d.Findings[i].Status = finding.StatusKnown
	}
	d.Normalize()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: 80}))
	if !strings.HasPrefix(out, "No new findings.\n2 findings known from the baseline, which --status known lists.\n\nRULE ") {
		t.Errorf("got:\n%s", out)
	}
}

func TestSeverestOrganizationComesFirst(t *testing.T) {
	d := reporttest.Single()
	d.Findings = nil
	add := func(organization string, s finding.Severity, status finding.Status) {
		f := reporttest.NeverRefreshed()
		f.Organization, f.Severity, f.Status, f.Fingerprint = organization, s, status, fmt.Sprint(len(d.Findings))
		d.Findings = append(d.Findings, f)
	}
	add("a-known", finding.High, finding.StatusKnown)
	add("b-info", finding.Info, finding.StatusNew)
	add("c-one", finding.High, finding.StatusNew)
	add("d-two", finding.High, finding.StatusNew)
	add("d-two", finding.High, finding.StatusNew)
	d.Scope = &report.Scope{Statuses: finding.Statuses()}
	d.Normalize()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: 100}))
	at := -1
	for _, name := range []string{"d-two", "c-one", "b-info", "a-known"} {
		next := strings.Index(out, "Organization "+name+"\n")
		if next <= at {
			t.Errorf("%s is not in its place:\n%s", name, out)
		}
		at = next
	}
}

func TestEqualProblemsAreOneLine(t *testing.T) {
	d := reporttest.Single()
	for i := range 80 {
		d.Problems = append(d.Problems, apigee.Problem{
			Organization: "acme", Kind: apigee.KindProxy, Name: fmt.Sprintf("p%02d", i), Revision: "1", Operation: "download bundle", Error: "--timeout 1s was reached",
		})
	}
	d.Normalize()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{}))
	want := "  - proxy p00 revision 1, proxy p01 revision 1, proxy p02 revision 1, proxy p03 revision 1, proxy p04 revision 1 and 75 more: download bundle: --timeout 1s was reached\n"
	if strings.Count(out, "--timeout 1s") != 1 || !strings.Contains(out, want) {
		t.Errorf("got:\n%s", out)
	}
}

// The first question about a finding is whether it is in production: names are never replaced by their number.
func TestEnvironmentsAreNamedAtEveryWidth(t *testing.T) {
	d := reporttest.Single()
	f := &d.Findings[0]
	f.Deployments = nil
	for _, e := range []string{"dev", "prod-europe", "prod-us", "staging", "test"} {
		f.Deployments = append(f.Deployments, finding.Deployed{Environment: e, Revision: "12"})
	}
	for width := 0; width <= 200; width += 10 {
		out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: width}))
		if !strings.Contains(strings.Join(strings.Fields(out), " "), "r12 dev, prod-europe, prod-us, staging, test") { // wrapped where it has to be
			t.Errorf("at %d columns:\n%s", width, out)
		}
	}
}

func TestRowsBeginFingerprints(t *testing.T) {
	d := reporttest.Single()
	for _, width := range []int{0, 80, 120, 200} {
		out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: width}))
		f := d.Findings[0]
		if !strings.Contains(out, " "+f.Fingerprint[:8]) || strings.Contains(out, f.Fingerprint[:9]) {
			t.Errorf("at %d columns:\n%s", width, out)
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
