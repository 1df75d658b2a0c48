package flow

import (
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// frame is one thing that a walk is inside of: an endpoint, a flow, a step. Frames point outwards and are shared by all
// places below them, because an organization has millions of places.
type frame struct {
	outer *frame
	*stage
	step *step // nil where the frame is the stage itself
}

// stage is a part of a pipeline that has steps, or where these stand: an endpoint, a flow, a fault rule, a flow hook. The frames of steps
// have that of their endpoint.
type stage struct {
	program  *Program
	endpoint *endpoint // the endpoint or shared flow that holds it; nil for a flow hook

	// What the stage is; all nil and "" for the endpoint itself.
	flow  *flow  // with phase "" a conditional flow
	phase string // HopPreFlow and the like, or the point of a flow hook
	fault *faultRule
}

// conditional tells frames of flows that a condition chooses.
func (f *frame) conditional() bool { return f.flow != nil && f.phase == "" }

// isEndpoint tells the frame of an endpoint itself from those of what is inside.
func (f *frame) isEndpoint() bool {
	return f.endpoint != nil && f.flow == nil && f.fault == nil && f.step == nil
}

func (f *frame) file() string {
	if f.endpoint == nil {
		return ""
	}
	return f.endpoint.File
}

func (f *frame) span() xmltree.Span {
	switch {
	case f.step != nil:
		return f.step.span
	case f.fault != nil:
		return f.fault.span
	case f.flow != nil:
		return f.flow.span
	case f.endpoint != nil:
		return f.endpoint.Span
	}
	return xmltree.Span{}
}

// cond is the condition that chooses what the frame is, nil when it has none.
func (f *frame) cond() *condition.Expr {
	switch {
	case f.step != nil:
		return f.step.cond
	case f.fault != nil:
		return f.fault.cond
	case f.conditional():
		return f.flow.cond
	}
	return nil
}

// enclosing lists a frame and everything around it, outermost first.
func (f *frame) enclosing() []*frame {
	depth := 0
	for g := f; g != nil; g = g.outer {
		depth++
	}
	out := make([]*frame, depth)
	for ; f != nil; f = f.outer {
		depth--
		out[depth] = f
	}
	return out
}

func (f *frame) hop() finding.Hop {
	var h finding.Hop
	switch {
	case f.step != nil:
		h.What, h.Named = finding.HopStep, f.step.policy.Name
	case f.fault != nil:
		h.What, h.Named = finding.HopFaultRule, f.fault.name
	case f.conditional():
		h.What, h.Named = finding.HopFlow, f.flow.name
	case f.flow != nil:
		h.What = f.phase
	case f.endpoint == nil:
		h.What, h.Named = finding.HopFlowHook, f.phase
	case f.endpoint.Role == bundle.SharedFlow:
		h.What, h.Named = finding.HopSharedFlow, f.program.Revision.Name
	case f.endpoint.Role == bundle.TargetEndpoint:
		h.What, h.Named = finding.HopTargetEndpoint, f.endpoint.Name
	default:
		h.What, h.Named = finding.HopProxyEndpoint, f.endpoint.Name
		if p := f.endpoint.basePath; p != "" {
			h.Detail = "at " + p
		}
	}
	if cond := f.cond(); cond != nil && f.fault == nil {
		h.Condition = cond.String()
	}
	return f.program.hop(h, f.file(), f.span())
}

// Path is the proof that a policy can run: from the endpoint through flows, steps and shared flows to the policy.
func (r *Site) Path() []finding.Hop {
	around := r.at.enclosing()
	hops := make([]finding.Hop, 0, len(around)+1) // there is one for each finding at each of thousands of places
	for _, f := range around {
		hops = append(hops, f.hop())
	}
	return append(hops, r.Policy.Hop())
}

// Flow is the innermost flow or endpoint that the policy is attached to.
func (r *Site) Flow() finding.Hop {
	for f := r.at; f != nil; f = f.outer {
		if f.step == nil {
			return f.hop()
		}
	}
	return r.Policy.Hop()
}

// Hop is the policy itself as the end of a path.
func (p *Policy) Hop() finding.Hop {
	h := finding.Hop{What: p.Type, Named: p.Name}
	if p.OAuth != nil {
		h.Detail = "(" + p.OAuth.Operation + ")"
	}
	return p.Program.hop(h, p.File, p.Span)
}

// calloutHop is the element of a FlowCallout that names its shared flow.
func (p *Policy) calloutHop() finding.Hop {
	return p.Program.hop(finding.Hop{What: p.Type, Named: p.Name, Detail: "→ shared flow " + text.Quote(p.SharedFlow)}, p.File, p.CalloutSpan)
}

// hop places a hop in the bundle and gives it its label.
func (u *Program) hop(h finding.Hop, file string, s xmltree.Span) finding.Hop {
	h.Kind, h.Name, h.Source, h.Place = u.Revision.Kind, u.Revision.Name, u.Revision.Root, Place(file, s)
	h.Named, h.Detail = text.Brief(h.Named), text.Brief(h.Detail)
	h.Label = h.Unconditional()
	if h.Condition != "" {
		h.Label += " when " + h.Condition
	}
	return h
}

// Place is a region of a file as findings give it.
func Place(file string, s xmltree.Span) finding.Place {
	return finding.Place{File: file, Line: int(s.Line), Column: int(s.Column), EndLine: int(s.EndLine), EndColumn: int(s.EndColumn)}
}

// Between lists what lies between the proxy of the walk and the bundle whose policy runs at a place: a flow hook, and the shared
// flows that are called on the way, in that order.
func (w *Trace) Between(r *Site) []finding.Via {
	var out []finding.Via
	for _, f := range r.at.enclosing() {
		switch {
		case f.endpoint == nil:
			out = append(out, finding.Via{Kind: finding.ViaFlowHook, Name: f.phase})
		case f.isEndpoint() && f.endpoint.Role == bundle.SharedFlow && f.program != w.Program && f.program != r.Policy.Program:
			out = append(out, finding.Via{Kind: finding.ViaSharedFlow, Name: f.program.Revision.Name})
		}
	}
	return out
}
