package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// An outline answers as its report does, for each finding of another one.
func TestOutlinesSeeWhatReportsSee(t *testing.T) {
	outlines := report.NewOutlines()
	for name, d := range reporttest.Documents() {
		if d.StartedAt.IsZero() {
			continue
		}
		text := reporttest.JSON(t, d)
		whole, err := report.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		outline, err := outlines.Read(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if outline.Complete != whole.Complete || len(outline.Findings) != len(whole.Findings) || len(outline.NotLookedAt) != len(whole.NotLookedAt) {
			t.Errorf("%s: complete %v, %d and %d findings, of a report: complete %v, %d and %d", name,
				outline.Complete, len(outline.Findings), len(outline.NotLookedAt), whole.Complete, len(whole.Findings), len(whole.NotLookedAt))
		}
		for other, e := range reporttest.Documents() {
			if e.StartedAt.IsZero() {
				continue
			}
			reduced, err := outlines.Read(reporttest.JSON(t, e))
			if err != nil {
				t.Fatal(err)
			}
			for i := range e.Findings {
				if got, want := report.NewView(outline.Document).BlindTo(reduced.Findings[i], e.Scope), report.NewView(whole).BlindTo(&e.Findings[i], e.Scope); got != want {
					t.Errorf("%s, finding %d of %s: %q, want %q", name, i, other, got, want)
				}
			}
		}
	}
}

// What a proof leads through can hide the finding, and an outline keeps that of the proof.
func TestOutlinesKnowWhatTheProofLeadsThrough(t *testing.T) {
	whole := reporttest.WholeReport()
	whole.StartedAt, whole.SchemaVersion = week(0), report.SchemaVersion
	whole.Findings, whole.Catalogue = []finding.Finding{*reporttest.Vanished()}, nil
	whole.Normalize()
	outline, err := report.NewOutlines().Read(reporttest.JSON(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []apigee.Problem{
		{Organization: "acme", Kind: apigee.KindSharedFlow, Name: "issue"}, {Organization: "acme", Kind: apigee.KindProxy, Name: "session"},
		{Organization: "acme", Kind: apigee.KindProxy, Name: "login"}, {Organization: "acme", Kind: apigee.KindProxy, Name: "other"},
	} {
		later := reporttest.WholeReport()
		later.Problems = []apigee.Problem{p}
		if got, want := report.NewView(later).BlindTo(outline.Findings[0], nil), report.NewView(later).BlindTo(reporttest.Vanished(), nil); got != want {
			t.Errorf("%s: %q, want %q", p.Name, got, want)
		}
	}
}

func TestOutlinesShareFindings(t *testing.T) {
	outlines := report.NewOutlines()
	text := reporttest.JSON(t, reporttest.Compared())
	a, err := outlines.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := outlines.Read(text)
	if err != nil || a.Findings[0] != b.Findings[0] || a.Findings[0] == a.Findings[1] {
		t.Errorf("%v, shared: %v", err, a.Findings[0] == b.Findings[0])
	}
}

// What Read refuses is refused in the same words, and what is no report is told apart.
func TestOutlinesRefuse(t *testing.T) {
	whole := string(reporttest.JSON(t, reporttest.Rich()))
	for name, tt := range map[string]struct {
		text  string
		other bool
	}{
		"cut off":              {whole[:len(whole)/2], false},
		"an unknown severity":  {strings.Replace(whole, `"severity": "high"`, `"severity": "critical"`, 1), false},
		"a severity missing":   {strings.Replace(whole, `"severity": "high",`, ``, 1), false},
		"another version":      {strings.Replace(whole, `"schemaVersion": 1`, `"schemaVersion": 2`, 1), false},
		"a bad time":           {strings.Replace(whole, `"startedAt": "2026-11-20T06:30:00Z"`, `"startedAt": "yesterday"`, 1), false},
		"a number as a name":   {strings.Replace(whole, `"ruleId": "RT101"`, `"ruleId": 101`, 1), false},
		"an invisible mistake": {strings.Replace(whole, `"message": "`, `"message": "\x`, 1), false},
		"nothing":              {" \n", false},
		"SARIF":                {`{"version": "2.1.0", "runs": []}`, true},
		"a comparison":         {`{"schemaVersion": 1, "old": {}, "new": {}}`, true},
		"a page":               {`<!doctype html>`, true},
		"lines of JSON":        {"{\"a\": 1}\n{\"a\": 2}\n", true},
		"a list":               {`[]`, true},
	} {
		_, err := report.NewOutlines().Read([]byte(tt.text))
		_, want := report.Read(strings.NewReader(tt.text))
		switch {
		case err == nil:
			t.Errorf("%s is read", name)
		case errors.Is(err, report.ErrNotReport) != tt.other:
			t.Errorf("%s: %v", name, err)
		case !tt.other && (want == nil || err.Error() != want.Error()):
			t.Errorf("%s: %v; Read says %v", name, err, want)
		}
	}
	undated := reporttest.CleanBill()
	undated.StartedAt = report.Document{}.StartedAt
	if _, err := report.NewOutlines().Read(reporttest.JSON(t, undated)); err == nil || !strings.Contains(err.Error(), "does not say when") {
		t.Errorf("without a time: %v", err)
	}
}

func TestOutlinesReadOlderReports(t *testing.T) {
	old := `{"schemaVersion": 1, "startedAt": "2026-01-02T03:04:05Z", "findings": [{"ruleId": "RT101", "severity": "high", "confidence": "high", "organization": "acme",
		"kind": "apis", "name": "login", "fingerprint": "aa", "anchor": "OAuthV2[Issue]/ExpiresIn"}]}`
	o, err := report.NewOutlines().Read([]byte(old))
	if err != nil || len(o.Findings) != 1 || o.Findings[0].Status != "new" || o.Findings[0].Policy != "Issue" || o.Scope != nil {
		t.Errorf("%v, %+v", err, o)
	}
}

// many is a report of many findings with all that findings have.
func many(t testing.TB, n int) []byte {
	t.Helper()
	d := reporttest.Rich()
	findings := d.Findings
	d.Findings = nil
	for i := range n {
		f := findings[i%len(findings)]
		f.Fingerprint = fmt.Sprintf("%016x", i)
		d.Findings = append(d.Findings, f)
	}
	return reporttest.JSON(t, d)
}

// Once its findings are known, another report of them costs next to nothing of what reading it whole does.
func TestOutlinesCostLittle(t *testing.T) {
	text, outlines := many(t, 300), report.NewOutlines()
	if _, err := outlines.Read(text); err != nil {
		t.Fatal(err)
	}
	outline := testing.AllocsPerRun(5, func() { _, _ = outlines.Read(text) })
	whole := testing.AllocsPerRun(5, func() { _, _ = report.Read(bytes.NewReader(text)) })
	if outline*10 > whole {
		t.Errorf("an outline takes %.0f allocations, the whole report %.0f", outline, whole)
	}
}

func BenchmarkRead(b *testing.B) {
	text := many(b, 2000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := report.Read(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOutlines(b *testing.B) {
	text, outlines := many(b, 2000), report.NewOutlines()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := outlines.Read(text); err != nil {
			b.Fatal(err)
		}
	}
}
