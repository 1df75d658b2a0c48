package fix

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// standing is what an audit says, by what makes its parts the same in another audit.
type standing struct {
	*audit.State
	byKey   map[key][]*finding.Finding
	family  map[familyPlace]*finding.Finding // the core family's
	remarks map[remark]int
	known   map[deployed]*finding.Evidence
}

// deployed is a bundle in the inventory.
type deployed struct {
	environment, revision, name string
	kind                        apigee.Kind
	source                      string
}

func deployedOf(e *finding.Evidence) deployed {
	d := deployed{e.Environment, e.Revision, e.Name, e.Kind, ""}
	if len(e.Sources) > 0 {
		d.source = e.Sources[0]
	}
	return d
}

// key is what is the same of a finding whatever else is edited: its fingerprint counts copies and sibling rules, and so can change
// with what happens to those. Nor is it where the bundle lies: a finding of several revisions has the path of one of them, which
// need not be among those that are left.
type key struct {
	rule         string
	kind         apigee.Kind
	name         string
	file, anchor string
}

func keyOf(f *finding.Finding) key { return key{f.RuleID, f.Kind, f.Name, f.File, f.Anchor} }

// remark is a problem or notice without its place: lines move when a file is edited.
type remark struct {
	environment, name, revision, source, file, operation, text string
	kind                                                       apigee.Kind
}

func newStanding(s *audit.State) *standing {
	st := &standing{
		State: s, byKey: map[key][]*finding.Finding{}, family: map[familyPlace]*finding.Finding{}, remarks: map[remark]int{},
		known: make(map[deployed]*finding.Evidence, len(s.Inventory)),
	}
	for i := range s.Inventory {
		st.known[deployedOf(&s.Inventory[i])] = &s.Inventory[i]
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		st.byKey[keyOf(f)] = append(st.byKey[keyOf(f)], f)
		for _, at := range f.Deployments {
			if finding.InCoreFamily(f.RuleID) {
				st.family[familyPlace{apigee.Ref{Kind: f.Kind, Name: f.Name}, at}] = f
			}
		}
	}
	for _, list := range [][]apigee.Problem{s.Problems, s.Notices} {
		for _, p := range list {
			st.remarks[remark{p.Environment, p.Name, p.Revision, p.Source, p.File, p.Operation, p.Error, p.Kind}]++
		}
	}
	return st
}

// left is what a finding has become at some of its places, nil where it is gone from all of them. While a bundle has any finding of
// the core family, none of that family is gone.
func (s *standing) left(f *finding.Finding, where []finding.Deployed) *finding.Finding {
	there := func(g *finding.Finding) bool {
		return slices.ContainsFunc(g.Deployments, func(d finding.Deployed) bool { return slices.Contains(where, d) })
	}
	if !finding.InCoreFamily(f.RuleID) {
		for _, g := range s.byKey[keyOf(f)] {
			if there(g) {
				return g
			}
		}
		return nil
	}
	for _, at := range where {
		if g := s.core(f, at); g != nil {
			return g
		}
	}
	return nil
}

// has reports whether a finding is known at a place.
func (s *standing) has(k key, at finding.Deployed) bool {
	return slices.ContainsFunc(s.byKey[k], func(f *finding.Finding) bool { return slices.Contains(f.Deployments, at) })
}

// introduced is what is found afterwards and was not found before at all of its places.
func (s *standing) introduced(after *standing) []finding.Effect {
	var out []finding.Effect
	for i := range after.Findings {
		f := &after.Findings[i]
		k := keyOf(f)
		j := slices.IndexFunc(f.Deployments, func(at finding.Deployed) bool { return !s.has(k, at) })
		if j < 0 {
			continue
		}
		e := effectOf(f)
		if was := s.core(f, f.Deployments[j]); finding.InCoreFamily(f.RuleID) && was != nil {
			e.Instead = was.RuleID
		}
		out = append(out, e)
	}
	return out
}

