package flow

import (
	"cmp"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// DeadRefresh is a refresh policy that is there and cannot run.
type DeadRefresh struct {
	Trace  *Trace
	Policy *Policy
	// Callout is the FlowCallout that leads to it, when it is in a shared flow.
	Callout *Policy
	// Missing is the shared flow that holds it and is not deployed in the environment, "" otherwise.
	Missing string
	Reason  Reason
}

// Refresher is a deployed proxy with a reachable refresh operation.
type Refresher struct {
	Environment *Environment
	Trace       *Trace
	Site        *Site
}

// Refreshers lists the proxies of the environment in which a refresh operation can run.
func (e *Environment) Refreshers() []Refresher { return e.refreshers() }

// AnyRefreshes reports whether there are any.
func (e *Environment) AnyRefreshes() bool { return e.refreshing.size() > 0 }

func (e *Environment) listRefreshers() []Refresher {
	var out []Refresher
	for w := range e.handlingTraces() {
		if r := w.Refresh(); r != nil {
			out = append(out, Refresher{Environment: e, Trace: w, Site: r})
		}
	}
	return out
}

// countRefreshes counts the refresh operations that a walk can run so many times.
func (e *Environment) countRefreshes(w *Trace, n int) {
	if w.Refresh() == nil {
		return
	}
	e.refreshing.add(w.Program.Revision.Ref(), n)
	for _, r := range w.Sites {
		if r.Refreshes() {
			e.runnable.add(r.Policy, n)
		}
	}
}

// Refreshes reports whether the proxy of a walk refreshes in the environment, itself or through one it is chained to. Edge
// allows several revisions of it there, at different base paths, and tokens of one can be refreshed by another. Offline,
// bundles of one name are copies, and any one of them may be all that is deployed.
func (e *Environment) Refreshes(w *Trace) bool {
	return w.Refresh() != nil || e.ChainToRefresh(w) != nil || !e.facts.Organization.Offline && e.refreshing.has(w.Program.Revision.Ref())
}

// DeadRefresh finds a refresh policy that cannot run: in the proxy's bundle, in a shared flow it calls, or in the
// issuing bundle itself where that is a flow hook's shared flow. One that another proxy's call can run is not dead.
func (is *Issuer) DeadRefresh(w *Trace) *DeadRefresh {
	e := is.Environment
	if own := e.deadPolicy(w.Program); own != nil {
		return &DeadRefresh{Trace: w, Policy: own, Reason: w.WhyDead(own)}
	}
	for _, c := range e.callable(w) {
		for _, u := range slices.Backward(c.programs) { // the newest revision first
			if held := e.deadPolicy(u); held != nil {
				return c.dead(w, held)
			}
		}
	}
	if slices.Contains(w.programs, is.Program) {
		if held := e.deadPolicy(is.Program); held != nil {
			return &DeadRefresh{Trace: w, Policy: held, Reason: w.WhyDead(held)}
		}
	}
	return nil
}

// deadPolicy is the first refresh policy of a bundle, by file, if none of them can run in the environment.
func (e *Environment) deadPolicy(u *Program) *Policy {
	held := refreshPolicies(u)
	if len(held) == 0 || slices.ContainsFunc(held, e.runnable.has) {
		return nil
	}
	return held[0]
}

// dead explains why a refresh policy of a shared flow cannot run in a proxy that may call it.
func (c *callee) dead(w *Trace, p *Policy) *DeadRefresh {
	d := &DeadRefresh{Trace: w, Policy: p, Callout: c.entry}
	switch {
	case !c.deployed:
		d.Missing = c.name
		d.Reason = Reason{
			Kind: finding.CauseNotDeployed,
			Text: "shared flow " + text.Quote(c.name) + " is not deployed where it is called",
			At:   c.policy.calloutHop(), Callout: c.policy,
		}
	case !w.Reached(c.policy):
		why := w.WhyDead(c.policy)
		why.CalloutKind, why.Callout = why.Kind, c.policy
		why.Kind = finding.CauseNotCalled
		why.Text = "shared flow " + text.Quote(c.name) + " is not called: FlowCallout " + text.Quote(c.policy.Name) + " cannot run, because " + why.Text
		d.Reason = why
	default:
		d.Reason = w.WhyDead(p)
	}
	return d
}

// Cause is the reason as data.
func (d *DeadRefresh) Cause() *finding.Cause {
	r := &d.Reason
	c := &finding.Cause{
		Kind: r.Kind, Policy: d.Policy.Hop(), At: r.At, Other: r.Other, Further: r.Further, CalloutKind: r.CalloutKind,
	}
	if r.Callout != nil {
		h := r.Callout.Hop()
		c.Callout = &h
	}
	return c
}

// refreshPolicies lists the refresh policies of a bundle whether or not they can run; those that only may refresh are none.
func refreshPolicies(u *Program) []*Policy {
	var out []*Policy
	for _, p := range u.Policies {
		if p.OAuth.Refreshes() && !p.OAuth.OperationMissing {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *Policy) int { return cmp.Compare(a.File, b.File) })
	return out
}

// RefreshersWithoutIssuer lists the refreshers when nothing in the organization issues refresh tokens, else nothing (RT109).
func (f *Facts) RefreshersWithoutIssuer() []Refresher {
	if f.Issues() {
		return nil
	}
	var out []Refresher
	for _, e := range f.Environments {
		for _, w := range e.Traces() {
			for _, r := range w.Sites {
				if r.Refreshes() {
					out = append(out, Refresher{Environment: e, Trace: w, Site: r})
				}
			}
		}
	}
	return out
}
