package csv

import (
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestInventoryHoldsEveryDeployment(t *testing.T) {
	for name, d := range reporttest.Documents() {
		rows := readSheet(t, WriteInventory, inventoryColumns(), d)
		kinds, problems := map[string]int{}, 0
		for _, p := range d.Problems {
			problems += p.Count()
		}
		for _, r := range rows {
			kinds[r["type"]]++
		}
		if kinds["deployment"] != len(d.Inventory) || kinds["problem"] != problems || kinds["scope"] != len(d.Parts()) {
			t.Errorf("%s: %v of %d deployments, %d problems and %d organizations", name, kinds, len(d.Inventory), problems, len(d.Parts()))
		}
	}
}

func TestInventoryCountsFindings(t *testing.T) {
	d := reporttest.Compared()
	d.Findings[0].Deployments = []finding.Deployed{{Environment: "prod", Revision: "12"}}
	for _, r := range readSheet(t, WriteInventory, inventoryColumns(), d) {
		switch r["type"] + " " + r["name"] {
		case "deployment login":
			if r["findings"] != "1" || r["worst"] != "high" || r["status"] != "audited" {
				t.Errorf("login: %v", r)
			}
		case "deployment pay":
			if r["findings"] != "0" || r["worst"] != "" {
				t.Errorf("pay is clean: %v", r)
			}
		}
	}
	d.Scope = &report.Scope{Proxies: []string{"pay"}}
	for _, r := range readSheet(t, WriteInventory, inventoryColumns(), d) {
		if r["name"] == "login" && (r["status"] != "not reported" || r["findings"] != "") {
			t.Errorf("login is not reported, and the count says %v", r)
		}
	}
}

// Every bundle of every requirement is a row, with what was looked at, and why something is accepted.
func TestControlsHoldEveryVerdict(t *testing.T) {
	d := reporttest.Compared()
	d.Catalogue = report.Describe(reporttest.Rules())
	d.Normalize()
	want := map[string]int{}
	for _, c := range d.Controls {
		for status, list := range map[string][]report.Judged{"passed": c.Passed, "failed": c.Failed, "accepted": c.Accepted, "not looked at": c.NotLookedAt} {
			want[c.Requirement+" "+status] += len(list)
		}
	}
	got, reasons := map[string]int{}, ""
	for _, r := range readSheet(t, WriteControls, controlColumns(), d) {
		if r["type"] != "control" {
			continue
		}
		got[r["requirement"]+" "+r["status"]]++
		if r["status"] == "accepted" {
			reasons += r["message"]
		}
		if r["status"] == "passed" && r["revisions"] == "" {
			t.Errorf("%s passed %s without evidence: %v", r["name"], r["requirement"], r)
		}
	}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%s: %d rows, want %d", key, got[key], n)
		}
	}
	if !strings.Contains(reasons, "served by session (a comment in the policy)") {
		t.Errorf("what is accepted has the reasons %q", reasons)
	}
}

// Whoever opens a table without findings must see of what.
func TestScopeComesFirst(t *testing.T) {
	for _, sheet := range [][]map[string]string{
		readCSV(t, reporttest.Rich()), readSheet(t, WriteInventory, inventoryColumns(), reporttest.Rich()), readSheet(t, WriteControls, controlColumns(), reporttest.Rich()),
	} {
		acme, beta := sheet[0], sheet[1]
		if acme["type"] != "scope" || acme["organization"] != "acme" || acme["status"] != "incomplete" || !strings.HasPrefix(acme["message"], "3 things could not be looked at. 6 deployments listed") {
			t.Errorf("the first row is %v", acme)
		}
		if beta["organization"] != "beta" || beta["status"] != "complete" || beta["environments"] != "prod" {
			t.Errorf("the second row is %v", beta)
		}
	}
	if rows := readCSV(t, report.New(reporttest.Tool(), nil)); len(rows) != 1 || rows[0]["status"] != "incomplete" {
		t.Errorf("of an audit of nothing: %v", rows)
	}
}
