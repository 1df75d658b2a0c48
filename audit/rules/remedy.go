package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
	"apigee-audit/internal/text"
)

// remedy says how to make a refresh policy run, by what keeps it from running.
type remedy struct {
	d    *audit.Diagnostic
	is   flow.Issuance // what issues, next to which it belongs
	why  *flow.Reason  // why subject cannot run
	dead *flow.Policy  // the refresh policy
	o    *flow.OAuthV2 // what it says
	run  *flow.Policy  // what has to run: the refresh policy, or the FlowCallout that leads to it
	own  *flow.Program // the bundle that the remedy is about
}

// sayRemedy fills in the remediation of a verdict about a refresh policy that cannot run.
func sayRemedy(group []*audit.Verdict, d *audit.Diagnostic) {
	v := group[0]
	dead := v.Dead
	r := remedy{d: d, is: lackingIssue(v), why: &dead.Reason, dead: dead.Policy, o: dead.Policy.OAuth, run: dead.Policy, own: v.Program}
	kind := dead.Reason.Kind
	if kind == finding.CauseNotCalled {
		kind, r.run = dead.Reason.CalloutKind, dead.Reason.Callout
	}
	if kind == finding.CauseNotDeployed {
		d.Remediation = deployMissing(group)
		return
	}
	d.Remediation = r.words(kind) + "."
}

// words begin with a capital and have no full stop.
func (r *remedy) words(kind finding.CauseKind) string {
	at := placeOf(r.why.At, r.own)
	switch kind {
	case finding.CauseDisabled:
		return fmt.Sprintf("Remove enabled=\"false\" from %s", at)
	case finding.CauseUnattached:
		return r.attach()
	case finding.CauseStray:
		return fmt.Sprintf("Move the step: delete %s, and %s", at, r.beside())
	case finding.CauseShadowed:
		return r.unshadow(at)
	case finding.CauseShadowedTogether:
		if r.why.Swallows {
			return fmt.Sprintf("Take refresh requests out of the flows before %s, beginning with %s: add %s to their conditions",
				placeOf(*r.why.Other, r.own), at, isNoRefresh(r.o))
		}
		return fmt.Sprintf("Move %s above %s: the first flow whose condition is true is the only one that runs", placeOf(*r.why.Other, r.own), at)
	case finding.CauseNeverTrue:
		return r.replaceCondition()
	case finding.CauseContradiction:
		return r.reconcile(at)
	case finding.CauseRaiseFault, finding.CauseGrantRefused:
		return r.letPast(at)
	case finding.CauseWrongGrant:
		return r.rightGrant(at)
	case finding.CauseNoRoute:
		return fmt.Sprintf("Let a route rule lead refresh requests to %s; or %s", at, r.beside())
	case finding.CauseAfterResponse:
		return fmt.Sprintf("Move the step: delete %s, and %s", at, r.beside())
	}
	return fmt.Sprintf("Let requests with %s get to %q; %s shows what stops them", isRefresh(r.o), r.run.Name, at)
}

// beside proposes to attach what has to run next to what issues.
func (r *remedy) beside() string {
	return attachBeside(r.d, r.is, r.run.Name, text.Quote(r.run.Name), r.o)
}

// attach proposes a step for a policy that has none: beside the issuing one, or in the shared flow that holds it.
func (r *remedy) attach() string {
	enable := ""
	if !r.run.Enabled {
		enable = fmt.Sprintf(", and remove enabled=\"false\" from it (%s)", positionOf(r.run.Hop()))
	}
	if r.run.Program == r.is.Site.Policy.Program {
		return text.Capital(r.beside()) + enable
	}
	in := r.run.Program.EntryHop()
	paste(r.d, policyxml.Step(r.run.Name, isRefresh(r.o)), in, "in "+in.Unconditional())
	return fmt.Sprintf("Attach %q in %s%s", r.run.Name, placeOf(in, r.own), enable)
}

// unshadow chooses between the order of two flows and the condition of the first.
func (r *remedy) unshadow(at string) string {
	first, second := r.why.At, *r.why.Other
	switch {
	case r.why.OnlyRefreshes && r.why.Swallows:
		paste(r.d, policyxml.Step(r.run.Name, ""), first, "in the Request of "+first.Unconditional())
		return fmt.Sprintf("Attach %q in %s, which takes the refresh requests", r.run.Name, at)
	case r.why.Swallows:
		words := fmt.Sprintf("Keep refresh requests out of %s", at)
		if !pasteCondition(r.d, first, policyxml.And(first.Condition, isNoRefresh(r.o))) {
			words += ": add " + isNoRefresh(r.o) + " to its condition"
		}
		return words
	}
	words := fmt.Sprintf("Move %s above %s", placeOf(second, r.own), at)
	if r.why.OnlyRefreshes {
		paste(r.d, policyxml.Step(r.run.Name, ""), first, "in the Request of "+first.Unconditional())
		return words + fmt.Sprintf(", or attach %q there: it takes the refresh requests", r.run.Name)
	}
	if pasteCondition(r.d, first, policyxml.And(first.Condition, isNoRefresh(r.o))) {
		words += ", or keep refresh requests out of the latter"
	}
	return words
}

