package html

import (
	"html/template"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/report"
)

// htmlStored is the section of stored tokens of one organization.
type htmlStored struct {
	ID, Line    string
	Chart       template.HTML // made of sanitised and escaped text by StoredTokensChart
	Sums        []string
	Assumptions []string
}

func htmlStoredTokens(d *report.Document, ids *htmlIDs) []htmlStored {
	var out []htmlStored
	for i := range d.StoredTokens {
		s := &d.StoredTokens[i]
		h := htmlStored{ID: ids.unique("stored-" + slug(s.Organization)), Line: report.StoredLine(s), Chart: template.HTML(StoredTokensChart(*s))}
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

// htmlEvidence is what the organization's own records say of a finding, a sentence each.
func htmlEvidence(f *audit.Finding) []string {
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
