package audit

import (
	"context"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// State is what an audit says of an organization before anything is left out: every finding of every rule, suppressed or not.
type State struct {
	Findings []finding.Finding
	Problems []apigee.Problem
	Notices  []apigee.Problem
	// Inventory has what may differ from what was there before [Audit.Suppose]; everything where Partial is false.
	Inventory []finding.Evidence
	facts     *flow.Facts
}

// Partial reports whether the state leaves out evidence that is as it was before.
func (s *State) Partial() bool { return s.facts.Partial() }

// Refusal is what becomes of a request that one policy serves, and another one, or the same, faults on: see [flow.Refusal].
type Refusal struct {
	Environment string
	// Served and By are the two policies, At is the step that attaches the latter.
	Served, By, At finding.Hop
	// Refresh reports whether it is a request to refresh, and Variable is where the policy that refreshes finds the grant type.
	Refresh  bool
	Variable string
}

// Refusals are those in flows that are not the same as in another state. The error says where there are too many places to tell.
func (s *State) Refusals(since *State) ([]Refusal, error) {
	var out []Refusal
	for e, w := range s.facts.WalksApart(since.facts) {
		all, ok := w.Refusals()
		if !ok {
			return nil, fmt.Errorf("%s has too many steps that handle tokens to tell which requests are refused", w.Program.Revision.Ref())
		}
		for _, r := range all {
			refreshes, path := r.Served, r.By.Path()
			if r.By.Refreshes() {
				refreshes = r.By
			}
			out = append(out, Refusal{
				Environment: e.Name, Served: r.Served.Policy.Hop(), By: r.By.Policy.Hop(), At: path[len(path)-2],
				Refresh: refreshes != r.By, Variable: refreshes.Policy.OAuth.GrantVariable(),
			})
		}
	}
	return out, nil
}

// Settings are those that the rules depended on.
func (a *Audit) Settings() finding.Settings { return a.options.Settings.Completed() }

// Limits are those under which bundles were read.
func (a *Audit) Limits() bundle.Limits { return a.options.Limits }

// Organization is what was audited.
func (a *Audit) Organization() apigee.Organization { return a.inv.Organization }

// State judges the organization as it was read.
func (a *Audit) State() *State {
	before := a.before()
	return a.state(before.found)
}

// before is what was found in the organization as it was read, by all rules.
func (a *Audit) before() *judged {
	a.judging.Do(func() {
		verdicts := judgeAll(a.facts, a.records)
		a.judged = &judged{
			found:    a.options.apply(a.options.allRules(), Pass{Facts: a.facts, Records: a.records, Verdicts: verdicts}),
			verdicts: verdicts, core: coreRules(verdicts),
		}
	})
	return a.judged
}

// judged is what was found, and the rules of the core family by what they are about.
type judged struct {
	found    []merged
	verdicts []*Verdict
	core     map[judgedPlace]string
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

type judgedPlace struct {
	environment string
	bundle      flow.BundleID
	revision    string
}

func coreRules(verdicts []*Verdict) map[judgedPlace]string {
	out := map[judgedPlace]string{}
	for _, v := range verdicts {
		out[judgedPlace{v.Environment.Name, v.Program.Bundle(), v.Program.Revision.Number}] = v.Rule
	}
	return out
}

func (a *Audit) state(found []merged) *State {
	return &State{
		Findings: withNumbers(found), Problems: slices.Concat(a.facts.Unread, a.facts.Simplified),
		Notices: slices.Concat(a.units.notices(), a.facts.Notices()), Inventory: a.facts.Inventory(), facts: a.facts,
	}
}

// Suppose is the [State] of the organization with other bundles in the place of some of its revisions, wherever those are deployed.
// Only what they can influence is read, walked and judged again; findings of other bundles have the words that they had. Calls on
// record say nothing about it, and are left out. It may be called from several goroutines. The error is that of a context that
// ended before.
func (a *Audit) Suppose(ctx context.Context, instead map[apigee.Revision]*bundle.Archive) (*State, error) {
	before := a.before()
	units := a.units.fork()
	for r, archive := range instead {
		units.read(r, archive)
	}
	units.renew(1, func(r apigee.Revision) (*bundle.Archive, error) {
		if archive := instead[r]; archive != nil {
			return archive, nil
		}
		return a.Archive(ctx, r)
	})
	units.noteCopies(a.inv.Copies)
	facts := a.facts.Again(ctx, units.byRevision, a.unread(units))
	supposed := &Audit{options: a.options, units: units, inv: a.inv, facts: facts, records: a.records.On(facts)}
	state := supposed.state(supposed.rejudge(before))
	return state, ctx.Err()
}

// rejudge is what was found before, with what is in scope judged again.
func (a *Audit) rejudge(before *judged) []merged {
	o, facts := a.options, a.facts
	verdicts := judgeAll(facts, a.records)
	if !facts.Partial() {
		return o.apply(o.allRules(), Pass{Facts: facts, Records: a.records, Verdicts: verdicts})
	}
	after := coreRules(verdicts)
	again := changed(before.core, after)
	revocations := facts.SameRevocations()
	var here, everywhere []*Rule
	for _, r := range o.allRules() {
		if r.Everywhere || r.ID == notRevocable && !revocations {
			everywhere = append(everywhere, r)
		} else {
			here = append(here, r)
		}
	}
	inScope := func(b flow.BundleID) bool { return facts.HasInScope(b) }
	renamed := o.renamed(before, after, func(b flow.BundleID) bool { return again[b] && !inScope(b) })
	rejudged := map[flow.BundleID]bool{}
	for _, v := range verdicts {
		if b := v.Program.Bundle(); inScope(b) || again[b] && renamed[b] == nil {
			rejudged[b] = true
		}
	}
	found := together(
		o.apply(here, Pass{Facts: facts, Records: a.records, Verdicts: verdicts, rejudged: rejudged}),
		o.apply(everywhere, Pass{Facts: facts.Whole(), Records: a.records, Verdicts: verdicts}),
	)
	kept := make([]merged, 0, len(before.found))
	for _, m := range before.found {
		switch {
		case again[m.bundle] && finding.InCoreFamily(m.RuleID) && renamed[m.bundle] != nil:
			found = append(found, *renamed[m.bundle])
		case inScope(m.bundle), again[m.bundle] && finding.InCoreFamily(m.RuleID), m.RuleID == finding.RefreshIdle:
		case slices.ContainsFunc(everywhere, func(r *Rule) bool { return r.ID == m.RuleID }):
		default:
			kept = append(kept, m)
		}
	}
	slices.SortStableFunc(found, func(a, b merged) int { return finding.Compare(*a.Finding, *b.Finding) })
	return together(kept, found)
}

// renamed are the findings of bundles out of scope that another rule of the core family makes at the same places, with the words that
// they had: one more proxy that refreshes can do that to every bundle that issues.
func (o Options) renamed(before *judged, after map[judgedPlace]string, wanted func(flow.BundleID) bool) map[flow.BundleID]*merged {
	was, is := rulesByBundle(before.core), rulesByBundle(after)
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
		if !finding.InCoreFamily(m.RuleID) || !wanted(m.bundle) || r == nil || a.rule == "" || a.places != b.places || a.rule == finding.RefreshUnreachable || b.rule == finding.RefreshUnreachable {
			continue
		}
		f := *m.Finding
		f.RuleID, f.RuleName, f.Severity = r.ID, r.Name, settings.SeverityOf(&r.Rule)
		f.Fingerprint = fingerprint(r, f)
		out[m.bundle] = &merged{&f, m.bundle}
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

// Asked reports whether the audit was asked for findings like this one: by its rule and by what the options leave out.
func (a *Audit) Asked(f *finding.Finding) bool {
	return slices.ContainsFunc(a.options.Rules, func(r *Rule) bool { return r.ID == f.RuleID }) && a.options.filter().Shows(f)
}

// Work is about how much [Audit.Suppose] has to do where a bundle is changed, in bytes of XML that are read.
func (a *Audit) Work(b apigee.Ref) int64 { return a.facts.Work(b) }

// Deployed are the environments where a revision is deployed; on disk once for each path at which it lies byte for byte the same.
func (a *Audit) Deployed(r apigee.Revision) []finding.Deployed {
	var out []finding.Deployed
	for _, e := range a.facts.Environments {
		if u := a.units.byRevision[r]; u != nil && e.Has(u) {
			out = append(out, u.DeployedIn(e)...)
		}
	}
	return out
}

// Revisions are the revisions of a bundle that are deployed in any of some environments and were read, the newest last.
func (a *Audit) Revisions(b apigee.Ref, root string, environments []string) []apigee.Revision {
	var out []apigee.Revision
	for _, d := range a.inv.Deployments {
		if d.Ref() == b && (root == "" || d.Root == root) && slices.Contains(environments, d.Environment) && a.units.byRevision[d.Revision] != nil && !slices.Contains(out, d.Revision) {
			out = append(out, d.Revision)
		}
	}
	slices.SortFunc(out, apigee.CompareRevisions)
	return out
}
