package fix

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
)

// unreachable mends RT104: a refresh policy that is there and cannot run. What keeps it from running is taken out of the way; if
// that is not enough, the policy is attached beside the one that issues.
func unreachable() mender {
	return mender{rules: []string{"RT104"}, repairs: repairUnreachable}
}

// deadPolicy is a policy that cannot run, and is to: the refresh policy, or the FlowCallout that should lead to it.
type deadPolicy struct {
	*subject
	kind     finding.CauseKind
	cause    *finding.Cause
	at       finding.Hop
	in       apigee.Revision
	name     string
	policy   finding.Hop
	variable string // with the grant type
}

func repairUnreachable(s *subject) []repair {
	n, beside := s.neighbour()
	var out []repair
	if p, ok := s.dead(); ok {
		out = p.repairs()
		if beside && n.in == p.in {
			says := fmt.Sprintf("Attach %s %q beside %q for grant type refresh_token.", p.policy.What, p.name, n.name())
			var instead *finding.Hop
			if p.kind == finding.CauseStray || p.kind == finding.CauseAfterResponse {
				instead = &p.at
			}
			out = append(out, n.repairs(says, []string{p.variable}, instead, func(_ string, attach attachment) func(*draft) error {
				return func(d *draft) error { return attach(d, p.name) }
			})...)
		}
	}
	if beside {
		for _, r := range s.addRefresh(n) {
			r.last = true // what is there is to run rather than one more
			out = append(out, r)
		}
		out = append(out, n.stopIssuing()...)
	}
	return out
}

// dead is the policy that has to be made reachable; ok is false where no edit of a bundle does that.
func (s *subject) dead() (p *deadPolicy, ok bool) {
	c := s.Cause
	if c == nil || c.Kind == finding.CauseNotDeployed || c.Kind == finding.CauseNoRoute {
		return nil, false
	}
	p = &deadPolicy{subject: s, cause: c, kind: c.Kind, at: c.At, policy: c.Policy, variable: defaultGrantType}
	if doc := s.documentOf(c.Policy); doc != nil {
		p.variable = grantVariable(doc.Root)
	}
	if c.Kind == finding.CauseNotCalled && c.Callout != nil {
		p.kind, p.policy = c.CalloutKind, *c.Callout
	}
	doc := s.documentOf(p.policy)
	if doc == nil {
		return nil, false
	}
	p.name, _ = doc.Root.Attr("name")
	p.in, ok = s.revision(apigee.Ref{Kind: p.policy.Kind, Name: p.policy.Name}, p.policy.Source)
	return p, ok && p.name != ""
}

// documentOf is the file that a hop stands in, nil where it cannot be read.
func (s *subject) documentOf(h finding.Hop) *xmltree.Document {
	r, ok := s.revision(apigee.Ref{Kind: h.Kind, Name: h.Name}, h.Source)
	if !ok {
		return nil
	}
	d, err := s.bench.open(r)
	if err != nil {
		return nil
	}
	doc, err := d.document(h.File)
	if err != nil {
		return nil
	}
	return doc
}

// repairs take out of the way what the cause names.
func (p *deadPolicy) repairs() []repair {
	one := func(says string, edit func(*draft) error) []repair {
		return []repair{{says: says, in: p.in, edit: edit}}
	}
	further := append([]finding.Hop{p.at}, p.cause.Further...)
	switch p.kind {
	case finding.CauseDisabled:
		return one(fmt.Sprintf("Enable %s %q.", p.policy.What, p.name), func(d *draft) error {
			doc, err := d.document(p.policy.File)
			if err != nil {
				return err
			}
			return d.edit(p.policy.File, dropAttr(doc, doc.Root, "enabled"))
		})
	case finding.CauseUnattached, finding.CauseStray:
		if p.in.Kind != apigee.KindSharedFlow {
			return nil
		}
		return one(fmt.Sprintf("Attach %s %q in the shared flow for grant type refresh_token.", p.policy.What, p.name), p.attachLast)
	case finding.CauseShadowed, finding.CauseShadowedTogether:
		return p.unshadow(further)
	case finding.CauseRaiseFault, finding.CauseGrantRefused:
		if !p.decidedHere() {
			return nil
		}
		return one(fmt.Sprintf("Keep refresh requests away from %s.", names(further)), func(d *draft) error { return p.narrow(d, further) })
	case finding.CauseNeverTrue, finding.CauseContradiction:
		return p.relax()
	case finding.CauseWrongGrant:
		return p.otherGrant()
	}
	return nil
}

// decidedHere reports whether what decides stands in the bundle that is edited.
func (p *deadPolicy) decidedHere() bool { return p.at.Kind == p.in.Kind && p.at.Name == p.in.Name }

// narrow keeps refresh requests away from some steps or flows of one file, which are in its order.
func (p *deadPolicy) narrow(d *draft, hops []finding.Hop) error {
	for _, h := range slices.Backward(hops) { // what is changed last does not move the others
		if err := d.narrow(h.File, h.Place, p.variable); err != nil {
			return err
		}
	}
	return nil
}

