package markdown

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// table writes as many rows as fit and says how many. Their texts are as long as lets every new finding have one; what is known
// has the room that is left.
func (p *boundedPage) table(head string, findings []finding.Finding, several bool) (rows int) {
	most := p.textLength(len(head), findings, several)
	for i := range findings {
		row := tableRow(&findings[i], several, most)
		if i == 0 {
			row = head + row
		}
		if !p.add(row) {
			return i
		}
	}
	return len(findings)
}

// textLength is how many characters the texts of a row may have so that all new findings fit, the fewest where they never do.
func (p *boundedPage) textLength(used int, findings []finding.Finding, several bool) int {
	lengths := []int{messageLength, 120, 40, 20}
	for _, most := range lengths {
		total := used
		for i := range findings {
			if f := &findings[i]; f.Status == finding.StatusNew && total <= p.left {
				total += len(tableRow(f, several, most))
			}
		}
		if total <= p.left {
			return most
		}
	}
	return lengths[len(lengths)-1]
}

// left says what has no row: how much of it is new, and of which rules; "" where nothing is left.
func left(findings []finding.Finding) string {
	if len(findings) == 0 {
		return ""
	}
	byRule, fresh := map[string]int{}, 0
	for _, f := range findings {
		if f.Status == finding.StatusNew {
			fresh++
			byRule[f.RuleID]++
		}
	}
	line := text.Count(len(findings), "more finding") + " in the full report"
	if fresh == 0 {
		return fmt.Sprintf("\n**%s, none of them new.**\n", line)
	}
	rules := slices.SortedFunc(maps.Keys(byRule), func(a, b string) int { return cmp.Or(cmp.Compare(byRule[b], byRule[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, id := range rules[:min(len(rules), mostRules)] {
		parts = append(parts, fmt.Sprintf("%d of %s", byRule[id], escape(text.Shorten(id, 8))))
	}
	return fmt.Sprintf("\n**%s, %d of them new: %s.**\n", line, fresh, strings.Join(parts, ", "))
}

// mostRules bounds the sentence that says what is missing.
const mostRules = 5
