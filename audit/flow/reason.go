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
	// Kind, At, Other and Further are those of [finding.Cause].
	Kind    finding.CauseKind
	Text    string
	At      finding.Hop
	Other   *finding.Hop
	Further []finding.Hop
	// Confidence is how sure it is; 0 is high.
	Confidence finding.Confidence

	// RefusesRefresh reports whether the condition of Other, which contradicts, lets no refresh request in anyway.
	RefusesRefresh bool
	// Suffixes are the path suffixes, as patterns, that the condition of Other or of At asks for, whichever keeps requests away.
	Suffixes []string
	// Swallows reports whether the shadowed flow, if it stood first, would take every request of the flow that shadows it, and
	// OnlyRefreshes whether that one takes none but refresh requests.
	Swallows, OnlyRefreshes bool

	Callout     *Policy // the FlowCallout that does not lead to the policy
	CalloutKind finding.CauseKind
}

// disabled is the reason why a policy with enabled="false" does not run.
func (p *Policy) disabled() Reason {
	return Reason{Kind: finding.CauseDisabled, Text: "it is disabled (enabled=\"false\")", At: p.Hop()}
}

// whyNot explains a step whose condition no request can meet.
func (w *walker) whyNot(s state, cond condition.Formula, st *step) Reason {
	at := w.at.hop()
	if !w.possible(state{}, cond) {
		switch {
		case st.cond == nil:
			return Reason{Kind: finding.CauseUnreached, Text: "nothing reaches its step", At: at}
		case cond.IsFalse() || !condition.Satisfiable(cond):
			return Reason{Kind: finding.CauseNeverTrue, Text: "its condition " + st.cond.String() + " is never true", At: at}
		}
		if why, ok := w.keptAway(cond, at, "every request for which its condition "+st.cond.String()+" is true"); ok {
			if why.Kind == finding.CauseContradiction {
				why.Text = "its condition " + st.cond.String() + " contradicts " + why.Text
			}
			return why
		}
		return Reason{Kind: finding.CauseUnreached, Text: "its condition " + st.cond.String() + " is never true past " + w.outerCondition(), At: at}
	}
	if f := w.stopper(s, func(known state) bool { return w.possible(known, cond) }); f != nil {
		return f.stops()
	}
	return Reason{Kind: finding.CauseNeverTrue, Text: "its condition cannot be true with the values assigned before it", At: at}
}

// whyNoGrant explains a refresh step that requests reach, but none with grant type refresh_token.
func (w *walker) whyNoGrant(s state, cond condition.Formula, st *step) Reason {
	o := st.policy.OAuth
	grant := w.grantIs(s, o, grantRefreshToken)
	wanted := condition.And(cond, grant)
	why := Reason{Kind: finding.CauseWrongGrant, At: w.at.hop()}
	if w.possible(state{}, wanted) {
		if f := w.stopper(s, func(known state) bool { return w.possible(known, wanted) }); f != nil {
			why = f.stops()
			why.Confidence = leastSure(why.Confidence, finding.MediumConfidence)
			return why
		}
	}
	why.Confidence = finding.MediumConfidence
	why.Text = "no request with grant type refresh_token in " + o.grantVariable() + " gets to it"
	outer, ok := Reason{}, false
	if condition.Satisfiable(wanted) {
		outer, ok = w.keptAway(wanted, why.At, "every request with grant type refresh_token in "+o.grantVariable())
	}
	switch {
	case ok && outer.Kind == finding.CauseContradiction:
		why.Text += " past " + outer.Text
		why.At, why.Further, why.Suffixes = *outer.Other, outer.Further, outer.Suffixes
	case ok:
		why, why.Confidence = outer, finding.MediumConfidence
	case st.cond != nil:
		why.Text += ": its condition is " + st.cond.String()
	default:
		if around := w.outerCondition(); around != anyRequest {
			why.Text += " past " + around
		}
	}
	return why
}

