package prometheus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// metrics reads samples as the text format has them, by name and labels.
func metrics(t *testing.T, d *report.Document) map[string]int64 {
	t.Helper()
	all, typed, last := map[string]int64{}, map[string]bool{}, ""
	line := regexp.MustCompile(`^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\[\\"n])*",?)+)\})? (\d+)$`)
	for s := range strings.Lines(string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{}))) {
		s = strings.TrimSuffix(s, "\n")
		if name, ok := strings.CutPrefix(s, "# TYPE "); ok {
			name, kind, _ := strings.Cut(name, " ")
			if last = name; typed[name] || kind != "gauge" {
				t.Errorf("%s has type %s, or a type twice", name, kind)
			}
			typed[name] = true
			continue
		}
		if strings.HasPrefix(s, "#") {
			continue
		}
		m := line.FindStringSubmatch(s)
		if m == nil {
			t.Errorf("%q is no sample", s)
			continue
		}
		if m[1] != last {
			t.Errorf("%q stands under the type of %s", s, last)
		}
		n, err := strconv.ParseInt(m[3], 10, 64)
		if err != nil {
			t.Error(err)
		}
		key := m[1] + "{" + m[2] + "}"
		if _, twice := all[key]; twice {
			t.Errorf("%s stands twice", key)
		}
		all[key] = n
	}
	return all
}

func sum(all map[string]int64, name string, labels ...string) (n int64) {
	for key, value := range all {
		if !strings.HasPrefix(key, name+"{") {
			continue
		}
		whole := true
		for _, l := range labels {
			whole = whole && strings.Contains(key, l)
		}
		if whole {
			n += value
		}
	}
	return n
}

func TestMetricsSayWhatTheReportSays(t *testing.T) {
	full := reporttest.Full()
	full.Normalize()
	documents := reporttest.Documents()
	documents["full"] = full
	for name, d := range documents {
		all := metrics(t, d)
		if got := sum(all, "apigee_audit_findings"); got != int64(len(d.Findings)) {
			t.Errorf("%s: %d findings, and the report has %d", name, got, len(d.Findings))
		}
		for status, want := range map[finding.Status]int{finding.StatusNew: d.Summary.New, finding.StatusKnown: d.Summary.Known, finding.StatusSuppressed: d.Summary.Suppressed} {
			if got := sum(all, "apigee_audit_findings", fmt.Sprintf("status=%q", status)); got != int64(want) {
				t.Errorf("%s: %d are %s, want %d", name, got, status, want)
			}
		}
		if got := sum(all, "apigee_audit_problems"); got != int64(len(d.Problems)) {
			t.Errorf("%s: %d problems, want %d", name, got, len(d.Problems))
		}
		if got := sum(all, "apigee_audit_baseline_findings", `state="fixed"`); got != int64(len(d.Fixed)) {
			t.Errorf("%s: %d fixed, want %d", name, got, len(d.Fixed))
		}
		if got := all["apigee_audit_complete{}"] == 1; got != d.Complete {
			t.Errorf("%s: complete is %t, want %t", name, got, d.Complete)
		}
	}
}

// A count of 0 says that an audit looked: it is absent where none would have shown a finding.
func TestZerosAreOnlyOfWhatWouldBeShown(t *testing.T) {
	d := reporttest.WholeReport()
	const series = `apigee_audit_findings{organization="acme",rule="%s",severity="medium",status="new"}`
	present := func(rule string) bool {
		_, is := metrics(t, d)[fmt.Sprintf(series, rule)]
		return is
	}
	if !present("RT101") || !present("RT202") {
		t.Errorf("rules that ran and found nothing are not 0: %v", metrics(t, d))
	}
	if present("RT108") || present("RT404") {
		t.Error("rules without the records that they need are 0")
	}
	d.Scope.MinSeverity = finding.High
	if present("RT101") {
		t.Error("a severity that is left out is 0")
	}
	if all := metrics(t, d); all["apigee_audit_narrowed{}"] != 1 {
		t.Errorf("the report is narrowed, and the metrics do not say it: %v", all)
	}
}

func TestUnreadIsNotComplete(t *testing.T) {
	all := metrics(t, reporttest.Rich())
	if all[`apigee_audit_organization_complete{organization="acme"}`] != 0 || all[`apigee_audit_organization_complete{organization="beta"}`] != 1 {
		t.Errorf("acme is incomplete and beta complete: %v", all)
	}
	if all := metrics(t, report.New(reporttest.Tool(), nil)); all[`apigee_audit_organization_complete{organization=""}`] != 0 || all["apigee_audit_complete{}"] != 0 {
		t.Errorf("an audit of nothing is complete: %v", all)
	}
}

func TestLabelsAreEscaped(t *testing.T) {
	d := reporttest.Single()
	for i := range d.Findings {
		d.Findings[i].Organization = "a\"b\\c\n# HELP x"
	}
	d.Normalize()
	if got := sum(metrics(t, d), "apigee_audit_findings", `organization="a\"b\\c\\n# HELP x"`); got != int64(len(d.Findings)) {
		t.Errorf("%d findings", got)
	}
}
