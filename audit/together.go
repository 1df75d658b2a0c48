package audit

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// bearsOnTokens tells policies that must be placed among those that handle tokens: what authenticates clients, what runs
// code, what replaces a response, what records the grant type, and what copies values or puts them where they stay,
// and what stops requests.
func (p *Policy) bearsOnTokens() bool {
	return p.Authentication != NoAuthentication || p.Opaque || p.Answer != nil || p.GrantRecord != "" ||
		len(p.Copies) > 0 || len(p.Outputs) > 0 || p.Type == "RaiseFault"
}

// Together tells whether one request can pass two places of a walk: no other endpoint, no other conditional flow, no
// contradiction between their conditions. Fault rules are reached from anywhere and count as another request.
func (r *Reach) Together(other *Reach) bool {
	if r.at == nil || other.at == nil || r.inFault() || other.inFault() {
		return false
	}
	for a := r.at; a != nil; a = a.outer {
		for b := other.at; b != nil; b = b.outer {
			if excludes(a, b) {
				return false
			}
		}
	}
	return condition.Satisfiable(conditions(r.at.way(), "@1"), conditions(other.at.way(), "@2"))
}

// Certain tells whether every request that passes r gets past the conditions of other as well.
func (r *Reach) Certain(other *Reach) bool {
	if !r.Together(other) {
		return false
	}
	var own []*frame // what other is inside of and r is not
	for _, f := range other.at.way() {
		if !slices.ContainsFunc(r.at.way(), func(g *frame) bool { return g.unit == f.unit && g.file() == f.file() && g.span() == f.span() }) {
			own = append(own, f)
		}
	}
	return condition.Implies(conditions(r.at.way(), "@1"), conditions(own, "@2"))
}

// OnSuccess tells whether a place can be passed when the response is a success, which a token response is.
func (r *Reach) OnSuccess() bool {
	return !r.inFault() && condition.Satisfiable(conditions(r.at.way(), ""),
		condition.Equal(condition.Symbol("response.status.code"), "200"),
		condition.Equal(condition.Symbol("message.status.code"), "200"))
}

func (r *Reach) inFault() bool {
	return slices.ContainsFunc(r.at.way(), func(f *frame) bool { return f.fault != nil })
}

// excludes tells frames that no request is inside of together.
func excludes(a, b *frame) bool {
	switch {
	case a.isEndpoint() && b.isEndpoint() && a.endpoint.Role == b.endpoint.Role && a.endpoint.Role != apigee.SharedFlow:
		return a.endpoint != b.endpoint
	case a.conditional() && b.conditional():
		return a.endpoint == b.endpoint && a.flow != b.flow
	}
	return false
}

// conditions are all conditions of a way. What the client sent is the same at every place of a request;
// any other variable may have changed in between and is told apart by the suffix.
func conditions(frames []*frame, suffix string) condition.Formula {
	var all []condition.Formula
	lookup := func(variable string) condition.Term {
		variable = canonical(variable)
		if !constant(variable) && !strings.HasPrefix(variable, "request.") {
			variable += suffix
		}
		return condition.Symbol(variable)
	}
	for _, f := range frames {
		if cond := f.cond(); cond != nil {
			all = append(all, cond.Bind(lookup))
		}
	}
	return condition.And(all...)
}

// CallsTarget tells whether a route of the walk leads to a target endpoint.
func (w *Walk) CallsTarget() bool { return len(w.routed) > 0 }

// Later lists the places behind r that the same request can pass, in order, of the policies that keep wants.
func (w *Walk) Later(r *Reach, keep func(*Policy) bool) []*Reach {
	var out []*Reach
	for _, other := range w.Reaches {
		if other.Order > r.Order && keep(other.Policy) && r.Together(other) {
			out = append(out, other)
		}
	}
	return out
}

// Earlier lists the places before r that the same request can have passed, in order, of the policies that keep wants.
func (w *Walk) Earlier(r *Reach, keep func(*Policy) bool) []*Reach {
	var out []*Reach
	for _, other := range w.Reaches {
		if other.Order < r.Order && keep(other.Policy) && r.Together(other) {
			out = append(out, other)
		}
	}
	return out
}

// FailureStops reports whether a request ends when the policy fails here: neither it nor a FlowCallout around it has
// continueOnError.
func (r *Reach) FailureStops() bool {
	return !r.Policy.ContinueOnError && !slices.ContainsFunc(r.at.way(), func(f *frame) bool {
		return f.step != nil && f.step.policy != r.Policy && f.step.policy.ContinueOnError
	})
}
