package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// proxyEndpoint walks the pipeline of one proxy endpoint in the order Apigee runs it.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference, "Base configuration".
func (w *walker) proxyEndpoint(u *Program, e *endpoint) {
	w.constants["proxy.name"] = e.Name
	if p := e.basePath; p != "" && !strings.ContainsAny(p, "*{") && !strings.HasSuffix(p, "/") {
		w.constants["proxy.basepath"] = p
	} else {
		delete(w.constants, "proxy.basepath")
	}
	w.enter(stage{program: u, endpoint: e})
	defer w.leave()

	w.trace.response = false
	s := w.hook(state{}, apigee.PreProxyFlowHook)
	s = w.whole(s, finding.HopPreFlow, e.preFlow, false)
	s, chosen := w.selectFlow(s, e)
	s = w.whole(s, finding.HopPostFlow, e.postFlow, false)
	s = w.targets(s, u, e)
	w.trace.response = true
	s = w.unknown(s, write{name: "message.", prefix: true})
	s = w.whole(s, finding.HopPreFlow, e.preFlow, true)
	s = w.selectedResponse(s, e, chosen)
	s = w.whole(s, finding.HopPostFlow, e.postFlow, true)
	w.hook(s, apigee.PostProxyFlowHook)

	w.afterClient = true
	w.whole(state{}, finding.HopPostClientFlow, e.postClient, true)
	w.afterClient = false
	w.faults(e, true)
}

// hook runs the shared flow attached to a hook point; none attached changes nothing. Whether a fault in it stops the proxy
// depends on the hook's continueOnError, which defaults to true, so it is taken not to.
func (w *walker) hook(s state, point string) state {
	attached := w.scope.hook(point)
	cleared := len(attached) > 0 && w.trace.Program.cleared && point != apigee.PreProxyFlowHook
	if cleared || w.scope.unseen(w.scope.hooks[point]) {
		s = w.unknown(s, write{prefix: true})
	}
	return w.alternatives(s, attached, func(s state, u *Program) state {
		w.enter(stage{program: u, phase: point})
		defer w.leave()
		return w.sharedFlow(s, u, true)
	})
}

// whole walks one phase of a flow that is not chosen by a condition, nil for none.
func (w *walker) whole(s state, name string, f *flow, response bool) state {
	if f == nil {
		return s
	}
	list := f.request
	if response {
		list = f.response
	}
	if len(list) == 0 {
		return s
	}
	w.enter(stage{flow: f, phase: name})
	defer w.leave()
	return w.steps(s, list)
}

// selectFlow walks the request steps of the conditional flows as alternatives: top to bottom, the first true one runs
// (API proxy configuration reference, "Flows"). It returns the condition under which each flow is the chosen one.
func (w *walker) selectFlow(s state, e *endpoint) (state, flowChoice) {
	selected, own := make([]condition.Formula, len(e.flows)), make([]condition.Formula, len(e.flows))
	first := choice{effort: w.effort}
	ground := w.ground(s, &first)
	var ends branches
	chosen := flowChoice{from: s, conds: selected, facts: make([]int, 1, len(e.flows)+1), frames: make([]*frame, len(e.flows))}
	for i := range e.flows {
		f := &e.flows[i]
		own[i] = w.bind(s, f.cond)
		selected[i] = first.add(own[i])
		if len(f.request) > 0 || len(f.response) > 0 {
			g := guard{holds: selected[i], own: own[i], before: own[:i], ground: ground.before()}
			if (w.anyMatters(f.request) || w.anyMatters(f.response)) && !w.selectable(s, g) {
				why := w.whyNotSelected(s, e, i, own)
				w.buries(f.request, why)
				w.buries(f.response, why)
			} else {
				w.enter(stage{flow: f})
				g.at, chosen.frames[i] = w.at, w.at
				w.within(g, func() { ends.add(s, w.steps(s, f.request)) })
				w.leave()
			}
		}
		chosen.facts = append(chosen.facts, len(ends.facts))
	}
	after := w.join(s, &ends)
	chosen.known = after.facts
	return after, chosen
}

