package audit

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
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
	// lacking are, by verdict, what may tie refreshers to the proxies of Lacking; of the alive ones.
	lacking func() [][]*records.Issuing
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

func newJudged(found []merged, verdicts []*Verdict, rec *records.Records) *judged {
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
	j.lacking = sync.OnceValue(func() [][]*records.Issuing {
		ties, out := records.NewTies(rec), make([][]*records.Issuing, len(verdicts))
		for _, list := range j.alive {
			for _, i := range list {
				for _, w := range verdicts[i].Lacking {
					out[i] = append(out[i], ties.Issuing(verdicts[i].Environment, w))
				}
			}
		}
		return out
	})
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
	var here, everywhere []*Rule
	for _, r := range o.allRules() {
		if r.Everywhere != nil && r.Everywhere(facts) {
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
	// refreshers reports whether all refreshers are the same, as far as it matters which they are; else added are those that there are
	// more, nil where that is not all.
	refreshers bool
	added      []*records.Refreshing

	// Those made again, by environment and by bundle.
	again [][]*Verdict
	now   map[flow.BundleID][]*Verdict
	gone  map[int]bool // indexes of verdicts of before which those take the place of, or nothing does
	// other are the rules of those for which nothing but the added refreshers is different, where these make it another rule.
	other map[int]string
	// changed are the bundles on which the verdicts are other ones.
	changed map[flow.BundleID]bool
}

func (a *Audit) judgeAgain(before *judged) *rejudging {
	r := &rejudging{
		judge: newJudge(a.facts, a.records), facts: a.facts, before: before,
		again: make([][]*Verdict, len(a.facts.Environments)), now: map[flow.BundleID][]*Verdict{},
		gone: map[int]bool{}, other: map[int]string{},
	}
	r.compareRefreshers()
	for i, e := range a.facts.Environments {
		for u := range a.facts.EverInScope() {
			if at, judged := before.on[issuing{e.Name, u}]; judged {
				r.gone[at] = true
			}
		}
		runnable := a.facts.SameRunnable(i)
		for _, is := range r.concerned(i) {
			at, judged := before.on[issuing{e.Name, is.Program}]
			var v *Verdict
			if judged {
				v = before.verdicts[at]
			}
			if runnable && !a.facts.InScope(is.Program) && v.standsFor(is, r.refreshers) {
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
	for at := range r.other {
		r.changed[before.verdicts[at].Program.Bundle()] = true
	}
	return r
}

// compareRefreshers finds out which refreshers are not the same. Those that refresh as they did, in another walk, are.
func (r *rejudging) compareRefreshers() {
	pairs, ok := r.facts.RefreshersApart()
	if !ok {
		return
	}
	for _, pair := range pairs {
		was, is := pair[0].Trace != nil, pair[1].Trace != nil
		switch {
		case was && !is, was && !r.judge.ties.Refreshing(pair[0]).Alike(r.judge.ties.Refreshing(pair[1])):
			r.added = nil
			return
		case !was:
			r.added = append(r.added, r.judge.ties.Refreshing(pair[1]))
		}
	}
	r.refreshers = len(r.added) == 0
}

// concerned are the issuers of an environment on which verdicts have to be made again, or may have to. Those that only become another
// one by rule are noted.
func (r *rejudging) concerned(environment int) []*flow.Issuer {
	e := r.facts.Environments[environment]
	if !r.facts.SameRunnable(environment) || !r.facts.SameRefreshing(environment) {
		return e.Issuers()
	}
	out := r.facts.IssuersInScope(environment)
	if r.refreshers {
		return out
	}
	for _, at := range r.before.alive[e.Name] {
		v := r.before.verdicts[at]
		if r.facts.InScope(v.Program) {
			continue
		}
		rule := r.withAdded(at)
		switch {
		case rule == "":
			out = append(out, e.Issuer(v.Program))
		case rule != v.Rule:
			r.other[at] = rule
		}
	}
	return out
}

// withAdded is the rule of a verdict once there are the added refreshers too, "" where that has to be judged. It decides as
// [judge.judge] does.
func (r *rejudging) withAdded(at int) string {
	v, lacking := r.before.verdicts[at], r.before.lacking()[at]
	if len(r.added) == 0 || slices.ContainsFunc(r.added, func(a *records.Refreshing) bool {
		return slices.ContainsFunc(v.Lacking, func(w *flow.Trace) bool { return w.Program.Revision.Ref() == a.Trace.Program.Revision.Ref() })
	}) {
		return ""
	}
	here, elsewhere, untied := false, false, make([]bool, len(lacking))
	for k, w := range v.Lacking {
		untied[k] = v.Rule != finding.RefreshInAnotherProxy && (v.Rule != finding.RefreshUnrelated || slices.Contains(v.Untied, w))
	}
	for _, a := range r.added {
		switch {
		case r.judge.ties.Bars(lacking, a):
		case a.Environment.Name != v.Environment.Name:
			elsewhere = true
		default:
			here = true
			for k, w := range lacking {
				untied[k] = untied[k] && !r.judge.ties.Tied(w, a)
			}
		}
	}
	switch {
	case v.Drift:
		return v.Rule
	case here && slices.Contains(untied, true):
		return finding.RefreshUnrelated
	case here:
		return finding.RefreshInAnotherProxy
	case elsewhere && (v.Rule == finding.NeverRefreshed || v.Rule == finding.ImportedNeverRefreshed):
		return finding.RefreshElsewhere
	}
	return v.Rule
}

// make makes the verdict on an issuer.
func (r *rejudging) make(environment int, is *flow.Issuer) {
	if v := r.judge.judge(is); v != nil {
		r.again[environment] = append(r.again[environment], v)
		r.now[is.Program.Bundle()] = append(r.now[is.Program.Bundle()], v)
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
	known := map[string]*Rule{}
	for _, r := range o.allRules() {
		known[r.ID] = r
	}
	settings := o.Settings.Completed()
	out := map[flow.BundleID]*merged{}
	for bundle := range wanted {
		a, b := again.rules(bundle)
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

// rules are those that the verdicts on a bundle had in common before, and have now.
func (r *rejudging) rules(bundle flow.BundleID) (was, is oneRule) {
	var before, now rulesAt
	for _, at := range r.before.about[bundle] {
		v := r.before.verdicts[at]
		before.note(v, v.Rule)
		if !r.gone[at] {
			now.note(v, cmp.Or(r.other[at], v.Rule))
		}
	}
	for _, v := range r.now[bundle] {
		now.note(v, v.Rule)
	}
	return before.common(), now.common()
}

// rulesAt are the rules of the verdicts on one bundle.
type rulesAt []struct{ environment, revision, rule string }

func (l *rulesAt) note(v *Verdict, rule string) {
	for i := range *l {
		if at := &(*l)[i]; at.environment == v.Environment.Name && at.revision == v.Program.Revision.Number {
			at.rule = rule
			return
		}
	}
	*l = append(*l, struct{ environment, revision, rule string }{v.Environment.Name, v.Program.Revision.Number, rule})
}

// oneRule is the rule that the verdicts on a bundle have in common, "" where they have none, and how many there are.
type oneRule struct {
	rule   string
	places int
}

func (l rulesAt) common() oneRule {
	out := oneRule{places: len(l)}
	for i := range l {
		if i > 0 && l[i].rule != out.rule {
			return oneRule{places: len(l)}
		}
		out.rule = l[i].rule
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
