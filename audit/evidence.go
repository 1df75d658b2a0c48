package audit

import (
	"slices"

	"apigee-audit/apigee"
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
				SHA256: u.SHA256, Issues: []string{},
			}
		}
		for _, w := range e.Walks {
			for _, r := range w.Reaches {
				if ev := does[r.Policy.Unit]; ev != nil {
					ev.note(r)
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

func (ev *Evidence) note(r *Reach) {
	p := r.Policy
	if o := p.OAuth; o != nil {
		ev.Issues = append(ev.Issues, r.Grants...)
		ev.Refreshes = ev.Refreshes || o.Refreshes()
		ev.Imports = ev.Imports || o.Imports()
		ev.Revokes = ev.Revokes || o.RevokesRefreshTokens()
	}
	ev.Reads = ev.Reads || p.ReadsToken.Span.Line > 0
	ev.Revokes = ev.Revokes || p.Revoke != nil
}

// RevokesRefreshTokens tells whether the policy invalidates refresh tokens: one given as such, or the one paired with
// an access token through cascade.
func (o *OAuthV2) RevokesRefreshTokens() bool {
	return o.Operation == InvalidateToken && slices.ContainsFunc(o.Tokens, func(t Token) bool {
		return t.Type == "refreshtoken" || t.Cascade.Value
	})
}

// notices says what the audit understood of the deployments and a person should know.
func (f *Facts) notices() []apigee.Problem {
	var out []apigee.Problem
	for _, e := range f.Environments {
		out = append(out, e.hookNotices()...)
		said := map[*Policy]bool{}
		for _, w := range e.Walks {
			for _, r := range w.Reaches {
				p := r.Policy
				if p.Type != "FlowCallout" || said[p] || len(e.sharedFlow(p.SharedFlow)) > 0 {
					continue
				}
				said[p] = true
				ref := apigee.Ref{Kind: apigee.KindSharedFlow, Name: p.SharedFlow}
				if e.absent[ref] {
					continue // deployed but unreadable: that is a problem of its own
				}
				out = append(out, apigee.Problem{
					Environment: e.Name, Kind: p.Unit.Revision.Kind, Name: p.Unit.Revision.Name, Revision: p.Unit.Revision.Number,
					File: p.File, Line: int(p.CalloutSpan.Line), Column: int(p.CalloutSpan.Column), Operation: "call shared flow",
					Error: f.missingCallee(p.SharedFlow),
				})
			}
		}
	}
	return out
}

func (f *Facts) missingCallee(name string) string {
	switch {
	case f.Organization.Offline:
		return "shared flow " + quote(name) + " is not among the scanned bundles; what it does is unknown"
	case len(f.known[name]) > 0:
		return "shared flow " + quote(name) + " is called and not deployed in this environment; the call fails at run time"
	}
	return "shared flow " + quote(name) + " is called and not deployed in any environment; the call fails at run time and what it does is unknown"
}