// guard is the condition of something that the walk is inside of.
type guard struct {
	holds condition.Formula
	// own is its own condition alone, and before are those of the flows that are tried before it.
	own    condition.Formula
	before []condition.Formula
	at     *frame // what has the condition
	// ground is what holds says beside own, where that is a lot; else nil.
	ground *ground
	route  *route // the route rule, where the condition is that of a route of the endpoint at
}

func (g *guard) hop() finding.Hop {
	if g.route == nil {
		return g.at.hop()
	}
	h := finding.Hop{What: finding.HopRouteRule, Named: g.route.name}
	if g.route.cond != nil {
		h.Condition = g.route.cond.String()
	}
	return g.at.program.hop(h, g.at.file(), g.route.span)
}

// suffixes are the path suffixes that the condition asks for.
func (g *guard) suffixes() []string {
	if g.route != nil {
		return g.route.cond.Requires(pathSuffix)
	}
	return g.at.cond().Requires(pathSuffix)
}

// words are the condition in words: `the condition of flow "token", verb = "POST"`.
func (g *guard) words() string {
	if g.route != nil {
		return "the condition of route rule " + text.Quote(g.route.name) + conditionAfterComma(g.route.cond)
	}
	return g.at.conditionWords()
}

// conditionWords are the condition of what the frame is, in words.
func (f *frame) conditionWords() string {
	what := "what is around it"
	switch {
	case f.step != nil:
		what = "step " + text.Quote(f.step.policy.Name)
	case f.fault != nil:
		what = "fault rule " + text.Quote(f.fault.name)
	case f.flow != nil:
		what = "flow " + text.Quote(f.flow.name)
	}
	return "the condition of " + what + conditionAfterComma(f.cond())
}

func conditionAfterComma(e *condition.Expr) string {
	if e == nil {
		return ""
	}
	return ", " + e.String()
}

// keptAway finds what keeps those requests from the current step for which a formula holds: a condition around it, the flows
// that are tried before a flow around it, or several conditions together. The text of a contradiction is the outer conditions
// in words; requests say in words what the earlier flows take.
func (w *walker) keptAway(cond condition.Formula, at finding.Hop, requests string) (why Reason, ok bool) {
	for i := len(w.guards) - 1; i >= 0; i-- {
		g := &w.guards[i]
		if !condition.Satisfiable(cond, g.own) {
			outer := g.hop()
			return Reason{Kind: finding.CauseContradiction, Text: g.words(), At: at, Other: &outer, RefusesRefresh: w.refusesRefresh(g.own), Suffixes: g.suffixes()}, true
		}
		if len(g.before) > 0 && !condition.Satisfiable(cond, g.holds) {
			if why, ok := w.shadowed(condition.And(cond, g.own), g.own, g.at, g.before, requests); ok {
				return why, true
			}
		}
	}
	return w.contradicted(cond, at)
}

// refusesRefresh reports whether no request with grant type refresh_token meets a formula.
func (w *walker) refusesRefresh(cond condition.Formula) bool {
	variables := []string{grantTypeForm, grantTypeQuery}
	if st := w.at.step; st != nil && st.policy.OAuth != nil {
		variables = append(variables, st.policy.OAuth.grantVariable())
	}
	return slices.ContainsFunc(variables, func(v string) bool {
		return !condition.Satisfiable(cond, condition.Equal(free(canonical(v)), grantRefreshToken))
	})
}

// onlyRefreshes reports whether none but requests with grant type refresh_token meet a formula.
func (w *walker) onlyRefreshes(cond condition.Formula) bool {
	return slices.ContainsFunc([]string{grantTypeForm, grantTypeQuery}, func(v string) bool {
		return condition.Implies(cond, condition.Equal(free(v), grantRefreshToken))
	})
}

