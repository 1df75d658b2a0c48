package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// soon is how long before its last day a suppression is said to expire: time enough to agree on another.
const soon = 30 * 24 * time.Hour

// expiring says which suppressions stop accepting findings soon, one notice for each agreement.
func expiring(findings []finding.Finding, organization string, now time.Time) []apigee.Problem {
	last := now.UTC().Add(soon).Format(finding.Date)
	var order []finding.Suppression
	counts, rules := map[finding.Suppression]int{}, map[finding.Suppression][]string{}
	for i := range findings {
		s := findings[i].Suppression
		if s == nil || s.Expires == "" || s.Expires > last {
			continue
		}
		if counts[*s] == 0 {
			order = append(order, *s)
		}
		counts[*s]++
		if id := findings[i].RuleID; !slices.Contains(rules[*s], id) {
			rules[*s] = append(rules[*s], id)
		}
	}
	var out []apigee.Problem
	for _, s := range order {
		slices.Sort(rules[s])
		line := fmt.Sprintf("%s of %s will count again after %s, the last day of the suppression (%s",
			text.Count(counts[s], "finding"), strings.Join(rules[s], ", "), s.Expires, strings.TrimRight(s.Reason, "."))
		if s.Ticket != "" {
			line += "; ticket " + s.Ticket
		}
		if s.Owner != "" {
			line += "; owner " + s.Owner
		}
		out = append(out, apigee.Problem{Organization: organization, Operation: "suppress findings", Error: line + ")"})
	}
	return out
}
