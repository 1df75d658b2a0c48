package report_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestNewSortsBySeverityFirst(t *testing.T) {
	var got []string
	for _, f := range reporttest.Rich().Findings {
		got = append(got, f.Severity.String()+" "+f.Organization+" "+f.RuleID)
	}
	want := []string{"high acme RT101", "medium beta RT999", "low acme RT106", "low acme RT106"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestNewDoesNotDependOnOrder(t *testing.T) {
	results := func() []*finding.Result {
		var all []*finding.Result
		for _, name := range []string{"b", "a", "c"} {
			f, g := reporttest.NeverRefreshed(), reporttest.InAnotherProxy()
			f.Organization, g.Organization = name, name
			all = append(all, &finding.Result{Organization: apigee.Organization{Name: name}, Findings: []finding.Finding{f, g}})
		}
		return all
	}
	backwards := results()
	slices.Reverse(backwards)
	for _, r := range backwards {
		slices.Reverse(r.Findings)
		for _, f := range r.Findings {
			slices.Reverse(f.Deployments)
		}
	}
	if diff := cmp.Diff(report.New(reporttest.Tool(), results()), report.New(reporttest.Tool(), backwards)); diff != "" {
		t.Errorf("the order of the results shows:\n%s", diff)
	}
}

func TestNewLeavesResultsAlone(t *testing.T) {
	r := &finding.Result{Organization: apigee.Organization{Name: "acme", Environments: []string{"test", "prod"}}, Findings: []finding.Finding{reporttest.NeverRefreshed()}}
	report.New(reporttest.Tool(), []*finding.Result{r})
	if r.Organization.Environments[0] != "test" || r.Findings[0].Deployments[0].Environment != "test" {
		t.Errorf("New has sorted the audit's own slices: %+v", r)
	}
}

func TestNewMergesPartsOfOneOrganization(t *testing.T) {
	part := func(environment string) *finding.Result {
		return &finding.Result{
			Organization: apigee.Organization{Name: "acme", Environments: []string{environment, "dev"}}, Deployments: 3, Revisions: 2, Audited: 2,
		}
	}
	want := []report.Organization{{Name: "acme", Environments: []string{"dev", "prod", "test"}, Deployments: 6, Revisions: 4, Audited: 4}}
	if diff := cmp.Diff(want, report.New(reporttest.Tool(), []*finding.Result{part("test"), part("prod")}).Organizations); diff != "" {
		t.Errorf("organizations (-want +got):\n%s", diff)
	}
}

func TestComplete(t *testing.T) {
	problem := reporttest.Single()
	problem.Problems = []apigee.Problem{{Operation: "download bundle", Error: "refused"}}
	unread := reporttest.Single()
	unread.Organizations[0].Revisions++
	for name, c := range map[string]struct {
		document *report.Document
		want     bool
	}{
		"findings":             {reporttest.Single(), true},
		"notices":              {reporttest.CleanBill(), true},
		"a problem":            {problem, false},
		"an unread revision":   {unread, false},
		"nothing was audited":  {report.New(reporttest.Tool(), nil), false},
		"an incomplete member": {reporttest.Rich(), false},
	} {
		c.document.Normalize()
		if c.document.Complete != c.want {
			t.Errorf("%s: complete is %v", name, c.document.Complete)
		}
	}
}

func TestSummary(t *testing.T) {
	want := report.Summary{Findings: report.Counts{Total: 3, High: 1, Medium: 1, Low: 1}, New: 2, Known: 1, Suppressed: 1, Problems: 3, Notices: 2}
	if diff := cmp.Diff(want, reporttest.Rich().Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	d := reporttest.Rich()
	for i := range d.Findings {
		d.Findings[i].Status = finding.StatusSuppressed
	}
	d.Normalize()
	if d.Summary.Findings.Total != 0 || d.Summary.Suppressed != 4 {
		t.Errorf("Normalize keeps old counts: %+v", d.Summary)
	}
}
