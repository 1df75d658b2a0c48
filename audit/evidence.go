package audit

import (
	"slices"
)

// Inventory lists every deployed revision that was looked at, clean or not, with what its own policies do there.
func (f *Facts) Inventory() []Evidence {
	var out []Evidence
	for _, e := range f.Environments {
		does := map[*Unit]*Evidence{}
		units := e.Units()
		for _, u := range units {
			r := u.Revision
			does[u] = &Evidence{
				Organization: f.Organization.Name, Environment: e.Name, Kind: r.Kind, Name: r.Name, Revision: r.Number,
				Sources: u.sources(), SHA256: u.SHA256, Issues: []string{},
			}
		}
		for _, w := range e.Walks {
			for _, r := range w.Reaches {
				if ev := does[r.Policy.Unit]; ev != nil {
					note(ev, r)
				}
			}
		}
		for _, u := range units {
			ev := does[u]
			slices.Sort(ev.Issues)
			ev.Issues = slices.Compact(ev.Issues)
			out = append(out, *ev)
		}
	}
	return out
}

func note(ev *Evidence, r *Reach) {
	p := r.Policy
	if o := p.OAuth; o != nil {
		ev.Issues = append(ev.Issues, r.Grants...)
		ev.Refreshes = ev.Refreshes || r.Refreshes()
		ev.Imports = ev.Imports || o.Imports()
		ev.Revokes = ev.Revokes || o.RevokesRefreshTokens()
	}
	ev.Reads = ev.Reads || p.Reads != nil
	ev.Revokes = ev.Revokes || p.Revoke != nil
}