// replaceCondition proposes a condition that can be true.
func (r *remedy) replaceCondition() string {
	at := r.why.At
	if at.What == finding.HopFaultRule {
		return fmt.Sprintf("Take %q out of %s, and %s", r.run.Name, placeOf(at, r.own), r.beside())
	}
	replaceCondition(r.d, at, isRefresh(r.o))
	return fmt.Sprintf("Change the condition of %s to %s", placeOf(at, r.own), isRefresh(r.o))
}

// reconcile says which of two conditions that contradict each other has to go.
func (r *remedy) reconcile(at string) string {
	inner, outer := r.why.At, *r.why.Other
	other := placeOf(outer, r.own)
	if !r.why.RefusesRefresh {
		replaceCondition(r.d, inner, isRefresh(r.o))
		return fmt.Sprintf("Change the condition of %s, %s, to %s: it holds for no request past %s", at, text.Clip(inner.Condition, 200), isRefresh(r.o), other)
	}
	if outer.What == finding.HopFlow {
		return fmt.Sprintf("Move %q out of %s, which lets no refresh request in: %s", r.run.Name, other, r.flowAbove(outer))
	}
	if pasteCondition(r.d, outer, policyxml.Or(outer.Condition, isRefresh(r.o))) {
		return fmt.Sprintf("Let refresh requests past %s; the condition of %s is right", other, at)
	}
	return fmt.Sprintf("Let requests with %s past %s", isRefresh(r.o), other)
}

// flowAbove proposes a flow for refresh requests above one that lets none in.
func (r *remedy) flowAbove(f finding.Hop) string {
	pasteFlow(r.d, f, r.run.Name, r.o, r.why.Suffixes)
	return "give it a flow of its own above it"
}

// letPast narrows a step that stops refresh requests.
func (r *remedy) letPast(at string) string {
	steps := append(slices.Clone(r.why.Further), r.why.At)
	names, pasted := make([]string, len(steps)), true
	for i, step := range steps {
		names[i] = placeOf(step, r.own)
		pasted = pasteCondition(r.d, step, policyxml.And(step.Condition, isNoRefresh(r.o))) && pasted
	}
	words := fmt.Sprintf("Keep refresh requests away from %s, which end them", text.ListSome(names, most))
	if len(steps) == 1 {
		words = fmt.Sprintf("Keep refresh requests away from %s, which ends them", at)
	}
	if !pasted {
		words += ": add " + isNoRefresh(r.o) + " to the condition"
	}
	return words
}

// rightGrant corrects what asks for another grant.
func (r *remedy) rightGrant(at string) string {
	h := r.why.At
	switch h.What {
	case finding.HopFlow:
		return fmt.Sprintf("Move %q out of %s, which lets no refresh request in: %s", r.run.Name, at, r.flowAbove(h))
	case finding.HopFaultRule:
		return fmt.Sprintf("Take %q out of %s, and %s", r.run.Name, at, r.beside())
	case finding.HopRouteRule:
		pasteCondition(r.d, h, policyxml.Or(h.Condition, isRefresh(r.o)))
		return fmt.Sprintf("Let refresh requests past %s", at)
	}
	replaceCondition(r.d, h, isRefresh(r.o))
	return fmt.Sprintf("Change the condition of %s to %s", at, isRefresh(r.o))
}

// deployMissing names the revision of a shared flow that refreshes, and where it is missing.
func deployMissing(group []*audit.Verdict) string {
	v := group[0]
	dead := v.Dead
	missing := environments(group, func(v *audit.Verdict) bool { return v.Dead != nil && v.Dead.Missing == dead.Missing })
	what := fmt.Sprintf("shared flow %q", dead.Missing)
	held := dead.Policy.Program
	if n := held.Revision.Number; n != "" {
		what = fmt.Sprintf("revision %s of %s", n, what)
	}
	if where := v.Environment.Facts().Where(held); len(where) > 0 && !v.Environment.Facts().Organization.Offline {
		what += ", which " + text.NounNames("environment", where) + " has,"
		if len(where) > 1 {
			what = what[:len(what)-len("has,")] + "have,"
		}
	}
	return fmt.Sprintf("Deploy %s to %s, or move its refresh policy %q into the %s.", what, missing, dead.Policy.Name, v.Program.Revision.Kind.Noun())
}
