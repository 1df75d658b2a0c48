package ocsf

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func eventsOf(t *testing.T, d *report.Document) []event {
	t.Helper()
	var all []event
	for line := range strings.Lines(string(reporttest.Write(t, Write, d, report.Options{Rules: reporttest.Rules()}))) {
		var e event
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// documents have controls, as audits do.
func documents() map[string]*report.Document {
	all := reporttest.Documents()
	for _, d := range all {
		d.Catalogue = report.Describe(reporttest.Rules())
		d.Normalize()
	}
	return all
}

func TestEventsSayWhatTheReportSays(t *testing.T) {
	severities := map[finding.Severity]int{finding.High: 4, finding.Medium: 3, finding.Low: 2, finding.Info: 1}
	for name, d := range documents() {
		found, classes, uids := map[string]event{}, map[int]int{}, map[string]bool{}
		for _, e := range eventsOf(t, d) {
			classes[e.ClassUID]++
			if e.TypeUID != 100*e.ClassUID+e.ActivityID || e.Message == "" {
				t.Errorf("%s: %+v", name, e)
			}
			if e.ClassUID == 0 {
				continue
			}
			if uids[e.Metadata.UID] {
				t.Errorf("%s: the event %s stands twice: %s", name, e.Metadata.UID, e.Message)
			}
			uids[e.Metadata.UID] = true
			if e.ClassUID == 2004 && e.ActivityID != 3 && e.StatusID != 0 {
				found[e.FindingInfo.UID] = e
			}
		}
		judged := 0
		for _, c := range d.Controls {
			judged += len(c.Passed) + len(c.Failed) + len(c.Accepted) + len(c.NotLookedAt)
		}
		want := map[int]int{0: 1 + len(d.Problems) + len(d.Notices), 2003: judged, 2004: len(d.Findings) + len(d.Fixed) + len(d.NotLookedAt)}
		for class, n := range want {
			if classes[class] != n {
				t.Errorf("%s: %d events of class %d, want %d", name, classes[class], class, n)
			}
		}
		for _, f := range d.Findings {
			e, ok := found[f.ID]
			switch {
			case !ok:
				t.Errorf("%s: %s has no event", name, f.ID)
			case e.SeverityID != severities[f.Severity] || (e.StatusID == 3) != (f.Status == finding.StatusSuppressed):
				t.Errorf("%s: %s %s is %+v", name, f.Severity, f.Status, e)
			}
		}
		if want := map[bool]int{true: 1, false: 2}[d.Complete]; eventsOf(t, d)[0].StatusID != want {
			t.Errorf("%s: complete is %t, and the first event has status %d", name, d.Complete, eventsOf(t, d)[0].StatusID)
		}
	}
}

// What is accepted or was not looked at has not passed.
func TestVerdictsAreTheReports(t *testing.T) {
	for name, d := range documents() {
		got := map[string]int{}
		for _, e := range eventsOf(t, d) {
			if c := e.Compliance; c != nil {
				got[fmt.Sprintf("%s %s %d %d", c.Standards[0], c.Control, c.StatusID, e.StatusID)]++
				if c.StatusID == 0 && !strings.HasPrefix(e.StatusDetail, "Not looked at: ") {
					t.Errorf("%s: an unknown verdict without a reason: %+v", name, e)
				}
			}
		}
		for _, c := range d.Controls {
			for code, list := range map[string][]report.Judged{"1 4": c.Passed, "3 1": c.Failed, "3 3": c.Accepted, "0 0": c.NotLookedAt} {
				if n := got[c.Framework+" "+c.Requirement+" "+code]; n != len(list) {
					t.Errorf("%s: %s %s: %d events with %s, want %d", name, c.Framework, c.Requirement, n, code, len(list))
				}
			}
		}
	}
}

func TestGoneFindings(t *testing.T) {
	d := reporttest.Compared()
	var got []string
	for _, e := range eventsOf(t, d) {
		if e.ClassUID == 2004 {
			got = append(got, fmt.Sprint(e.ActivityName, " ", e.Status))
		}
	}
	// New first; what is gone is closed only where the audit looked.
	if want := []string{"Create New", "Update New", "Update Suppressed", "Update Suppressed", "Close Resolved", "Update Unknown"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSanitizedKnowsEvents(t *testing.T) {
	reporttest.CheckSanitizable(t, reflect.TypeFor[event]())
}
