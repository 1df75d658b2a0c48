package table

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// passwordGrants are findings that differ in nothing but the names of their policies.
func passwordGrants(n int) []finding.Finding {
	var all []finding.Finding
	for i := range n {
		f := reporttest.NeverRefreshed()
		f.RuleID, f.RuleName, f.Severity = "RT501", "password-grant", finding.Medium
		f.Name, f.Policy, f.File = fmt.Sprintf("proxy-%d", i), fmt.Sprintf("OA-%d", i), fmt.Sprintf("apiproxy/policies/OA-%d.xml", i)
		f.Message, f.Gist = fmt.Sprintf("OAuthV2 %q issues them through the password grant.", f.Policy), "The OAuthV2 policy issues them through the password grant."
		f.Fingerprint = fmt.Sprintf("%08x00000000", i)
		all = append(all, f)
	}
	return all
}

func tableOf(t *testing.T, findings []finding.Finding, o report.Options) string {
	t.Helper()
	d := reporttest.Single()
	d.Findings = findings
	d.Normalize()
	return string(reporttest.Write(t, Write, report.Sanitized(d), o))
}

func TestEqualClaimsAreToldOnce(t *testing.T) {
	out := tableOf(t, passwordGrants(3), report.Options{Width: 80})
	want := `medium  RT501 password-grant, 3 findings
  The OAuthV2 policy issues them through the password grant.
    00000000  proxy-0  policies/OA-0.xml:2:1  r12 prod, test · r9 dev
    00000001  proxy-1  policies/OA-1.xml:2:1  r12 prod, test · r9 dev
    00000002  proxy-2  policies/OA-2.xml:2:1  r12 prod, test · r9 dev

`
	if !strings.HasPrefix(out, want) {
		t.Errorf("got:\n%s\nwant:\n%s", out, want)
	}
}

// What differs in anything but names is another claim, and one of its own says whom it is about.
func TestDifferentClaimsStandApart(t *testing.T) {
	all := passwordGrants(6)
	all[1].Confidence = finding.LowConfidence
	all[2].Gist, all[2].Message = "", "A report of an older version has no gist."
	all[3].Severity = finding.High
	all[4].Status = finding.StatusKnown
	out := tableOf(t, all, report.Options{Width: 120, Verbose: false})
	for _, want := range []string{
		"medium  RT501 password-grant, 4 findings\n",
		"  The OAuthV2 policy issues them through the password grant.\n    00000000  proxy-0  policies/OA-0.xml:2:1  r12 prod, test · r9 dev\n    00000005  proxy-5",
		"  OAuthV2 \"OA-1\" issues them through the password grant. (low confidence)\n    00000001  ",
		"  A report of an older version has no gist.\n    00000002  ",
		"high    RT501 password-grant\n  OAuthV2 \"OA-3\" issues them through the password grant.\n    00000003  ",
		"1 finding known from the baseline, which --status known lists.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "00000004") {
		t.Errorf("a known finding has a row:\n%s", out)
	}
}

// What only one finding of a group has to say stands under its row.
func TestRowsKeepWhatIsTheirOwn(t *testing.T) {
	all := passwordGrants(2)
	all[0].Traffic = &finding.Traffic{Note: "12 calls in 30 days"}
	all[1].File = "apiproxy/policies/Other.xml"
	out := tableOf(t, all, report.Options{Width: 100})
	for _, want := range []string{"test · r9 dev\n              12 calls in 30 days\n", "r9 dev\n              policy OA-1\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if strings.Count(out, "password grant.") != 1 {
		t.Errorf("the claim is not told once:\n%s", out)
	}
}

// Known findings come after all new ones, whatever their severity, and under a heading that says so.
func TestKnownSectionsFollowNewOnes(t *testing.T) {
	all := passwordGrants(3)
	all[0].Status, all[0].Severity = finding.StatusKnown, finding.High
	all[1].Status = finding.StatusKnown
	out := tableOf(t, all, report.Options{Width: 100, Verbose: true})
	fresh, high, medium := strings.Index(out, "medium  RT501 password-grant\n"), strings.Index(out, "high    RT501 password-grant, known from the baseline\n"), strings.Index(out, "medium  RT501 password-grant, known from the baseline\n")
	if fresh != 0 || high < fresh || medium < high {
		t.Errorf("sections at %d, %d, %d:\n%s", fresh, high, medium, out)
	}
}

