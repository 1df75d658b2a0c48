package audit

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// frame is one thing that a walk is inside of: an endpoint, a flow, a step. Frames point outwards and are shared by all
// places below them, because an organization has millions of places.
type frame struct {
	outer    *frame
	unit     *Unit
	endpoint *endpoint // the endpoint or shared flow that holds it; nil for a flow hook

	// What the frame is; all nil and "" for the endpoint itself.
	flow  *flow  // with phase "" a conditional flow
	phase string // HopPreFlow and the like, or the point of a flow hook
	fault *faultRule
	step  *step
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

func (f *frame) span() apigee.Span {
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
	return apigee.Span{}
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

// way lists a frame and everything around it, outermost first.
func (f *frame) way() []*frame {
	var out []*frame
	for ; f != nil; f = f.outer {
		out = append(out, f)
	}
	slices.Reverse(out)
	return out
}

func (f *frame) hop() Hop {
	var h Hop
	switch {
	case f.step != nil:
		h.What, h.Named = HopStep, f.step.policy.Name
	case f.fault != nil:
		h.What, h.Named = HopFaultRule, f.fault.name
	case f.conditional():
		h.What, h.Named = HopFlow, f.flow.name
	case f.flow != nil:
		h.What = f.phase
	case f.endpoint == nil:
		h.What, h.Named = HopFlowHook, f.phase
	case f.endpoint.Role == apigee.SharedFlow:
		h.What, h.Named = HopSharedFlow, f.unit.Revision.Name
	case f.endpoint.Role == apigee.TargetEndpoint:
		h.What, h.Named = HopTargetEndpoint, f.endpoint.Name
	default:
		h.What, h.Named = HopProxyEndpoint, f.endpoint.Name
		if p := f.endpoint.BasePath.Value; p != "" {
			h.Detail = "at " + p
		}
	}
	if cond := f.cond(); cond != nil && f.fault == nil {
		h.Condition = cond.String()
	}
	return f.unit.hop(h, f.file(), f.span())
}
