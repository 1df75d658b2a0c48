package audit

import (
	"apigee-audit/apigee"

	"apigee-audit/internal/text"
)

// What a hop can be besides a policy, whose hop has the policy's type.
const (
	HopProxyEndpoint  = "proxy endpoint"
	HopTargetEndpoint = "target endpoint"
	HopFlowHook       = "flow hook"
	HopSharedFlow     = "shared flow"
	HopFlow           = "flow" // a conditional one
	HopPreFlow        = "PreFlow"
	HopPostFlow       = "PostFlow"
	HopPostClientFlow = "PostClientFlow"
	HopEventFlow      = "EventFlow"
	HopFaultRule      = "fault rule"
	HopStep           = "step"
)

// Path is the proof that a policy can run: from the endpoint through flows, steps and shared flows to the policy.
func (r *Reach) Path() []Hop {
	var hops []Hop
	for _, f := range r.at.way() {
		hops = append(hops, f.hop())
	}
	return append(hops, r.Policy.Hop())
}

// Flow is the innermost flow or endpoint that the policy is attached to.
func (r *Reach) Flow() Hop {
	for f := r.at; f != nil; f = f.outer {
		if f.step == nil {
			return f.hop()
		}
	}
	return r.Policy.Hop()
}

// Hop is the policy itself as the end of a path.
func (p *Policy) Hop() Hop {
	h := Hop{What: p.Type, Named: p.Name}
	if p.OAuth != nil {
		h.Detail = "(" + p.OAuth.Operation + ")"
	}
	return p.Unit.hop(h, p.File, p.Span)
}

// calloutHop is the element of a FlowCallout that names its shared flow.
func (p *Policy) calloutHop() Hop {
	return p.Unit.hop(Hop{What: p.Type, Named: p.Name, Detail: "→ shared flow " + text.Quote(p.SharedFlow)}, p.File, p.CalloutSpan)
}

// hop places a hop in the bundle and gives it its label.
func (u *Unit) hop(h Hop, file string, s apigee.Span) Hop {
	h.Kind, h.Name, h.Source, h.Place = u.Revision.Kind, u.Revision.Name, u.Root, place(file, s)
	h.Named, h.Detail = text.Brief(h.Named), text.Brief(h.Detail)
	h.Label = h.Unconditional()
	if h.Condition != "" {
		h.Label += " when " + h.Condition
	}
	return h
}

// Unconditional is the hop in words without its condition: `flow "token"`.
func (h Hop) Unconditional() string {
	words := h.What
	switch {
	case h.Named == "":
	case h.What == HopFlowHook: // the name is one of Apigee's
		words += " " + h.Named
	default:
		words += " " + text.Quote(h.Named)
	}
	if h.Detail != "" {
		words += " " + h.Detail
	}
	return words
}