// With traffic, what most is called comes first among findings of one severity; else rules come in their order.
func TestSectionsAreInOrder(t *testing.T) {
	all := passwordGrants(3)
	all[0].RuleID = "RT503"
	all[1].RuleID = "RT502"
	at := func(out, rule string) int { return strings.Index(out, "medium  "+rule) }
	out := tableOf(t, all, report.Options{Width: 100})
	if !(at(out, "RT501") < at(out, "RT502") && at(out, "RT502") < at(out, "RT503")) || !strings.Contains(out, "Run `apigee-audit rules RT501` for") || !strings.Contains(out, "--explain 00000002.") {
		t.Errorf("not in the order of rules:\n%s", out)
	}
	all[0].Traffic = &finding.Traffic{ProxyCalls: 9, Calls: finding.Calls{Calls: 9}}
	if out := tableOf(t, all, report.Options{Width: 100}); at(out, "RT503") != 0 {
		t.Errorf("what is called most is not first:\n%s", out)
	}
}

// However many findings there are, each has its row.
func TestEveryFindingHasARow(t *testing.T) {
	all := passwordGrants(500)
	for i := range all {
		if i%3 > 0 {
			all[i].Gist = all[i].Message
		}
	}
	for _, width := range []int{40, 80, 120} {
		out := tableOf(t, all, report.Options{Width: width})
		for i := range all {
			if n := strings.Count(out, fmt.Sprintf("\n    %08x  proxy-%d", i, i)); n != 1 {
				t.Fatalf("at %d columns, finding %d has %d rows", width, i, n)
			}
		}
	}
}

// The time for a table grows with the number of findings, whatever their organizations: with its square, 16 times as many
// would take 256 times as long. The bound is far from both, as a busy machine takes longer too.
func TestSectionsAreLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	spent := func(n int) time.Duration {
		d := reporttest.Single()
		d.Findings = passwordGrants(n)
		for i := range d.Findings {
			d.Findings[i].Organization = fmt.Sprint(i % (n / 10))
		}
		d.Normalize()
		start := time.Now()
		reporttest.Write(t, Write, d, report.Options{Width: 80})
		return time.Since(start)
	}
	small := max(spent(1000), 20*time.Millisecond)
	if large := spent(16_000); large > 64*small {
		t.Errorf("1000 findings take %v, 16000 take %v", small, large)
	}
}

func TestNumbersOfTheSummary(t *testing.T) {
	d := reporttest.Rich()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: 100}))
	counted := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^RT\d+ .*?((?:\s+\d+)+)$`).FindAllStringSubmatch(out, -1) {
		for i, n := range strings.Fields(m[1]) {
			var v int
			fmt.Sscan(n, &v)
			counted[fmt.Sprint(i)] += v
		}
	}
	if counted["0"] != d.Summary.New || counted["1"] != d.Summary.Known || counted["2"] != d.Summary.Suppressed {
		t.Errorf("the rules sum up to %v, want %+v:\n%s", counted, d.Summary, out)
	}
	for _, org := range d.Organizations {
		s := d.ByOrganization()[org.Name]
		want := regexp.MustCompile(fmt.Sprintf(`(?m)^%s +%d( of %d)? +%d +%d +%d +%d +%d +%d$`, org.Name, org.Audited, org.Revisions,
			s.Findings.High, s.Findings.Medium, s.Findings.Low, s.Findings.Info, s.New, s.Problems))
		if !want.MatchString(out) {
			t.Errorf("no line like %s in:\n%s", want, out)
		}
	}
}

// A severity that the scope leaves out is not counted as 0.
func TestSummaryOfWhatIsNotShown(t *testing.T) {
	d := reporttest.Rich()
	d.Scope = &report.Scope{MinSeverity: finding.Medium}
	d.Normalize()
	out := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Width: 100}))
	if !regexp.MustCompile(`(?m)^acme +3 of 5 +1 +0 +1 +- +1 +3$`).MatchString(out) {
		t.Errorf("got:\n%s", out)
	}
}

// A severity that nobody knows is no reason to fail.
func TestUnknownSeverity(t *testing.T) {
	all := passwordGrants(2)
	all[0].Severity = 77
	if out := tableOf(t, all, report.Options{Width: 80}); !strings.Contains(out, "00000000  proxy-0") {
		t.Errorf("got:\n%s", out)
	}
}
