package report_test

import (
	"bytes"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// Two organizations with equal estates have as many IDs as findings, and so do copies of one bundle.
func TestEveryFindingHasAnID(t *testing.T) {
	d := reporttest.Rich()
	for _, f := range d.Findings {
		f.Organization += "-dr"
		d.Findings = append(d.Findings, f, f)
	}
	d.Normalize()
	ids := map[string]bool{}
	for _, f := range d.Findings {
		ids[f.ID] = true
	}
	if len(ids) != len(d.Findings) || ids[""] {
		t.Errorf("%d findings have %d IDs", len(d.Findings), len(ids))
	}
}

// An ID says the same of a finding in every report: alone, beside others, known or fixed, and read from a report of a version
// that had none.
func TestIDsStay(t *testing.T) {
	alone := reporttest.Single()
	want := alone.Findings[0].ID
	beside := reporttest.Single()
	other := beside.Findings[0]
	other.Organization, other.Severity = "beta", finding.High
	beside.Findings = append(beside.Findings, other)
	beside.Normalize()
	clean := reporttest.CleanBill()
	clean.CompareWith(alone)
	old := reporttest.JSON(t, alone)
	old = bytes.ReplaceAll(old, []byte(want), nil)
	read, err := report.Read(bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]finding.Finding{
		"beside another": beside.Findings, "gone": append(clean.Fixed, clean.NotLookedAt...), "read": read.Findings,
	} {
		found := 0
		for _, f := range list {
			if f.ID == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: %d findings have the ID", name, found)
		}
	}
}