// recondition is the repair that gives what decides another condition.
func (p *deadPolicy) recondition(condition string) repair {
	return repair{
		says: fmt.Sprintf("Change the condition of %s to %s.", p.at.Unconditional(), condition), in: p.in,
		edit: func(d *draft) error { return d.setCondition(p.at.File, p.at.Place, condition) },
	}
}

// names lists hops for a sentence, without their conditions.
func names(hops []finding.Hop) string {
	var out []string
	for _, h := range hops {
		out = append(out, h.Unconditional())
	}
	return strings.Join(out, " and ")
}

// attachLast lets the policy run at the end of its shared flow.
func (p *deadPolicy) attachLast(d *draft) error {
	for _, file := range d.names() {
		if path.Base(path.Dir(file)) != "sharedflows" {
			continue
		}
		doc, err := d.document(file)
		if err != nil || doc.Root.Name != "SharedFlow" {
			continue
		}
		return d.edit(file, insertLast(doc, doc.Root, policyxml.Step(p.name, isRefresh(p.variable))))
	}
	return errors.New("the shared flow has no file with steps")
}

// unshadow lets the policy's flow be chosen: in front of the flows that take its requests, or because these leave them to it.
func (p *deadPolicy) unshadow(before []finding.Hop) []repair {
	if p.cause.Other == nil {
		return nil
	}
	own := *p.cause.Other
	move := func(only bool) repair {
		says := fmt.Sprintf("Move %s in front of %s.", own.Unconditional(), p.at.Unconditional())
		if only {
			says = fmt.Sprintf("Move %s in front of %s, and let only refresh requests in.", own.Unconditional(), p.at.Unconditional())
		}
		return repair{says: says, in: p.in, edit: func(d *draft) error { return p.move(d, own, only) }}
	}
	narrow := repair{
		says: fmt.Sprintf("Let %s leave refresh requests to %s.", names(before), own.Unconditional()), in: p.in,
		edit: func(d *draft) error { return p.narrow(d, before) },
	}
	return []repair{move(false), move(true), narrow}
}

// move puts a flow in front of the one that takes its requests. It must take none but refresh requests from the flows that it
// overtakes: what else those serve goes on as it is. only narrows the flow to that, where no other request gets to it anyway.
func (p *deadPolicy) move(d *draft, own finding.Hop, only bool) error {
	doc, flow, err := d.at(own.File, own.Place)
	if err != nil {
		return err
	}
	takes, serves := p.others(doc, flow)
	switch {
	case only && serves:
		return fmt.Errorf("%s serves others than refresh requests", own.Unconditional())
	case !only && takes:
		return fmt.Errorf("%s would take others than refresh requests from the flows before it", own.Unconditional())
	case only: // what stands before the condition does not move
		if err := d.setCondition(own.File, own.Place, refreshOnly(conditionOf(flow), p.variable)); err != nil {
			return err
		}
		if doc, flow, err = d.at(own.File, own.Place); err != nil {
			return err
		}
	}
	_, first, err := d.at(p.at.File, p.at.Place)
	if err != nil {
		return err
	}
	return d.edit(own.File, moveBefore(doc, flow, first)...)
}

// others says of the requests that are none to refresh whether a flow would take any from those between it and the one that takes its
// requests, and whether it serves any where it stands.
func (p *deadPolicy) others(doc *xmltree.Document, flow *xmltree.Node) (takes, serves bool) {
	own, none := formula(conditionOf(flow)), formula(notRefresh(p.variable))
	left := []condition.Formula{own, none}
	overtaken := false
	for f := range parentOf(doc, flow).Children() {
		if f == flow {
			break
		}
		overtaken = overtaken || f == elementAt(doc, p.at.Place)
		if f.Name == "Flow" {
			takes = takes || overtaken && condition.Satisfiable(own, formula(conditionOf(f)), none)
			left = append(left, condition.Not(formula(conditionOf(f))))
		}
	}
	return takes, condition.Satisfiable(left...)
}

// relax takes out of a condition the part that can never hold.
func (p *deadPolicy) relax() []repair {
	if !p.decidedHere() || strings.HasSuffix(p.at.Condition, "…") || p.at.What == finding.HopFaultRule {
		return nil
	}
	var around []string
	if o := p.cause.Other; o != nil {
		around = append(around, o.Condition)
	}
	var out []repair
	for _, rest := range relaxed(p.at.Condition, around...) {
		if condition := refreshOnly(rest, p.variable); possible(append(around, condition)...) {
			out = append(out, p.recondition(condition))
		}
	}
	return out
}

// otherGrant lets refresh requests past the condition that keeps them away.
func (p *deadPolicy) otherGrant() []repair {
	if !p.decidedHere() || strings.HasSuffix(p.at.Condition, "…") || p.at.Condition == "" || p.at.What != finding.HopStep || p.at.Named != p.name {
		return nil
	}
	var out []repair
	if c := otherGrant(p.at.Condition, p.variable); c != "" {
		out = append(out, p.recondition(refreshOnly(c, p.variable)))
	}
	for _, rest := range relaxed(p.at.Condition, isRefresh(p.variable)) {
		out = append(out, p.recondition(refreshOnly(rest, p.variable)))
	}
	return out
}
