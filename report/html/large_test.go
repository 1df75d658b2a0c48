package html

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// largeHTML is how .ci/html-check gets its large page.
var largeHTML = flag.String("large-html", "", "write an HTML report with 2,000 findings to this file")

// large is an organization of the size that the page must stay fast with.
func large(findings int) *report.Document {
	environments := []string{"dev", "prod-eu", "prod-us", "test"}
	r := &finding.Result{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: environments},
		Deployments:  4 * findings, Revisions: findings, Audited: findings,
	}
	severities := finding.Severities()
	for i := range findings {
		f := reporttest.NeverRefreshed()
		f.Name, f.Fingerprint, f.Severity = fmt.Sprintf("proxy-%04d", i/2), fmt.Sprintf("%016x", i), severities[i%len(severities)]
		f.Deployments, f.Path = nil, append([]finding.Hop(nil), f.Path...)
		for j := range f.Path {
			f.Path[j].Name = f.Name
		}
		f.Excerpt = &finding.Excerpt{Line: 2, Text: finding.Lines("<OAuthV2 name=\"GenerateToken\">\n" + strings.Repeat("  <GrantType>password</GrantType>\n", 10) + "</OAuthV2>")}
		for _, e := range environments {
			f.Deployments = append(f.Deployments, finding.Deployed{Environment: e, Revision: "12"})
			r.Inventory = append(r.Inventory, finding.Evidence{
				Organization: "acme", Environment: e, Kind: apigee.KindProxy, Name: f.Name, Revision: fmt.Sprint(12 + i%2),
				SHA256: fmt.Sprintf("%064x", i), Grants: []string{"password"}, Refreshes: i%3 == 0,
			})
		}
		r.Findings = append(r.Findings, f)
	}
	for i := range r.Findings {
		r.Findings[i].Organization = "acme"
	}
	return report.New(reporttest.Tool(), []*finding.Result{r})
}

func TestHTMLOfThousandsStaysSmall(t *testing.T) {
	page := pageOf(t, large(2000))
	if most := 16 << 20; len(page) > most {
		t.Errorf("the page of 2,000 findings has %d bytes, want at most %d", len(page), most)
	}
	if elements := strings.Count(string(page), "<"); elements > 600_000 {
		t.Errorf("the page of 2,000 findings has %d tags", elements)
	}
	t.Logf("2,000 findings: %d bytes, %d tags", len(page), strings.Count(string(page), "<"))
	if *largeHTML != "" {
		if err := os.WriteFile(*largeHTML, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
