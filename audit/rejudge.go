package audit

import (
	"maps"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// judged is what was found in an organization as it was read, and the verdicts that are part of it. Both are indexed by what is asked
// for each change that is supposed: there may be thousands of either, and of changes.
type judged struct {
	found []merged
	// Indexes of found: by the fingerprints, which are not numbered yet, by rule and by bundle.
	alike, byRule map[string][]int
	byBundle      map[flow.BundleID][]int

	verdicts []*Verdict
	// Indexes of verdicts: of each issuer, by bundle, and by environment those without a policy that cannot run.
	on    map[issuing]int
	about map[flow.BundleID][]int
	alive map[string][]int
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
	j := &judged{
		found: found, alike: map[string][]int{}, byRule: map[string][]int{}, byBundle: map[flow.BundleID][]int{},
		verdicts: verdicts, on: map[issuing]int{}, about: map[flow.BundleID][]int{}, alive: map[string][]int{},
	}
	for i, m := range found {
		j.alike[m.Fingerprint] = append(j.alike[m.Fingerprint], i)
		j.byRule[m.RuleID] = append(j.byRule[m.RuleID], i)
		j.byBundle[m.bundle] = append(j.byBundle[m.bundle], i)
	}
	for i, v := range verdicts {
		j.on[issuing{v.Environment.Name, v.Program}] = i
		j.about[v.Program.Bundle()] = append(j.about[v.Program.Bundle()], i)
		if v.Dead == nil {
			j.alive[v.Environment.Name] = append(j.alive[v.Environment.Name], i)
		}
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
func (j *judged) numbered(found []merged, without map[int]bool) []finding.Finding {
	all, taken := slices.Clip(found), map[int]bool{}
	for _, m := range found {
		for _, i := range j.alike[m.Fingerprint] {
			if !without[i] && !taken[i] {
				all, taken[i] = append(all, j.found[i]), true
			}
		}
	}
	return withNumbers(all)[:len(found)]
}

// rejudge judges again what is in scope. without are the findings of before that do not stay as they are; nil where nothing is taken
// to stay.
func (a *Audit) rejudge(before *judged) (findings []finding.Finding, without map[int]bool) {
	o, facts := a.options, a.facts
	if !facts.Partial() {
		return withNumbers(o.apply(o.allRules(), Pass{Facts: facts, Records: a.records, Verdicts: judgeAll(facts, a.records)})), nil
	}
	again := a.judgeAgain(before)
	revocations := facts.SameRevocations()
	var here, everywhere []*Rule
	for _, r := range o.allRules() {
		if r.Everywhere || r.ID == notRevocable && !revocations {
			everywhere = append(everywhere, r)
		} else {
			here = append(here, r)
		}
	}
	beyond := maps.Clone(again.changed)
	maps.DeleteFunc(beyond, func(b flow.BundleID, _ bool) bool { return facts.HasInScope(b) })
	renamed := o.renamed(again, beyond)
	maps.DeleteFunc(beyond, func(b flow.BundleID, _ bool) bool { return renamed[b] != nil })
	verdicts := again.verdicts(beyond)
	found := slices.Concat(
		o.apply(here, Pass{Facts: facts, Records: a.records, Verdicts: verdicts}),
		o.apply(everywhere, Pass{Facts: facts.Whole(), Records: a.records, Verdicts: verdicts}),
	)
	without = map[int]bool{}
	for b := range again.changed {
		for _, i := range before.byBundle[b] {
			if finding.InCoreFamily(before.found[i].RuleID) {
				without[i] = true
			}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(without)) {
		if m := renamed[before.found[i].bundle]; m != nil {
			found = append(found, *m)
		}
	}
	others := [][]int{before.byRule[finding.RefreshIdle]}
	for b := range facts.BundlesInScope() {
		others = append(others, before.byBundle[b])
	}
	for _, r := range everywhere {
		others = append(others, before.byRule[r.ID])
	}
	for _, list := range others {
		for _, i := range list {
			without[i] = true
		}
	}
	slices.SortStableFunc(found, func(a, b merged) int { return finding.Compare(*a.Finding, *b.Finding) })
	return before.numbered(found, without), without
}

// rejudging is [judgeAll] after a change to some bundles, as far as that can make a difference to verdicts.
type rejudging struct {
	judge  *judge
	facts  *flow.Facts
	before *judged
	again  [][]*Verdict // made again, by environment
	gone   map[int]bool // indexes of verdicts of before which those take the place of, or nothing does
	// changed are the bundles on which the verdicts are other ones.
	changed map[flow.BundleID]bool
}

func (a *Audit) judgeAgain(before *judged) *rejudging {
	r := &rejudging{
		judge: newJudge(a.facts, a.records), facts: a.facts, before: before,
		again: make([][]*Verdict, len(a.facts.Environments)), gone: map[int]bool{},
	}
	refreshers := a.facts.SameRefreshers()
	for i, e := range a.facts.Environments {
		for u := range a.facts.EverInScope() {
			if at, judged := before.on[issuing{e.Name, u}]; judged {
				r.gone[at] = true
			}
		}
		runnable := a.facts.SameRunnable(i)
		for _, is := range r.concerned(i, refreshers) {
			at, judged := before.on[issuing{e.Name, is.Program}]
			var v *Verdict
			if judged {
				v = before.verdicts[at]
			}
			if runnable && !a.facts.InScope(is.Program) && v.standsFor(is, refreshers) {
				continue
			}
			if judged {
				r.gone[at] = true
			}
			r.make(i, is)
		}
	}
	var gone []*Verdict
	for at := range r.gone {
		gone = append(gone, before.verdicts[at])
	}
	r.changed = changed(coreRules(gone), coreRules(slices.Concat(r.again...)))
	return r
}

// concerned are the issuers of an environment on which the verdicts may be others than before. refreshers reports whether all others
// that refresh are the same.
func (r *rejudging) concerned(environment int, refreshers bool) []*flow.Issuer {
	e := r.facts.Environments[environment]
	if !r.facts.SameRunnable(environment) || !r.facts.SameRefreshing(environment) {
		return e.Issuers()
	}
	out := r.facts.IssuersInScope(environment)
	if refreshers {
		return out
	}
	for _, at := range r.before.alive[e.Name] {
		if u := r.before.verdicts[at].Program; !r.facts.InScope(u) {
			out = append(out, e.Issuer(u))
		}
	}
	return out
}

// make makes the verdict on an issuer.
func (r *rejudging) make(environment int, is *flow.Issuer) {
	if v := r.judge.judge(is); v != nil {
		r.again[environment] = append(r.again[environment], v)
	}
}

// verdicts are those on the bundles in scope and some others, in their order. The words about a bundle say what is known of all its
// deployments, so that all verdicts on it are among them.
func (r *rejudging) verdicts(others map[flow.BundleID]bool) []*Verdict {
	for b := range others {
		for _, at := range r.before.about[b] {
			if v := r.before.verdicts[at]; !r.gone[at] {
				i := slices.IndexFunc(r.facts.Environments, func(e *flow.Environment) bool { return e.Name == v.Environment.Name })
				r.make(i, r.facts.Environments[i].Issuer(v.Program))
			}
		}
	}
	var out []*Verdict
	for _, list := range r.again {
		list = slices.DeleteFunc(slices.Clone(list), func(v *Verdict) bool {
			return !r.facts.InScope(v.Program) && !others[v.Program.Bundle()]
		})
		slices.SortFunc(list, func(a, b *Verdict) int { return flow.ComparePrograms(a.Program, b.Program) })
		out = append(out, list...)
	}
	return out
}

// standsFor reports whether a verdict, nil where nothing was lacking, is that on a bundle that issues through the same walks as before,
// in an environment in which the same refresh policies can run. refreshers reports whether all others that refresh are the same.
func (v *Verdict) standsFor(is *flow.Issuer, refreshers bool) bool {
	switch {
	case v == nil:
		return len(lackingOf(is)) == 0
	case v.Dead == nil && !refreshers:
		return false
	}
	return slices.Equal(lackingOf(is), v.Lacking)
}

// renamed are the findings of bundles out of scope that another rule of the core family makes at the same places, with the words that
// they had: one more proxy that refreshes can do that to every bundle that issues.
func (o Options) renamed(again *rejudging, wanted map[flow.BundleID]bool) map[flow.BundleID]*merged {
	if len(wanted) == 0 {
		return nil
	}
	was, is := again.rules(wanted)
	known := map[string]*Rule{}
	for _, r := range o.allRules() {
		known[r.ID] = r
	}
	settings := o.Settings.Completed()
	out := map[flow.BundleID]*merged{}
	for bundle := range wanted {
		a, b := was[bundle], is[bundle]
		r := known[b.rule]
		// A policy that cannot run is another place than one that issues.
		if r == nil || a.rule == "" || a.places != b.places || a.rule == finding.RefreshUnreachable || b.rule == finding.RefreshUnreachable {
			continue
		}
		for _, i := range again.before.byBundle[bundle] {
			if f := *again.before.found[i].Finding; finding.InCoreFamily(f.RuleID) {
				f.RuleID, f.RuleName, f.Severity = r.ID, r.Name, settings.SeverityOf(&r.Rule)
				f.Fingerprint = fingerprint(r, f)
				out[bundle] = &merged{&f, bundle}
			}
		}
	}
	return out
}

// rules are those that the verdicts on some bundles had in common before, and have now.
func (r *rejudging) rules(of map[flow.BundleID]bool) (was, is map[flow.BundleID]oneRule) {
	var before, now []*Verdict
	for b := range of {
		for _, at := range r.before.about[b] {
			v := r.before.verdicts[at]
			before = append(before, v)
			if !r.gone[at] {
				now = append(now, v)
			}
		}
	}
	for _, list := range r.again {
		for _, v := range list {
			if of[v.Program.Bundle()] {
				now = append(now, v)
			}
		}
	}
	return rulesByBundle(coreRules(before)), rulesByBundle(coreRules(now))
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
