package junit

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

type readSuite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Cases    []struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure []readOutcome `xml:"failure"`
		Error   []readOutcome `xml:"error"`
		Skipped []readOutcome `xml:"skipped"`
	} `xml:"testcase"`
}

type readOutcome struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t *testing.T, d *report.Document, o report.Options) []readSuite {
	t.Helper()
	var all struct {
		Suites []readSuite `xml:"testsuite"`
	}
	if err := xml.Unmarshal(reporttest.Write(t, Write, report.Sanitized(d), o), &all); err != nil {
		t.Fatal(err)
	}
	return all.Suites
}

func TestJUnitCountsWhatItHolds(t *testing.T) {
	for name, d := range reporttest.Documents() {
		for _, s := range readJUnit(t, d, report.Options{Rules: reporttest.Rules()}) {
			var failures, errs, skipped int
			seen := map[string]bool{}
			for _, c := range s.Cases {
				failures, errs, skipped = failures+len(c.Failure), errs+len(c.Error), skipped+len(c.Skipped)
				key := c.Class + " " + c.Name
				if len(c.Error) == 0 && seen[key] {
					t.Errorf("%s: two tests are %q", name, key)
				}
				seen[key] = true
			}
			if s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != errs || s.Skipped != skipped {
				t.Errorf("%s: suite %q counts %+v", name, s.Name, s)
			}
		}
	}
}

func TestJUnitHasATestForEachRuleAndProxy(t *testing.T) {
	d := reporttest.Single()
	s := readJUnit(t, d, report.Options{Rules: reporttest.Rules()})[0]
	got := map[string]string{}
	for _, c := range s.Cases {
		state := "passed"
		if len(c.Failure) > 0 {
			state = "failed"
		}
		got[c.Class+" "+strings.Fields(c.Name)[0]] = state
	}
	for _, class := range []string{"apis/login", "apis/pay", "sharedflows/issue"} {
		for _, rule := range []string{"RT101", "RT104", "RT106"} {
			want := "passed"
			if class+rule == "apis/loginRT101" || class+rule == "apis/payRT106" {
				want = "failed"
			}
			if got[class+" "+rule] != want {
				t.Errorf("%s of %s: %q, want %q", rule, class, got[class+" "+rule], want)
			}
		}
	}
	d.Rules = []string{"RT101"} // what the report says ran beats what the program knows
	for _, c := range readJUnit(t, d, report.Options{Rules: reporttest.Rules()})[0].Cases {
		if strings.HasPrefix(c.Name, "RT104") {
			t.Errorf("%s did not run and has a test", c.Name)
		}
	}
}

func TestJUnitJoinsFindingsOfOneTest(t *testing.T) {
	f, g, h := reporttest.NeverRefreshed(), reporttest.NeverRefreshed(), reporttest.NeverRefreshed()
	g.Fingerprint, g.Message = "second", "Another."
	h.Fingerprint, h.Status, h.Suppression = "third", finding.StatusSuppressed, &finding.Suppression{Reason: "agreed", Source: finding.FromPolicy}
	d := report.New(reporttest.Tool(), []*finding.Result{{Organization: apigee.Organization{Name: "acme"}, Findings: []finding.Finding{f, g, h}}})
	s := readJUnit(t, d, report.Options{})[0]
	if len(s.Cases) != 1 || len(s.Cases[0].Failure) != 1 || len(s.Cases[0].Skipped) != 0 {
		t.Fatalf("suite is %+v", s)
	}
	failure := s.Cases[0].Failure[0]
	if !strings.HasSuffix(failure.Message, "And 1 more finding.") {
		t.Errorf("message is %q", failure.Message)
	}
	for _, want := range []string{f.Fingerprint, "second", "third", "suppressed: agreed", "How it gets there"} {
		if !strings.Contains(failure.Text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
}

// A hundred thousand passing tests are a few megabytes and no more.
func TestJUnitOfALargeOrganization(t *testing.T) {
	var rules []*finding.Rule
	for i := range 22 {
		rules = append(rules, &finding.Rule{ID: fmt.Sprintf("RT%d", 101+i), Name: "rule"})
	}
	d := &report.Document{Organizations: []report.Organization{{Name: "acme"}}}
	for i := range 6000 {
		d.Inventory = append(d.Inventory, finding.Evidence{Organization: "acme", Kind: apigee.KindProxy, Name: fmt.Sprintf("proxy-%d", i)})
	}
	d.Normalize()
	out := reporttest.Write(t, Write, report.Sanitized(d), report.Options{Rules: rules})
	if n := strings.Count(string(out), "<testcase "); n != 22*6000 {
		t.Errorf("%d tests", n)
	}
	if len(out) > 12_000_000 {
		t.Errorf("the report has %d bytes", len(out))
	}
}

// CI services link the file of a test.
func TestTestsSayWhereTheyFail(t *testing.T) {
	for name, tt := range map[string]struct {
		d    *report.Document
		want []string
	}{
		"live":    {reporttest.Rich(), []string{`file="acme/apis/login/apiproxy/policies/GenerateToken.xml" line="2"`, `file="acme/apis/pay/apiproxy/policies/Broken.xml" line="4"`}},
		"on disk": {reporttest.Offline(), []string{`file="gateway/login v2/apiproxy/policies/GenerateToken.xml" line="2"`}},
		"known":   {reporttest.Compared(), []string{`name="RT101 refresh-token-never-refreshed" file="apis/login/apiproxy/policies/GenerateToken.xml" line="2"`}},
	} {
		out := string(reporttest.Write(t, Write, report.Sanitized(tt.d), report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"}))
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %s is missing in\n%.2000s", name, want, out)
			}
		}
	}
	if out := string(reporttest.Write(t, Write, reporttest.CleanBill(), report.Options{Rules: reporttest.Rules()})); strings.Contains(out, "file=") {
		t.Errorf("a test that passes has a place:\n%s", out)
	}
}