// contradicted is [walker.keptAway] for conditions that only together leave no request, the innermost first.
func (w *walker) contradicted(cond condition.Formula, at finding.Hop) (why Reason, ok bool) {
	impossible := func(guards []*guard) bool {
		all := []condition.Formula{cond}
		for _, g := range guards {
			all = append(all, g.own)
		}
		return !condition.Satisfiable(all...)
	}
	var outer []*guard
	for i := len(w.guards) - 1; i >= 0; i-- {
		if !w.guards[i].own.IsTrue() {
			outer = append(outer, &w.guards[i])
		}
	}
	if !impossible(outer) {
		return Reason{}, false
	}
	for i := len(outer) - 1; i >= 0 && len(outer) <= maxNeeded; i-- {
		if fewer := slices.Delete(slices.Clone(outer), i, i+1); impossible(fewer) {
			outer = fewer
		}
	}
	innermost := outer[0].hop()
	why = Reason{Kind: finding.CauseContradiction, Text: outer[0].words(), At: at, Other: &innermost, RefusesRefresh: w.refusesRefresh(outer[0].own), Suffixes: outer[0].suffixes()}
	for _, g := range outer[1:min(len(outer), maxNeeded)] {
		why.Further = append(why.Further, g.hop())
	}
	if len(outer) > 1 {
		why.Text += ", together with " + outer[1].words()
	}
	return why, true
}

// astray explains a policy that is attached only by a step which stands where Apigee looks for none.
func (p *Policy) astray() (why Reason, ok bool) {
	for _, e := range p.Program.endpoints {
		for i := range e.Strays {
			s := &e.Strays[i]
			if s.Policy.Value == p.Name {
				return Reason{Kind: finding.CauseStray, Text: "its step " + s.Where + ", so Apigee ignores it", At: p.Program.hop(finding.Hop{What: finding.HopStep, Named: p.Name}, e.File, s.Span)}, true
			}
		}
	}
	return Reason{}, false
}

// stopper is the step before that keeps requests from getting on: one that is enough by itself, a RaiseFault if there is
// any; else the last one. Nil means that faults have no part in it.
func (w *walker) stopper(s state, possible func(state) bool) *stopped {
	var raising, all, rest state
	for _, f := range s.facts {
		switch {
		case f.by == nil:
			rest.facts = append(rest.facts, f)
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
				return &stopped{by: known.facts[i : i+1]}
			}
		}
		if n := len(known.facts); n > 0 && !possible(known) {
			return &stopped{by: needed(known.facts, possible)}
		}
	}
	if n := len(all.facts); n > 0 && (len(rest.facts) == 0 || possible(rest)) {
		return &stopped{by: all.facts[n-1:]}
	}
	return nil
}

// stopped is the steps whose faults end requests: one, or several that do it together, in their order.
type stopped struct{ by []fact }

// maxNeeded bounds how many facts or flows are tried one by one for whether they are needed.
const maxNeeded = 40

// needed leaves out of facts those without which the rest still leaves nothing possible.
func needed(facts []fact, possible func(state) bool) []fact {
	if len(facts) > maxNeeded {
		return facts[len(facts)-1:]
	}
	out := slices.Clone(facts)
	for i := len(out) - 1; i >= 0; i-- {
		if fewer := slices.Delete(slices.Clone(out), i, i+1); len(fewer) > 0 && !possible(state{facts: fewer}) {
			out = fewer
		}
	}
	return out
}

// raises reports whether a RaiseFault made the fact.
func (f *fact) raises() bool { return f.by.step.policy.Type == bundle.TypeRaiseFault }

// stops puts in words what the steps do to requests. The last of them speaks.
func (st *stopped) stops() Reason {
	f := &st.by[len(st.by)-1]
	why := f.stops()
	for i := range st.by[:len(st.by)-1] {
		why.Further = append(why.Further, st.by[i].by.hop())
	}
	return why
}

// stops puts in words what the step does to requests.
func (f *fact) stops() Reason {
	p := f.by.step.policy
	if f.raises() {
		return Reason{Kind: finding.CauseRaiseFault, Text: "RaiseFault " + text.Quote(p.Name) + " stops every request before it", At: f.by.hop()}
	}
	// That the policy faults on a grant it does not list is documented as an error of the deployment and of the call
	// (UnSupportedGrantType), not in which order it looks at the request.
	why := Reason{
		Kind:       finding.CauseGrantRefused,
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
		case f.cond() != nil:
			return f.conditionWords()
		case f.conditional():
			return "the flows that come before flow " + text.Quote(f.flow.name)
		}
	}
	return anyRequest
}