// flowChoice is the choice of a conditional flow in the request.
type flowChoice struct {
	from  state // in which the choice was made
	conds []condition.Formula
	known []fact // behind the flows: those before them, and then those of each
	facts []int  // how many of these came from the flows before each
	// frames are those of the flows, nil for one that was not entered in the request.
	frames []*frame
}

// selectedResponse walks the response steps of the flow that was chosen in the request, or, where variables have changed
// since, of the one that would be chosen now: the documentation does not say that the choice is made only once.
func (w *walker) selectedResponse(s state, e *endpoint, chosen flowChoice) state {
	var ends branches
	again, own := choice{effort: w.effort}, make([]condition.Formula, len(e.flows))
	ground := w.ground(state{}, &again)
	known := w.index(s, chosen)
	anew := condition.Unknown("flows are chosen anew for the response")
	changed := false
	for i := range e.flows {
		f := &e.flows[i]
		own[i] = w.bind(s, f.cond)
		now := again.add(own[i])
		changed = changed || w.changed(chosen.from, s, f.cond)
		if len(f.response) == 0 {
			continue
		}
		g := guard{holds: chosen.conds[i], own: own[i], before: own[:i]}
		var here state
		if changed {
			g.holds = condition.Or(condition.And(anew, now), condition.And(condition.Not(anew), g.holds))
			here = known.about(g.holds)
		} else {
			g.ground = ground.before()
			here = known.in(i, g.holds)
		}
		if w.anyMatters(f.response) && !w.selectable(here, g) {
			w.buries(f.response, w.whyNotSelected(s, e, i, own))
			continue
		}
		if again := chosen.frames[i]; again != nil {
			w.at = again
		} else {
			w.enter(stage{flow: f})
		}
		g.at = w.at
		w.within(g, func() { ends.add(here, w.steps(here, f.response)) })
		w.leave()
	}
	return w.join(s, &ends)
}

// changed reports whether a variable of a condition stands for something else than before.
func (w *walker) changed(before, now state, e *condition.Expr) bool {
	if e == nil || w.blind {
		return false
	}
	for v := range e.Mentions() {
		if w.lookup(before, v) != w.lookup(now, v) {
			return true
		}
	}
	return false
}

// targets walks every target endpoint that a route leads to. Routes are tried in order, the first true one wins.
func (w *walker) targets(s state, u *Program, e *endpoint) state {
	taken := map[string]guard{}
	var order []string
	first := choice{effort: w.effort}
	for i := range e.routes {
		r := &e.routes[i]
		here := first.add(w.bind(s, r.cond))
		if r.target == "" && !r.external {
			continue
		}
		if prior, ok := taken[r.target]; ok {
			prior.holds = condition.Or(prior.holds, here)
			prior.own = prior.holds
			taken[r.target] = prior
			continue
		}
		order = append(order, r.target)
		taken[r.target] = guard{holds: here, own: here, at: w.at, route: r}
	}
	var ends branches
	for _, name := range order {
		if !w.possible(s, taken[name].holds) {
			continue
		}
		if name == "" {
			w.trace.external = true
			w.within(taken[name], func() { ends.add(s, w.externalTarget(s)) })
			continue
		}
		for _, t := range u.endpoints {
			if t.Role != bundle.TargetEndpoint || t.Name != name {
				continue
			}
			if !slices.Contains(w.trace.routed, t) {
				w.trace.routed = append(w.trace.routed, t)
			}
			w.within(taken[name], func() { ends.add(s, w.targetEndpoint(s, u, t)) })
		}
	}
	after := w.join(s, &ends)
	if len(order) > 0 {
		after = w.answered(after)
	}
	return after
}

// externalTarget is a URL or an integration: a target without flows, with the hooks of targets.
func (w *walker) externalTarget(s state) state {
	s = w.hook(s, apigee.PreTargetFlowHook)
	w.trace.response = true
	s = w.hook(w.answered(s), apigee.PostTargetFlowHook)
	w.trace.response = false
	return s
}

