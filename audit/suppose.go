package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// State is what an audit says of an organization before anything is left out: every finding of every rule, suppressed or not. What is
// supposed of an organization differs little from what was read, so that its state has the difference alone: see [State.Keeps].
type State struct {
	// Findings are sorted. Of what is supposed, they are those that were judged again, which may be as they were.
	Findings []finding.Finding
	Problems []apigee.Problem
	Notices  []apigee.Problem
	// Inventory has what may differ from what was there before [Audit.Suppose]; everything where Partial is false.
	Inventory []finding.Evidence
	facts     *flow.Facts
	without   map[int]bool // of the findings before; nil for all
}

// Partial reports whether the state leaves out evidence that is as it was before.
func (s *State) Partial() bool { return s.facts.Partial() }

// Keeps reports whether finding i of [Audit.State] is one of this state too, besides Findings: with the words and the fingerprint that
// it had.
func (s *State) Keeps(i int) bool { return s.without != nil && !s.without[i] }

// Without are the indexes of the findings of [Audit.State], which are so many, that the state does not keep; sorted.
func (s *State) Without(n int) []int {
	if s.without != nil {
		return slices.Sorted(maps.Keys(s.without))
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

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
	return a.state(withNumbers(a.before().found), nil, a.evidence())
}

// before is what was found in the organization as it was read, by all rules.
func (a *Audit) before() *judged {
	a.judging.Do(func() {
		verdicts := judgeAll(a.facts, a.records)
		a.judged = newJudged(a.options.apply(a.options.allRules(), Pass{Facts: a.facts, Records: a.records, Verdicts: verdicts}), verdicts, a.records)
	})
	return a.judged
}

func (a *Audit) state(findings []finding.Finding, without map[int]bool, inventory []finding.Evidence) *State {
	return &State{
		Findings: findings, Problems: slices.Concat(a.facts.Unread, a.facts.Simplified),
		Notices: slices.Concat(a.units.notices(), a.facts.Notices()), Inventory: inventory, facts: a.facts, without: without,
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
	findings, without := supposed.rejudge(before)
	return supposed.state(findings, without, facts.Inventory()), ctx.Err()
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
	for _, e := range a.facts.Environments {
		if !slices.Contains(environments, e.Name) {
			continue
		}
		for _, u := range e.Revisions(b) {
			if r := u.Revision; (root == "" || r.Root == root) && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, apigee.CompareRevisions)
	return out
}