// whyNotSelected explains a conditional flow that is never the first true one.
func (w *walker) whyNotSelected(s state, e *endpoint, i int, own []condition.Formula) Reason {
	f := &e.flows[i]
	at := &frame{stage: &stage{program: w.at.program, endpoint: e, flow: f}}
	cond := own[i]
	if !condition.Satisfiable(cond) {
		return Reason{Kind: finding.CauseNeverTrue, Text: "the condition of its flow " + text.Quote(f.name) + " is never true", At: at.hop()}
	}
	requests := "every request meant for it"
	if why, ok := w.shadowed(cond, cond, at, own[:i], requests); ok {
		return why
	}
	if why, ok := w.keptAway(cond, at.hop(), requests); ok {
		if why.Kind == finding.CauseContradiction {
			why.Text = at.conditionWords() + ", contradicts " + why.Text
		}
		return why
	}
	if x := w.stopper(s, func(known state) bool { return w.possible(known, cond) }); x != nil && w.possible(state{}, cond) {
		return x.stops()
	}
	return Reason{Kind: finding.CauseUnreached, Text: "the flows before its flow " + text.Quote(f.name) + " take every request meant for it", At: at.hop()}
}

// shadowed finds the flows before a flow that take all requests for which a formula holds: one alone, or several together.
// own is the condition of the flow itself, and before are those of the flows before it, in their order.
func (w *walker) shadowed(cond, own condition.Formula, at *frame, before []condition.Formula, requests string) (why Reason, ok bool) {
	hop := func(j int) finding.Hop {
		return (&frame{stage: &stage{program: at.program, endpoint: at.endpoint, flow: &at.endpoint.flows[j]}}).hop()
	}
	dead := at.hop()
	var rivals []int
	for j := range before {
		if !condition.Satisfiable(cond, condition.Not(before[j])) {
			return Reason{
				Kind: finding.CauseShadowed, At: hop(j), Other: &dead,
				Swallows: condition.Implies(before[j], own), OnlyRefreshes: w.onlyRefreshes(before[j]),
				Text: "flow " + text.Quote(at.endpoint.flows[j].name) + " comes before its flow " + text.Quote(at.flow.name) + " and takes " + requests,
			}, true
		}
		if condition.Satisfiable(cond, before[j]) {
			rivals = append(rivals, j)
		}
	}
	together := func(rivals []int) bool {
		all := []condition.Formula{cond}
		for _, j := range rivals {
			all = append(all, condition.Not(before[j]))
		}
		return !condition.Satisfiable(all...)
	}
	if len(rivals) == 0 || !together(rivals) {
		return Reason{}, false
	}
	for k := len(rivals) - 1; k >= 0 && len(rivals) <= maxNeeded; k-- {
		if fewer := slices.Delete(slices.Clone(rivals), k, k+1); together(fewer) {
			rivals = fewer
		}
	}
	why = Reason{Kind: finding.CauseShadowedTogether, At: hop(rivals[0]), Other: &dead}
	for _, j := range rivals {
		why.Swallows = why.Swallows || condition.Implies(before[j], own)
	}
	var names []string
	for k, j := range rivals {
		names = append(names, at.endpoint.flows[j].name)
		if k > 0 && k <= maxNeeded {
			why.Further = append(why.Further, hop(j))
		}
	}
	why.Text = text.NounNames("flow", names) + " come before its flow " + text.Quote(at.flow.name) + " and together take " + requests
	return why, true
}

// buries notes why the policies of a whole step list cannot run.
func (w *walker) buries(list []step, why Reason) {
	for i := range list {
		w.trace.dies(list[i].policy, func() Reason { return why })
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
		if misread(frame{stage: &stage{program: p.Program, endpoint: e}}, e.steps) {
			return at, ok
		}
		for _, f := range e.eachFlow() {
			lists := frame{stage: &stage{program: p.Program, endpoint: e, flow: f}}
			if misread(lists, f.request) || misread(lists, f.response) {
				return at, ok
			}
		}
	}
	return finding.Hop{}, false
}
