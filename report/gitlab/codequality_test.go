package gitlab

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func issuesOf(t *testing.T, d *report.Document) []map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal(reporttest.Write(t, WriteCodeQuality, d, report.Options{}), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// What GitLab documents of an entry.
func TestIssuesAreWhatGitLabReads(t *testing.T) {
	documents := reporttest.Documents()
	documents["full"] = reporttest.Full()
	for name, d := range documents {
		seen := map[string]bool{}
		for _, i := range issuesOf(t, d) {
			where, _ := i["location"].(map[string]any)
			at, _ := where["lines"].(map[string]any)
			begin, _ := at["begin"].(float64)
			p, _ := where["path"].(string)
			fingerprint, _ := i["fingerprint"].(string)
			description, _ := i["description"].(string)
			check, _ := i["check_name"].(string)
			switch {
			case description == "", check == "", fingerprint == "", begin < 1 || begin != float64(int(begin)):
				t.Errorf("%s: %v lacks something", name, i)
			case p == "" || path.IsAbs(p) || strings.HasPrefix(p, "./") || p != path.Clean(p) || slices.Contains(strings.Split(p, "/"), ".."):
				t.Errorf("%s: path %q", name, p)
			case !slices.Contains([]any{"info", "minor", "major", "critical", "blocker"}, i["severity"]):
				t.Errorf("%s: severity %v", name, i["severity"])
			case seen[fingerprint]:
				t.Errorf("%s: fingerprint %s stands twice", name, fingerprint)
			}
			seen[fingerprint] = true
		}
	}
}

func TestNothingIsAnEmptyList(t *testing.T) {
	if out := string(reporttest.Write(t, WriteCodeQuality, reporttest.CleanBill(), report.Options{})); out != "[]\n" {
		t.Errorf("got %q", out)
	}
}

// Estates of two organizations are often equal, and what is accepted in one is not in the other.
func TestOrganizationsAreKeptApart(t *testing.T) {
	d := reporttest.Single()
	for _, f := range slices.Clone(d.Findings) {
		f.Organization = "acme-dr"
		d.Findings = append(d.Findings, f)
	}
	d.Normalize()
	fingerprints, paths := map[any]bool{}, map[string]int{}
	for _, i := range issuesOf(t, d) {
		fingerprints[i["fingerprint"]] = true
		org, _, _ := strings.Cut(i["location"].(map[string]any)["path"].(string), "/")
		paths[org]++
	}
	if n := len(d.Findings); len(fingerprints) != n || paths["acme"] != n/2 || paths["acme-dr"] != n/2 {
		t.Errorf("%d findings: %d fingerprints, paths %v", n, len(fingerprints), paths)
	}
}

// Accepting a finding ends its issue, and says so in one of its own.
func TestAcceptedFindings(t *testing.T) {
	d := reporttest.Single()
	before := issuesOf(t, d)[0]
	d.Findings[0].Status = finding.StatusSuppressed
	d.Findings[0].Suppression = &finding.Suppression{Reason: "clients move in January", Expires: "2027-01-31", Source: finding.FromConfiguration}
	d.Normalize()
	accepted := 0
	for _, i := range issuesOf(t, d) {
		if i["fingerprint"] == before["fingerprint"] {
			t.Errorf("the accepted finding is still an issue: %v", i)
		}
		if i["check_name"] == checkAccepted {
			accepted++
			if line := i["description"].(string); i["severity"] != "info" || !strings.Contains(line, "until 2027-01-31: clients move in January") {
				t.Errorf("got %v", i)
			}
		}
	}
	if accepted != 1 {
		t.Errorf("%d accepted findings are told", accepted)
	}
}
