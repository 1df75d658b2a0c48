package audit

import (
	"apigee-audit/apigee"

	"apigee-audit/internal/text"
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
	label := p.Type + " " + text.Quote(p.Name)
	if p.OAuth != nil {
		label += " (" + p.OAuth.Operation + ")"
	}
	return p.hopAt(label, p.Span)
}

// HopAt is one element of the policy as the end of a path.
func (p *Policy) hopAt(label string, s apigee.Span) Hop {
	return Hop{Label: label, Kind: p.Unit.Revision.Kind, Name: p.Unit.Revision.Name, Place: place(p.File, s)}
}
