package table

import (
	"strings"

	"apigee-audit/report"
)

// mostProxies is how many proxies the table's summary of stored tokens names for an organization.
const mostProxies = 5

// storedList sums up what issuing costs: for each organization the bound, the proxies that store most with the
// arithmetic, and the assumptions behind all of it.
func storedList(d *report.Document, o report.Options) string {
	if len(d.StoredTokens) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Stored refresh tokens, at most:\n")
	for _, s := range d.StoredTokens {
		b.WriteString(paragraph("  - ", report.StoredLine(&s), o.Width))
		for i, p := range s.Proxies {
			if p.Calls == 0 || i == mostProxies && !o.Verbose {
				break
			}
			b.WriteString(paragraph("      ", report.ProxyLine(&p), o.Width))
		}
	}
	b.WriteString(paragraph("  ", "Assumed: "+strings.Join(report.Assumptions(d), " "), o.Width))
	return b.String()
}
