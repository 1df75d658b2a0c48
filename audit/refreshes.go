package audit

import (
	"slices"

	"apigee-audit/apigee"
)

// Refreshed is how the refresh tokens that a bundle issues in an environment can be refreshed.
type Refreshed struct {
	Environment string
	apigee.Ref
	// Path leads to the refresh operation: in a proxy through which the bundle issues, else in the one that a finding of the
	// core family names first.
	Path []Hop
}

// refreshes lists one way for each bundle that issues and environment in which there is one, sorted by both.
func refreshes(f *Facts, verdicts []*Verdict) []Refreshed {
	other := map[*Environment]map[*Unit]*Reach{}
	for _, v := range verdicts {
		if len(v.Refreshers) == 0 {
			continue
		}
		if other[v.Environment] == nil {
			other[v.Environment] = map[*Unit]*Reach{}
		}
		other[v.Environment][v.Unit] = v.Refreshers[0].Reach
	}
	var out []Refreshed
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			way := other[e][is.Unit]
			if i := slices.IndexFunc(is.Walks(), func(w *Walk) bool { return w.Refresh() != nil }); i >= 0 {
				way = is.Walks()[i].Refresh()
			}
			if way != nil {
				out = append(out, Refreshed{Environment: e.Name, Ref: is.Ref(), Path: way.Path()})
			}
		}
	}
	return out
}
