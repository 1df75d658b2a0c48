package html

import (
	"html/template"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// storedSection is the section of stored tokens of one organization.
type storedSection struct {
	ID, Line    string
	Chart       template.HTML // made of sanitised and escaped text by storedTokensChart
	Sums        []string
	Assumptions []string
}

func storedSections(d *report.Document, ids *anchors) []storedSection {
	var out []storedSection
	for i := range d.StoredTokens {
		s := &d.StoredTokens[i]
		h := storedSection{ID: ids.organization("stored", s.Organization), Line: report.StoredLine(s), Chart: template.HTML(storedTokensChart(*s))}
		for j := range s.Proxies {
			if s.Proxies[j].Calls > 0 {
				h.Sums = append(h.Sums, report.ProxyLine(&s.Proxies[j]))
			}
		}
		h.Assumptions = append(h.Assumptions, s.Assumptions...)
		out = append(out, h)
	}
	return out
}

// evidenceOf is what the organization's own records say of a finding, a sentence each.
func evidenceOf(f *finding.Finding) []string {
	var out []string
	say := func(label string, values ...string) {
		if len(values) > 0 {
			out = append(out, label+": "+strings.Join(values, ", "))
		}
	}
	if f.Traffic != nil {
		say("Traffic", f.Traffic.Note)
	}
	say("Called at", f.URLs...)
	say("API products", f.Products...)
	say("Apps", f.Apps...)
	return out
}
