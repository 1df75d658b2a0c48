package audit

import (
	"maps"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// judged is what was found in an organization as it was read, and the verdicts that are part of it.
type judged struct {
	found []merged
	// alike are the indexes of found by the fingerprints, which are not numbered yet.
	alike    map[string][]int
	verdicts []*Verdict
	on       map[issuing]int // indexes of verdicts
}

// issuing is a program that issues in an environment.
type issuing struct {
	environment string
	program     *flow.Program
}

// judgedPlace is what a verdict is about, whichever program is there.
type judgedPlace struct {
	environment string
	bundle      flow.BundleID
	revision    string
}

func newJudged(found []merged, verdicts []*Verdict) *judged {
	j := &judged{found: found, alike: map[string][]int{}, verdicts: verdicts, on: map[issuing]int{}}
	for i, m := range found {
		j.alike[m.Fingerprint] = append(j.alike[m.Fingerprint], i)
	}
	for i, v := range verdicts {
		j.on[issuing{v.Environment.Name, v.Program}] = i
	}
	return j
}

// findings are those of some rules, for a caller that may change them.
func (j *judged) findings(rules []*Rule) []finding.Finding {
	asked := slices.DeleteFunc(slices.Clone(j.found), func(m merged) bool {
		return !slices.ContainsFunc(rules, func(r *Rule) bool { return r.ID == m.RuleID })
	})
	out := withNumbers(asked)
	for i := range out {
		out[i].Deployments = slices.Clone(out[i].Deployments)
	}
	return out
}

// numbered are new findings as reports have them, beside those that are kept. What numbers a finding gets depends on those alone that
// are alike.
func (j *judged) numbered(found []merged, kept []bool) []finding.Finding {
	all, taken := slices.Clip(found), map[int]bool{}
	for _, m := range found {
		for _, i := range j.alike[m.Fingerprint] {
			if kept[i] && !taken[i] {
				all, taken[i] = append(all, j.found[i]), true
			}
		}
	}
	return withNumbers(all)[:len(found)]
}

// rejudge judges again what is in scope. kept are the findings of before that stay as they are.
func (a *Audit) rejudge(before *judged) (findings []finding.Finding, kept []bool) {
	o, facts := a.options, a.facts
	if !facts.Partial() {
		return withNumbers(o.apply(o.allRules(), Pass{Facts: facts, Records: a.records, Verdicts: judgeAll(facts, a.records)})), nil
	}
	verdicts, again := a.judgeAgain(before)
	revocations := facts.SameRevocations()
	var here, everywhere []*Rule
	for _, r := range o.allRules() {
		if r.Everywhere || r.ID == notRevocable && !revocations {
			everywhere = append(everywhere, r)
		} else {
			here = append(here, r)
		}
	}
	beyond := maps.Clone(again)
	maps.DeleteFunc(beyond, func(b flow.BundleID, _ bool) bool { return facts.HasInScope(b) })
	renamed := o.renamed(before, verdicts, beyond)
	rejudged := map[flow.BundleID]bool{}
	for _, v := range verdicts {
		if b := v.Program.Bundle(); facts.HasInScope(b) || again[b] && renamed[b] == nil {
			rejudged[b] = true
		}
	}
	found := slices.Concat(
		o.apply(here, Pass{Facts: facts, Records: a.records, Verdicts: verdicts, rejudged: rejudged}),
		o.apply(everywhere, Pass{Facts: facts.Whole(), Records: a.records, Verdicts: verdicts}),
	)
	kept = make([]bool, len(before.found))
	for i, m := range before.found {
		switch {
		case again[m.bundle] && finding.InCoreFamily(m.RuleID):
			if renamed[m.bundle] != nil {
				found = append(found, *renamed[m.bundle])
			}
		case facts.HasInScope(m.bundle), m.RuleID == finding.RefreshIdle:
		case slices.ContainsFunc(everywhere, func(r *Rule) bool { return r.ID == m.RuleID }):
		default:
			kept[i] = true
		}
	}
	slices.SortStableFunc(found, func(a, b merged) int { return finding.Compare(*a.Finding, *b.Finding) })
	return before.numbered(found, kept), kept
}

// judgeAgain is [judgeAll] after a change to some bundles. The verdicts that it cannot make a difference to are those of before. again
// are the bundles whose verdicts are other ones.
func (a *Audit) judgeAgain(before *judged) (verdicts []*Verdict, again map[flow.BundleID]bool) {
	j := newJudge(a.facts, a.records)
	refreshers := a.facts.SameRefreshers()
	stood := make([]bool, len(before.verdicts))
	standing := map[int]*flow.Issuer{} // by indexes of verdicts
	var other []*Verdict
	for i, e := range a.facts.Environments {
		runnable := a.facts.SameRunnable(i)
		for _, is := range e.Issuers() {
			at, judged := before.on[issuing{e.Name, is.Program}]
			var v *Verdict
			if judged {
				v = before.verdicts[at]
			}
			switch {
			case !runnable || a.facts.InScope(is.Program) || !v.standsFor(is, refreshers):
				if v = j.judge(is); v != nil {
					other = append(other, v)
				}
			case judged:
				stood[at] = true
				standing[len(verdicts)] = is
			}
			if v != nil {
				verdicts = append(verdicts, v)
			}
		}
	}
	var gone []*Verdict
	for i, v := range before.verdicts {
		if !stood[i] {
			gone = append(gone, v)
		}
	}
	again = changed(coreRules(gone), coreRules(other))
	for i, is := range standing {
		// The words about a bundle say what is known of all its deployments.
		if again[is.Program.Bundle()] {
			verdicts[i] = j.judge(is)
		}
	}
	return verdicts, again
}

// standsFor reports whether a verdict, nil where nothing was lacking, is that on a bundle that issues through the same walks as before,
// in an environment in which the same refresh policies can run. refreshers reports whether all others that refresh are the same.
func (v *Verdict) standsFor(is *flow.Issuer, refreshers bool) bool {
	lacking := lackingOf(is)
	if v == nil {
		return len(lacking) == 0
	}
	return slices.Equal(lacking, v.Lacking) && (v.Dead != nil || refreshers)
}

// renamed are the findings of bundles out of scope that another rule of the core family makes at the same places, with the words that
// they had: one more proxy that refreshes can do that to every bundle that issues.
func (o Options) renamed(before *judged, verdicts []*Verdict, wanted map[flow.BundleID]bool) map[flow.BundleID]*merged {
	if len(wanted) == 0 {
		return nil
	}
	was, is := rulesByBundle(coreRules(before.verdicts)), rulesByBundle(coreRules(verdicts))
	known := map[string]*Rule{}
	for _, r := range o.allRules() {
		known[r.ID] = r
	}
	settings := o.Settings.Completed()
	out := map[flow.BundleID]*merged{}
	for _, m := range before.found {
		a, b := was[m.bundle], is[m.bundle]
		r := known[b.rule]
		// A policy that cannot run is another place than one that issues.
		if !finding.InCoreFamily(m.RuleID) || !wanted[m.bundle] || r == nil || a.rule == "" || a.places != b.places || a.rule == finding.RefreshUnreachable || b.rule == finding.RefreshUnreachable {
			continue
		}
		f := *m.Finding
		f.RuleID, f.RuleName, f.Severity = r.ID, r.Name, settings.SeverityOf(&r.Rule)
		f.Fingerprint = fingerprint(r, f)
		out[m.bundle] = &merged{&f, m.bundle}
	}
	return out
}

func coreRules(verdicts []*Verdict) map[judgedPlace]string {
	out := make(map[judgedPlace]string, len(verdicts))
	for _, v := range verdicts {
		out[judgedPlace{v.Environment.Name, v.Program.Bundle(), v.Program.Revision.Number}] = v.Rule
	}
	return out
}

// oneRule is the rule that the verdicts on a bundle have in common, "" where they have none, and how many there are.
type oneRule struct {
	rule   string
	places int
}

func rulesByBundle(core map[judgedPlace]string) map[flow.BundleID]oneRule {
	out := map[flow.BundleID]oneRule{}
	for at, rule := range core {
		r, known := out[at.bundle]
		if known && r.rule != rule {
			rule = ""
		}
		out[at.bundle] = oneRule{rule, r.places + 1}
	}
	return out
}

// notRevocable is the rule that asks whether anything revokes what a bundle issues.
const notRevocable = "RT302"

// changed are the bundles on which the verdicts are not the same.
func changed(was, is map[judgedPlace]string) map[flow.BundleID]bool {
	out := map[flow.BundleID]bool{}
	for at, rule := range was {
		if is[at] != rule {
			out[at.bundle] = true
		}
	}
	for at, rule := range is {
		if was[at] != rule {
			out[at.bundle] = true
		}
	}
	return out
}
