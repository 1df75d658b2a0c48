package flow

import (
	"slices"

	"apigee-audit/audit/finding"
)

// Inventory lists every deployed revision that was looked at, clean or not, with what its own policies do there.
func (f *Facts) Inventory() []finding.Evidence {
	var out []finding.Evidence
	for _, e := range f.Environments {
		does := map[*Program]*finding.Evidence{}
		units := e.Programs()
		for _, u := range units {
			r := u.Revision
			does[u] = &finding.Evidence{
				Organization: f.Organization.Name, Environment: e.Name, Kind: r.Kind, Name: r.Name, Revision: r.Number,
				Sources: u.sources(), SHA256: u.SHA256, Partly: e.partly[r], Grants: []string{},
			}
		}
		for _, w := range e.Traces {
			for _, r := range w.Sites {
				if ev := does[r.Policy.Program]; ev != nil {
					note(ev, r)
				}
			}
		}
		for _, u := range units {
			ev := does[u]
			slices.Sort(ev.Grants)
			ev.Grants = slices.Compact(ev.Grants)
			out = append(out, *ev)
		}
	}
	return out
}

func note(ev *finding.Evidence, r *Site) {
	p := r.Policy
	if o := p.OAuth; o != nil {
		ev.Grants = append(ev.Grants, r.Grants...)
		ev.Refreshes = ev.Refreshes || r.Refreshes()
		ev.Imports = ev.Imports || o.Imports()
		ev.Revokes = ev.Revokes || o.RevokesRefreshTokens()
	}
	ev.Reads = ev.Reads || p.Reads != nil
	ev.Revokes = ev.Revokes || p.Revoke != nil
}
