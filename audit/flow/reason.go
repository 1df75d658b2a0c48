package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Reason says why a policy cannot run, in words that follow "because", and where that is decided.
type Reason struct {
	Text string
	At   finding.Hop
	// Confidence is how sure it is; 0 is high.
	Confidence finding.Confidence
}

// whyNot explains a step whose condition no request can meet.
func (w *walker) whyNot(s state, cond condition.Formula, st *step) Reason {
	at := w.at.hop()
	if !w.possible(state{}, cond) {
		if st.cond != nil && (cond.IsFalse() || !condition.Satisfiable(cond)) {
			return Reason{Text: "its condition " + st.cond.String() + " is never true", At: at}
		}
		if st.cond == nil {
			return Reason{Text: "nothing reaches its step", At: at}
		}
		return Reason{Text: "its condition " + st.cond.String() + " contradicts " + w.outerCondition(), At: at}
	}
	if f := w.stopper(s, func(known state) bool { return w.possible(known, cond) }); f != nil {
		return f.stops()
	}
	return Reason{Text: "its condition cannot be true with the values assigned before it", At: at}
}

// whyNoGrant explains a refresh step that requests reach, but none with grant type refresh_token.
func (w *walker) whyNoGrant(s state, cond condition.Formula, st *step) Reason {
	o := st.policy.OAuth
	wanted := condition.And(cond, w.grantIs(s, o, grantRefreshToken))
	if f := w.stopper(s, func(known state) bool { return w.possible(known, wanted) }); f != nil && w.possible(state{}, wanted) {
		why := f.stops()
		why.Confidence = leastSure(why.Confidence, finding.MediumConfidence)
		return why
	}
	text := "no request with grant type refresh_token in " + o.grantVariable() + " gets to it"
	if st.cond != nil {
		text += ": its condition is " + st.cond.String()
	} else if outer := w.outerCondition(); outer != anyRequest {
		text += " past " + outer
	}
	return Reason{Text: text, At: w.at.hop(), Confidence: finding.MediumConfidence}
}

// astray explains a policy that is attached only by a step which stands where Apigee looks for none.
func (p *Policy) astray() (why Reason, ok bool) {
	for _, e := range p.Program.endpoints {
		for i := range e.Strays {
			s := &e.Strays[i]
			if s.Policy.Value == p.Name {
				return Reason{Text: "its step " + s.Where + ", so Apigee ignores it", At: p.Program.hop(finding.Hop{What: finding.HopStep, Named: p.Name}, e.File, s.Span)}, true
			}
		}
	}
	return Reason{}, false
}

// stopper is the step before that keeps requests from getting on: one that is enough by itself, a RaiseFault if there is
// any; else the last one. Nil means that faults have no part in it.
func (w *walker) stopper(s state, possible func(state) bool) *fact {
	var raising, all state
	for _, f := range s.facts {
		switch {
		case f.by == nil:
		case f.raises():
			raising.facts = append(raising.facts, f)
			fallthrough
		default:
			all.facts = append(all.facts, f)
		}
	}
	for _, known := range []state{raising, all} {
		for i := range known.facts {
			if !possible(state{facts: known.facts[i : i+1]}) {
				return &known.facts[i]
			}
		}
		if n := len(known.facts); n > 0 && !possible(known) {
			return &known.facts[n-1]
		}
	}
	if n := len(all.facts); n > 0 {
		return &all.facts[n-1]
	}
	return nil
}

// raises reports whether a RaiseFault made the fact.
func (f *fact) raises() bool { return f.by.step.policy.Type == bundle.TypeRaiseFault }

// stops puts in words what the step does to requests.
func (f *fact) stops() Reason {
	p := f.by.step.policy
	if f.raises() {
		return Reason{Text: "RaiseFault " + text.Quote(p.Name) + " stops every request before it", At: f.by.hop()}
	}
	// That the policy faults on a grant it does not list is documented as an error of the deployment and of the call
	// (UnSupportedGrantType), not in which order it looks at the request.
	why := Reason{
		Text:       "OAuthV2 " + text.Quote(p.Name) + " runs before it and faults on every grant type but " + strings.Join(p.OAuth.Grants, ", "),
		At:         f.by.hop(),
		Confidence: finding.MediumConfidence,
	}
	if !p.OAuth.GenerateResponse {
		why.Confidence = finding.LowConfidence
	}
	return why
}

