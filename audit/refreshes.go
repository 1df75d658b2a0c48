package audit

import (
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// refreshes lists one way for each bundle that issues and environment in which there is one, sorted by both.
func refreshes(f *flow.Facts, verdicts []*Verdict) []finding.Refreshed {
	elsewhere := map[*flow.Issuer]*flow.Site{}
	for _, v := range verdicts {
		if len(v.Refreshers) > 0 {
			elsewhere[v.Issuer] = v.Refreshers[0].Site
		}
	}
	var out []finding.Refreshed
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			way := elsewhere[is]
			for _, w := range is.Traces() {
				if own := w.Refresh(); own != nil {
					way = own
					break
				}
			}
			if way != nil {
				out = append(out, finding.Refreshed{Environment: e.Name, Ref: is.Ref(), Path: way.Path()})
			}
		}
	}
	return out
}
