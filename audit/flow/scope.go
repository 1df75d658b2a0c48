package flow

import (
	"fmt"
	"slices"
)

// scope is the bundles that an edit can have made a difference to; nil is all of them.
type scope map[BundleID]bool

// InScope reports whether anything about a program can be different from before [Facts.Again]. Of facts that were worked out from
// the beginning, everything is in scope. A policy that is missing has no program.
func (f *Facts) InScope(u *Program) bool {
	return f.scope == nil || u != nil && f.HasInScope(u.Bundle())
}

// HasInScope is [Facts.InScope] for a bundle.
func (f *Facts) HasInScope(b BundleID) bool { return f.scope == nil || f.scope[b] }

// Touches reports whether a walk passes a program in scope.
func (f *Facts) Touches(w *Trace) bool {
	return f.scope == nil || slices.ContainsFunc(w.programs, f.InScope)
}

// Whole are the same facts with everything in scope.
func (f *Facts) Whole() *Facts {
	whole := *f
	whole.scope = nil
	return &whole
}

// Partial reports whether not everything is in scope.
func (f *Facts) Partial() bool { return f.scope != nil }

// narrow works out the scope from the walks that are not the same as before: what these pass and passed, and what was replaced. Where
// nothing issues any more, or something does now, that makes a difference to every bundle.
func (f *Facts) narrow(before *Facts) {
	if (len(f.RefreshersWithoutIssuer()) > 0) != (len(before.RefreshersWithoutIssuer()) > 0) || f.Issues() != before.Issues() {
		return
	}
	f.scope = scope{}
	for _, one := range []struct{ walks, others *Facts }{{before, f}, {f, before}} {
		for w := range one.walks.walked {
			if one.others.walked[w] {
				continue
			}
			for _, u := range w.programs {
				f.scope[u.Bundle()] = true
			}
		}
	}
	for r, u := range f.units {
		if before.units[r] != u {
			f.scope[u.Bundle()] = true
		}
	}
}

// Walked reports whether a walk is one of these facts: those of two that were worked out one from the other share some.
func (f *Facts) Walked(w *Trace) bool { return f.walked[w] }

// Issues reports whether anything in the organization issues refresh tokens.
func (f *Facts) Issues() bool {
	return slices.ContainsFunc(f.Environments, func(e *Environment) bool { return len(e.issuers) > 0 })
}

// Revocations are the policies in scope that can run and revoke refresh tokens, as far as it matters to others which: sorted.
func (f *Facts) Revocations(of *Facts) []string {
	var out []string
	for _, e := range f.Environments {
		for _, w := range e.Traces {
			for _, r := range w.Sites {
				p := r.Policy
				if o := p.OAuth; of.InScope(p.Program) && (p.Revoke != nil || o != nil && o.Operation == InvalidateToken) {
					s := fmt.Sprintf("%v %s", p.Program.Bundle(), p.Name)
					if p.Revoke != nil {
						s += fmt.Sprintf(" %t %t", p.Revoke.ByApp, p.Revoke.ByEndUser)
					} else {
						s += fmt.Sprintf(" %t %d", o.RevokesRefreshTokens(), len(o.Tokens))
					}
					out = append(out, s)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
