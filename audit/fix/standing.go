package fix

import (
	"fmt"
	"iter"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// standing is what an audit says, by what makes its parts the same in another audit. That of what is supposed has the difference from
// that of what was read.
type standing struct {
	*audit.State
	base    *standing           // nil for that of what was read
	byKey   map[key][]int       // indexes of Findings
	family  map[familyPlace]int // likewise, of the core family
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

func newStanding(base *standing, s *audit.State) *standing {
	st := &standing{
		State: s, base: base, byKey: map[key][]int{}, family: map[familyPlace]int{}, remarks: map[remark]int{},
		known: make(map[deployed]*finding.Evidence, len(s.Inventory)),
	}
	for i := range s.Inventory {
		st.known[deployedOf(&s.Inventory[i])] = &s.Inventory[i]
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		st.byKey[keyOf(f)] = append(st.byKey[keyOf(f)], i)
		for _, at := range f.Deployments {
			if finding.InCoreFamily(f.RuleID) {
				st.family[familyPlace{apigee.Ref{Kind: f.Kind, Name: f.Name}, at}] = i
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

// with yields the findings with a key.
func (s *standing) with(k key) iter.Seq[*finding.Finding] {
	return func(yield func(*finding.Finding) bool) {
		for _, i := range s.byKey[k] {
			if !yield(&s.Findings[i]) {
				return
			}
		}
		if s.base == nil {
			return
		}
		for _, i := range s.base.byKey[k] {
			if s.Keeps(i) && !yield(&s.base.Findings[i]) {
				return
			}
		}
	}
}

// since are the findings that another standing, or the one that both have as their base, may not have.
func (s *standing) since(other *standing) []*finding.Finding {
	var out []*finding.Finding
	for i := range s.Findings {
		out = append(out, &s.Findings[i])
	}
	if s.base == nil || other == s.base {
		return out
	}
	for _, i := range other.Without(len(s.base.Findings)) {
		if s.Keeps(i) {
			out = append(out, &s.base.Findings[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *finding.Finding) int { return finding.Compare(*a, *b) })
	return out
}

// left is what a finding has become at some of its places, nil where it is gone from all of them. While a bundle has any finding of
// the core family, none of that family is gone.
func (s *standing) left(f *finding.Finding, where []finding.Deployed) *finding.Finding {
	there := func(g *finding.Finding) bool {
		return slices.ContainsFunc(g.Deployments, func(d finding.Deployed) bool { return slices.Contains(where, d) })
	}
	if !finding.InCoreFamily(f.RuleID) {
		var first *finding.Finding
		for g := range s.with(keyOf(f)) {
			if there(g) && (first == nil || finding.Compare(*g, *first) < 0) {
				first = g
			}
		}
		return first
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
	for f := range s.with(k) {
		if slices.Contains(f.Deployments, at) {
			return true
		}
	}
	return false
}

// introduced is what is found afterwards and was not found before at all of its places.
func (s *standing) introduced(after *standing) []finding.Effect {
	var out []finding.Effect
	for _, f := range after.since(s) {
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
	for _, f := range after.since(s) {
		if f.Severity >= least && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return !s.has(keyOf(f), at) }) {
			return f
		}
	}
	return nil
}

// gone is what was found in what was read and is found nowhere afterwards, beside the goal and what another finding took the place of.
func (s *standing) gone(after *standing, goal *finding.Finding) []finding.Effect {
	var out []finding.Effect
	for _, i := range after.Without(len(s.Findings)) {
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
	place := familyPlace{apigee.Ref{Kind: f.Kind, Name: f.Name}, at}
	if i, ok := s.family[place]; ok {
		return &s.Findings[i]
	}
	if s.base != nil {
		if i, ok := s.base.family[place]; ok && s.Keeps(i) {
			return &s.base.Findings[i]
		}
	}
	return nil
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