// worse is something of at least that severity which is found afterwards and was not before, nil for nothing.
func (s *standing) worse(after *standing, least finding.Severity) *finding.Finding {
	for i := range after.Findings {
		f := &after.Findings[i]
		if f.Severity >= least && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return !s.has(keyOf(f), at) }) {
			return f
		}
	}
	return nil
}

// gone is what was found before and is found nowhere afterwards, beside the goal and what another finding took the place of.
func (s *standing) gone(after *standing, goal *finding.Finding) []finding.Effect {
	var out []finding.Effect
	for i := range s.Findings {
		f := &s.Findings[i]
		remains := func(at finding.Deployed) bool { return after.has(keyOf(f), at) }
		isGoal := keyOf(f) == keyOf(goal) && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return slices.Contains(goal.Deployments, at) })
		switch {
		case isGoal || slices.ContainsFunc(f.Deployments, remains) || f.RuleID == finding.RefreshIdle: // calls on record are left out
		case finding.InCoreFamily(f.RuleID) && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return after.core(f, at) != nil }):
		default:
			out = append(out, effectOf(f))
		}
	}
	return out
}

// core is the finding of the core family that the bundle of another finding has at a place, nil for none.
func (s *standing) core(f *finding.Finding, at finding.Deployed) *finding.Finding {
	return s.family[familyPlace{apigee.Ref{Kind: f.Kind, Name: f.Name}, at}]
}

// familyPlace is a bundle where it is deployed.
type familyPlace struct {
	apigee.Ref
	finding.Deployed
}

// mostEffects bounds what is listed of what else a fix makes go or come.
const mostEffects = 20

// listed cuts a list of effects, and says how many it leaves out.
func listed(all []finding.Effect) (some []finding.Effect, further int) {
	if len(all) <= mostEffects {
		return all, 0
	}
	return all[:mostEffects], len(all) - mostEffects
}

func effectOf(f *finding.Finding) finding.Effect {
	return finding.Effect{
		RuleID: f.RuleID, RuleName: f.RuleName, Severity: f.Severity, Kind: f.Kind, Name: f.Name, Policy: f.Policy, Source: f.Source,
		Fingerprint: f.Fingerprint,
	}
}

// lost says what worked before an edit and would not work with it, nil for nothing: a part that can no longer be read, or a flow that
// no longer issues, refreshes, reads, imports or revokes tokens. An edit that is to stop issuing may stop that.
func (s *standing) lost(after *standing, stops bool) error {
	var said []string
	for r, n := range after.remarks {
		if n > s.remarks[r] {
			said = append(said, r.text)
		}
	}
	if len(said) > 0 {
		return fmt.Errorf("with it the audit remarks: %s", slices.Min(said))
	}
	evidence := s.Inventory
	if after.Partial() {
		evidence = after.Inventory
	}
	for i := range evidence {
		at := deployedOf(&evidence[i])
		was, is := s.known[at], after.known[at]
		switch {
		case was == nil:
			continue
		case is == nil:
			return fmt.Errorf("with it %s could not be audited in %s", apigee.Ref{Kind: was.Kind, Name: was.Name}, was.Environment)
		}
		if what := stopped(was, is, stops); what != "" {
			return fmt.Errorf("with it %s would no longer %s in %s", apigee.Ref{Kind: was.Kind, Name: was.Name}, what, was.Environment)
		}
	}
	return nil
}

// stopped is what a deployment did before and does no longer, "" for nothing.
func stopped(was, is *finding.Evidence, stops bool) string {
	switch {
	case !stops && slices.ContainsFunc(was.Grants, func(g string) bool { return !slices.Contains(is.Grants, g) }):
		return "issue refresh tokens"
	case !stops && was.Imports && !is.Imports:
		return "import refresh tokens"
	case was.Refreshes && !is.Refreshes:
		return "refresh tokens"
	case was.Reads && !is.Reads:
		return "read refresh tokens"
	case was.Revokes && !is.Revokes:
		return "revoke refresh tokens"
	}
	return ""
}
