package audit

import (
	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// Reason says why a policy cannot run, in words that follow "because", and where that is decided.
type Reason struct {
	Text string
	At   Hop
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
	for _, f := range s.facts {
		if f.by != nil && !w.possible(state{facts: []fact{f}}, cond) {
			return w.stoppedBy(f)
		}
	}
	for i := len(s.facts) - 1; i >= 0; i-- {
		if s.facts[i].by != nil {
			return w.stoppedBy(s.facts[i])
		}
	}
	return Reason{Text: "its condition cannot be true with the values assigned before it", At: at}
}

// astray explains a policy that is attached only by a step which stands where Apigee looks for none.
func (p *Policy) astray() (why Reason, ok bool) {
	for _, e := range p.Unit.endpoints {
		for i := range e.Strays {
			s := &e.Strays[i]
			if s.Policy.Value == p.Name {
				return Reason{Text: "its step " + s.Where + ", so Apigee ignores it", At: Hop{
					Label: "step " + quote(p.Name), Kind: p.Unit.Revision.Kind, Name: p.Unit.Revision.Name, Place: place(e.File, s.Span),
				}}, true
			}
		}
	}
	return Reason{}, false
}

func (w *walker) stoppedBy(f fact) Reason {
	return Reason{Text: "RaiseFault " + quote(f.by.step.policy.Name) + " stops every request before it", At: f.by.hop()}
}

// outerCondition names the innermost condition around the current step.
func (w *walker) outerCondition() string {
	for f := w.at.outer; f != nil; f = f.outer {
		switch {
		case f.cond() != nil && f.conditional():
			return "the condition of flow " + quote(f.flow.name) + ", " + f.flow.cond.String()
		case f.cond() != nil && f.step != nil:
			return "the condition of step " + quote(f.step.policy.Name) + ", " + f.step.cond.String()
		case f.cond() != nil:
			return "the condition of fault rule " + quote(f.fault.name) + ", " + f.fault.cond.String()
		case f.conditional():
			return "the flows that come before flow " + quote(f.flow.name)
		}
	}
	return "what is known of every request here"
}

// whyNotSelected explains a conditional flow that is never the first true one.
func (w *walker) whyNotSelected(s state, e *endpoint, i int) Reason {
	f := &e.flows[i]
	flowHop := func(f *flow) Hop {
		inside := frame{unit: w.at.unit, endpoint: e, flow: f}
		return inside.hop()
	}
	cond := w.bind(s, f.cond)
	if !condition.Satisfiable(cond) {
		return Reason{Text: "the condition of its flow " + quote(f.name) + " is never true", At: flowHop(f)}
	}
	for j := range i {
		if !condition.Satisfiable(cond, condition.Not(w.bind(s, e.flows[j].cond))) {
			return Reason{
				Text: "flow " + quote(e.flows[j].name) + " comes before its flow " + quote(f.name) + " and takes every request meant for it",
				At:   flowHop(&e.flows[j]),
			}
		}
	}
	for _, x := range s.facts {
		if x.by != nil && !condition.Satisfiable(cond, x.holds) {
			return w.stoppedBy(x)
		}
	}
	for _, x := range s.facts {
		if x.by != nil && w.possible(state{}, cond) {
			return w.stoppedBy(x)
		}
	}
	return Reason{Text: "the flows before its flow " + quote(f.name) + " take every request meant for it", At: flowHop(f)}
}

// buries notes why the policies of a whole step list cannot run.
func (w *walker) buries(list []step, why Reason) {
	for i := range list {
		w.walk.dies(list[i].policy, why)
	}
}

func place(file string, s apigee.Span) Place {
	return Place{File: file, Line: int(s.Line), Column: int(s.Column), EndLine: int(s.EndLine), EndColumn: int(s.EndColumn)}
}
