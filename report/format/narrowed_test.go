package format

import (
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// TestNothingNarrowsUnseen: every format says what narrows the audit and what is accepted, and why.
func TestNothingNarrowsUnseen(t *testing.T) {
	d := reporttest.CleanBill()
	d.Scope = reporttest.FullScope()
	f := reporttest.NeverRefreshed()
	f.Status, f.Suppression = finding.StatusSuppressed, &finding.Suppression{Reason: "agreed with the platform team", Source: finding.FromConfiguration, Expires: "2027-01-31"}
	d.Findings = []finding.Finding{f}
	d.Normalize()
	for _, format := range Formats() {
		out := string(write(t, format, d, report.Options{}))
		for _, want := range []string{".apigee-audit.yaml", "RT402", "login", "agreed with the platform team", "2027-01-31"} {
			if strings.HasPrefix(format, "csv-") && strings.Contains(d.Findings[0].Suppression.Reason+d.Findings[0].Suppression.Expires, want) {
				continue // they are about what is reported and about rules with standards, and this finding is neither
			}
			if !strings.Contains(out, want) {
				t.Errorf("%s does not say %s:\n%s", format, want, out)
			}
		}
		if format != "json" && !strings.Contains(out, "Findings do not make the run fail") {
			t.Errorf("%s does not say that nothing fails", format)
		}
	}
	for _, format := range ComparisonFormats() {
		var b strings.Builder
		if err := WriteComparison(&b, format, report.Compare(reporttest.CleanBill(), d), report.Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), ".apigee-audit.yaml") || !strings.Contains(b.String(), "RT402") {
			t.Errorf("the comparison in %s does not say what narrows the new report:\n%s", format, b.String())
		}
	}
}
