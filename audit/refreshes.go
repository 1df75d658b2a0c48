package audit

import (
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// refreshes lists one way for each bundle that issues and environment in which there is one, sorted by both.
func refreshes(f *flow.Facts, verdicts []*Verdict) []finding.Refreshed {
	other := map[*flow.Environment]map[*flow.Program]*flow.Site{}
	for _, v := range verdicts {
		if len(v.Refreshers) == 0 {
			continue
		}
		if other[v.Environment] == nil {
			other[v.Environment] = map[*flow.Program]*flow.Site{}
		}
		other[v.Environment][v.Program] = v.Refreshers[0].Site
	}
	var out []finding.Refreshed
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			way := other[e][is.Program]
			if i := slices.IndexFunc(is.Traces(), func(w *flow.Trace) bool { return w.Refresh() != nil }); i >= 0 {
				way = is.Traces()[i].Refresh()
			}
			if way != nil {
				out = append(out, finding.Refreshed{Environment: e.Name, Ref: is.Ref(), Path: way.Path()})
			}
		}
	}
	return out
}