// answered is the state when a target has answered: the variables of the response are new.
func (w *walker) answered(s state) state {
	for _, m := range []string{"response.", messagePrefix, "target.", "error."} {
		s = w.unknown(s, write{name: m, prefix: true})
	}
	return s
}

func (w *walker) targetEndpoint(s state, u *Program, t *endpoint) state {
	w.enter(stage{program: u, endpoint: t})
	defer w.leave()
	s = w.hook(s, apigee.PreTargetFlowHook)
	s = w.whole(s, finding.HopPreFlow, t.preFlow, false)
	s, chosen := w.selectFlow(s, t)
	s = w.whole(s, finding.HopPostFlow, t.postFlow, false)
	w.trace.response = true
	s = w.answered(s)
	s = w.whole(s, finding.HopPreFlow, t.preFlow, true)
	s = w.selectedResponse(s, t, chosen)
	for i := range t.eventFlows {
		s = w.whole(s, finding.HopEventFlow, &t.eventFlows[i], true)
	}
	s = w.whole(s, finding.HopPostFlow, t.postFlow, true)
	s = w.hook(s, apigee.PostTargetFlowHook)
	w.trace.response = false
	w.faults(t, false)
	return s
}

// faults walks the fault rules of an endpoint. A fault can come from anywhere, so nothing is known there. Proxy
// endpoints try their rules bottom to top, target endpoints top to bottom; one rule runs.
// Source: docs.cloud.google.com/apigee/docs/api-platform/fundamentals/fault-handling.
func (w *walker) faults(e *endpoint, bottomUp bool) {
	defer w.inFault()()
	s := w.unknown(state{}, write{prefix: true})
	first := choice{effort: w.effort}
	for k := range e.faultRules {
		i := k
		if bottomUp {
			i = len(e.faultRules) - 1 - k
		}
		f := &e.faultRules[i]
		own := w.bind(s, f.cond)
		here := first.add(own)
		if !w.possible(s, here) {
			never := frame{stage: &stage{program: w.at.program, endpoint: e, fault: f}}
			why := Reason{Kind: finding.CauseUnreached, Text: "fault rule " + text.Quote(f.name) + " never runs: another one always comes first", At: never.hop()}
			if !condition.Satisfiable(own) {
				why.Kind, why.Text = finding.CauseNeverTrue, "the condition of its fault rule "+text.Quote(f.name)+" is never true"
			}
			w.buries(f.steps, why)
			continue
		}
		w.within(w.guardOf(f, here, own), func() { w.faultSteps(s, f) })
	}
	if f := e.defaultFault; f != nil {
		none := first.none()
		if f.always {
			none = condition.True()
		}
		own := w.bind(s, f.cond)
		if here := condition.And(own, none); w.possible(s, here) {
			w.within(w.guardOf(f, here, own), func() { w.faultSteps(s, f) })
		}
	}
}

// guardOf is the guard of the steps of a fault rule.
func (w *walker) guardOf(f *faultRule, holds, own condition.Formula) guard {
	return guard{holds: holds, own: own, at: &frame{stage: &stage{program: w.at.program, endpoint: w.at.endpoint, fault: f}}}
}

// inFault leaves what holds on the way behind until the returned function is called: a fault comes from anywhere, and the
// message is the error then, whatever the direction.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/variables-reference, "message".
func (w *walker) inFault() (back func()) {
	guards, response := w.guards, w.trace.response
	w.guards, w.trace.response = nil, true
	return func() { w.guards, w.trace.response = guards, response }
}

func (w *walker) faultRule(f *faultRule) {
	defer w.inFault()()
	s := w.unknown(state{}, write{prefix: true})
	if cond := w.bind(s, f.cond); w.possible(s, cond) {
		w.within(w.guardOf(f, cond, cond), func() { w.faultSteps(s, f) })
	}
}

func (w *walker) faultSteps(s state, f *faultRule) {
	w.enter(stage{fault: f})
	w.steps(s, f.steps)
	w.leave()
}
