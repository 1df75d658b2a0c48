package report

import (
	"fmt"
	"math"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// StoredLine is "Organization acme: 1,200,000 (40,000 a day), 900,000 of them of proxies without a refresh flow".
func StoredLine(s *finding.StoredTokens) string {
	line := fmt.Sprintf("%s: %s (%s issued per day)", OrganizationTitle(s.Organization), text.Grouped(s.UpperBound), text.Grouped(int64(math.Round(s.IssuedPerDay))))
	if s.NeverRefreshed > 0 {
		line += fmt.Sprintf(", %s of them from proxies without their own refresh flow", text.Grouped(s.NeverRefreshed))
	}
	if s.Unbounded {
		line += "; plus tokens that never expire and have no upper bound"
	}
	return line
}

// ProxyLine is the arithmetic of one proxy in an environment: "login in prod: 1,200 calls in 30 days = 40 a day × 30 days =
// 1,200, never refreshed there".
func ProxyLine(p *finding.ProxyTokens) string {
	line := fmt.Sprintf("%s in %s: %s", p.Name, p.Environment, p.Arithmetic)
	if !p.Refreshed {
		line += ", never refreshed there"
	}
	if len(p.Assumptions) > 0 {
		line += ". " + strings.Join(p.Assumptions, " ")
	}
	return line
}

// Assumptions are the distinct ones of all organizations. Those about a single proxy stand in its line.
func Assumptions(d *Document) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range d.StoredTokens {
		for _, a := range s.Assumptions {
			if !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	return out
}
