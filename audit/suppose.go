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
	Findings  []finding.Finding
	Problems  []apigee.Problem
	Notices   []apigee.Problem
	Inventory []finding.Evidence
	facts     *flow.Facts
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
	same := map[*flow.Trace]bool{}
	for _, e := range since.facts.Environments {
		for _, w := range e.Traces {
			same[w] = true
		}
	}
	var out []Refusal
	for _, e := range s.facts.Environments {
		for _, w := range e.Traces {
			if same[w] {
				continue
			}
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
	}
	return out, nil
}

// Organization is what was audited.
func (a *Audit) Organization() apigee.Organization { return a.inv.Organization }

// State judges the organization as it was read.
func (a *Audit) State() *State {
	findings, _ := a.options.judge(a.facts, a.records, a.options.allRules())
	return &State{
		Findings: findings, Problems: slices.Concat(a.facts.Unread, a.facts.Simplified),
		Notices: slices.Concat(a.units.notices(), a.facts.Notices()), Inventory: a.facts.Inventory(), facts: a.facts,
	}
}

// Suppose is the [State] of the organization with other bundles in the place of some of its revisions, wherever those are deployed.
// Only what they can influence is read and walked again. Calls on record say nothing about it, and are left out. It may be
// called from several goroutines. The error is that of a context that ended before.
func (a *Audit) Suppose(ctx context.Context, instead map[apigee.Revision]*bundle.Archive) (*State, error) {
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
	state := supposed.State()
	return state, ctx.Err()
}

// Asked reports whether the audit was asked for findings like this one: by its rule and by what the options leave out.
func (a *Audit) Asked(f *finding.Finding) bool {
	return slices.ContainsFunc(a.options.Rules, func(r *Rule) bool { return r.ID == f.RuleID }) && a.options.filter().Shows(f)
}

// Deployed are the environments where a revision is deployed; on disk once for each path at which it lies byte for byte the same.
func (a *Audit) Deployed(r apigee.Revision) []finding.Deployed {
	var out []finding.Deployed
	for _, e := range a.facts.Environments {
		if u := a.units.byRevision[r]; u != nil && slices.Contains(e.Programs(), u) {
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