// leastSure is the lower of two confidences, of which 0 is high.
func leastSure(a, b finding.Confidence) finding.Confidence {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// anyRequest is what outerCondition says where no condition stands around a step.
const anyRequest = "what is known of every request here"

// outerCondition names the innermost condition around the current step.
func (w *walker) outerCondition() string {
	for f := w.at.outer; f != nil; f = f.outer {
		switch {
		case f.cond() != nil && f.conditional():
			return "the condition of flow " + text.Quote(f.flow.name) + ", " + f.flow.cond.String()
		case f.cond() != nil && f.step != nil:
			return "the condition of step " + text.Quote(f.step.policy.Name) + ", " + f.step.cond.String()
		case f.cond() != nil:
			return "the condition of fault rule " + text.Quote(f.fault.name) + ", " + f.fault.cond.String()
		case f.conditional():
			return "the flows that come before flow " + text.Quote(f.flow.name)
		}
	}
	return anyRequest
}

// whyNotSelected explains a conditional flow that is never the first true one.
func (w *walker) whyNotSelected(s state, e *endpoint, i int) Reason {
	f := &e.flows[i]
	flowHop := func(f *flow) finding.Hop {
		inside := frame{program: w.at.program, endpoint: e, flow: f}
		return inside.hop()
	}
	cond := w.bind(s, f.cond)
	if !condition.Satisfiable(cond) {
		return Reason{Text: "the condition of its flow " + text.Quote(f.name) + " is never true", At: flowHop(f)}
	}
	for j := range i {
		if !condition.Satisfiable(cond, condition.Not(w.bind(s, e.flows[j].cond))) {
			return Reason{
				Text: "flow " + text.Quote(e.flows[j].name) + " comes before its flow " + text.Quote(f.name) + " and takes every request meant for it",
				At:   flowHop(&e.flows[j]),
			}
		}
	}
	if x := w.stopper(s, func(known state) bool { return w.possible(known, cond) }); x != nil && w.possible(state{}, cond) {
		return x.stops()
	}
	return Reason{Text: "the flows before its flow " + text.Quote(f.name) + " take every request meant for it", At: flowHop(f)}
}

// buries notes why the policies of a whole step list cannot run.
func (w *walker) buries(list []step, why Reason) {
	for i := range list {
		w.trace.dies(list[i].policy, why)
	}
}

// Misread is a condition on the way to a place that is malformed, and so read as sometimes true; ok is false for none.
func (r *Site) Misread() (at finding.Hop, ok bool) {
	for f := r.at; f != nil; f = f.outer {
		if cond := f.cond(); cond != nil && cond.Malformed() {
			return f.hop(), true
		}
	}
	return finding.Hop{}, false
}

// Misattached is a malformed condition of a step that attaches a policy, or of the flow around the step; ok is false for
// none. It is asked of policies that cannot run, which have no way.
func (p *Policy) Misattached() (at finding.Hop, ok bool) {
	misread := func(f frame, list []step) bool {
		return slices.ContainsFunc(list, func(s step) bool {
			if s.policy != p {
				return false
			}
			inner := f
			inner.step = &s
			for _, f := range []frame{f, inner} {
				if cond := f.cond(); cond != nil && cond.Malformed() {
					at, ok = f.hop(), true
				}
			}
			return ok
		})
	}
	for _, e := range p.Program.endpoints {
		lists := frame{program: p.Program, endpoint: e}
		if misread(lists, e.steps) {
			return at, ok
		}
		for _, f := range e.eachFlow() {
			lists.flow, lists.phase = f, ""
			if misread(lists, f.request) || misread(lists, f.response) {
				return at, ok
			}
		}
	}
	return finding.Hop{}, false
}
