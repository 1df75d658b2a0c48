package audit

import (
	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// Path is the proof that a policy can run: from the endpoint through flows, steps and shared flows to the policy.
func (r *Reach) Path() []Hop {
	var hops []Hop
	for i := range r.frames {
		hops = append(hops, r.frames[i].hop())
	}
	return append(hops, r.Policy.Hop())
}

// Flow is the innermost flow or endpoint that the policy is attached to.
func (r *Reach) Flow() Hop {
	for i := len(r.frames) - 1; i >= 0; i-- {
		if r.frames[i].step == nil {
			return r.frames[i].hop()
		}
	}
	return r.Policy.Hop()
}

func (f *frame) hop() Hop {
	h := Hop{Kind: f.unit.Revision.Kind, Name: f.unit.Revision.Name, Place: place(f.file, f.span)}
	switch {
	case f.hook != "":
		h.Label = "flow hook " + f.hook
	case f.step != nil:
		h.Label = "step " + quote(f.step.policy.Name)
		if f.step.cond != nil {
			h.Label += " when " + f.step.cond.String()
		}
	case f.endpoint != nil && f.endpoint.Role == apigee.SharedFlow:
		h.Label = "shared flow " + quote(f.unit.Revision.Name)
	case f.endpoint != nil && f.endpoint.Role == apigee.TargetEndpoint:
		h.Label = "target endpoint " + quote(f.endpoint.Name)
	case f.endpoint != nil:
		h.Label = "proxy endpoint " + quote(f.endpoint.Name)
		if p := f.endpoint.BasePath.Value; p != "" {
			h.Label += " at " + p
		}
	case f.fault:
		h.Label = "fault rule " + quote(f.flowName)
	case f.conditional:
		h.Label = flowLabel(f.flowName, f.cond)
	default:
		h.Label = f.flowName
	}
	return h
}

func flowLabel(name string, cond *condition.Expr) string {
	label := "flow " + quote(name)
	if cond != nil {
		label += " when " + cond.String()
	}
	return label
}

// Hop is the policy itself as the end of a path.
func (p *Policy) Hop() Hop {
	label := p.Type + " " + quote(p.Name)
	if p.OAuth != nil {
		label += " (" + p.OAuth.Operation + ")"
	}
	return p.hopAt(label, p.Span)
}

// HopAt is one element of the policy as the end of a path.
func (p *Policy) hopAt(label string, s apigee.Span) Hop {
	return Hop{Label: label, Kind: p.Unit.Revision.Kind, Name: p.Unit.Revision.Name, Place: place(p.File, s)}
}
