package report_test

import (
	"testing"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// week is when the audit of a week started.
func week(n int) time.Time { return time.Date(2026, 10, 22, 6, 0, 0, 0, time.UTC).AddDate(0, 0, 7*n) }

// auditOf is what an audit of a week finds: Vanished under these fingerprints.
func auditOf(n int, fingerprints ...string) *report.Document {
	d := reporttest.WholeReport()
	d.StartedAt, d.FinishedAt = week(n), week(n).Add(time.Minute)
	for _, fp := range fingerprints {
		f := *reporttest.Vanished()
		f.Fingerprint, f.SharedFingerprint = fp, ""
		d.Findings = append(d.Findings, f)
	}
	return d
}

// weeksOf are the weeks in which findings were seen first.
func weeksOf(findings []finding.Finding) map[string]int {
	all := map[string]int{}
	for _, f := range findings {
		all[f.Fingerprint] = -1
		for n := range 9 {
			if f.FirstSeen.Equal(week(n)) {
				all[f.Fingerprint] = n
			}
		}
	}
	return all
}

func TestFirstSeenTravelsThroughBaselines(t *testing.T) {
	first := auditOf(0, "old", "mended", "back")
	second := auditOf(1, "old", "mended")
	second.CompareWith(first)
	third := auditOf(2, "old", "back")
	third.CompareWith(second)
	fourth := auditOf(3, "old", "back")
	fourth.CompareWith(third)
	if got := weeksOf(first.Findings); got["old"] != -1 {
		t.Errorf("without a baseline nothing is known: %v", got)
	}
	if got := weeksOf(fourth.Findings); got["old"] != 0 || got["back"] != 2 {
		t.Errorf("in week 3: %v, want old from week 0 and back from week 2, when it came back", got)
	}
	if got := weeksOf(third.Fixed); got["mended"] != 0 {
		t.Errorf("fixed in week 2: %v", got)
	}

	// What an audit did not look at, and what a report leaves out, keeps its time.
	narrow := auditOf(4)
	narrow.Scope.Proxies = []string{"other"}
	narrow.CompareWith(fourth)
	fifth := auditOf(5, "old")
	fifth.CompareWith(narrow)
	if got := weeksOf(fifth.Findings); got["old"] != 0 {
		t.Errorf("not looked at in week 4: %v", got)
	}
	if err := fifth.Filter(finding.Filter{Statuses: []finding.Status{finding.StatusNew}}); err != nil || len(fifth.Findings) != 0 {
		t.Fatal(err, fifth.Findings)
	}
	sixth := auditOf(6, "old")
	sixth.CompareWith(fifth)
	if got := weeksOf(sixth.Findings); got["old"] != 0 {
		t.Errorf("left out in week 5: %v", got)
	}

	// A report keeps what it knows itself.
	fourth.CompareWith(auditOf(2, "old"))
	if got := weeksOf(fourth.Findings); got["old"] != 0 {
		t.Errorf("compared once more: %v", got)
	}
}

func TestFirstSeenOfAccepted(t *testing.T) {
	before := auditOf(0, "accepted")
	before.Findings[0].Status = finding.StatusSuppressed
	now := auditOf(5, "accepted")
	now.CompareWith(before)
	if f := now.Findings[0]; f.Status != finding.StatusNew || !f.FirstSeen.Equal(week(0)) {
		t.Errorf("status %s, first seen %s", f.Status, f.FirstSeen)
	}
}

func TestAgeText(t *testing.T) {
	d := auditOf(5)
	for _, tt := range []struct {
		first  time.Time
		status finding.Status
		want   string
	}{
		{time.Time{}, finding.StatusNew, ""},
		{week(5), finding.StatusNew, ""},
		{week(0), finding.StatusKnown, "open for 5 weeks, since 2026-10-22"},
		{week(0), finding.StatusSuppressed, "first seen on 2026-10-22"},
	} {
		if got := report.AgeText(d, &finding.Finding{FirstSeen: tt.first, Status: tt.status}); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.first, tt.status, got, tt.want)
		}
	}
}
