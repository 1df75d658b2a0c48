package rules_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

// What is supposed of an organization is what an audit of it says once it is so.
func TestSupposedIsAudited(t *testing.T) {
	read := func(g *audittest.Generated) *audit.Audit {
		a, err := audit.Read(t.Context(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	said := cmpopts.IgnoreUnexported(audit.State{})
	changed := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := audittest.Generate(r)
		if len(g.Deployed) == 0 {
			continue
		}
		before := read(g)
		was := before.State()
		for range 3 {
			rev := g.Deployed[r.IntN(len(g.Deployed))].Revision
			old := g.Does[rev]
			all := audittest.Behaviours()
			next := all[r.IntN(len(all))]
			if rev.Kind == apigee.KindSharedFlow {
				next = audittest.Behaviour{Name: "other", Files: audittest.SharedFlow("Renew", []string{
					audittest.Policy("Renew", "RefreshAccessToken", ""), audittest.Policy("Renew", "GenerateAccessToken", audittest.PasswordGrant),
					`<AssignMessage name="Renew"><AssignVariable><Name>request.formparam.grant_type</Name><Ref>flow.wanted</Ref></AssignVariable></AssignMessage>`,
				}[r.IntN(3)])}
			}
			g.Does[rev] = next
			archive, err := g.Bundle(context.Background(), rev)
			if err != nil {
				t.Fatal(err)
			}
			after := read(g)
			g.Does[rev] = old
			supposed, err := before.Suppose(t.Context(), map[apigee.Revision]*bundle.Archive{rev: archive})
			if err != nil {
				t.Fatal(err)
			}
			want := after.State()
			if diff := cmp.Diff(identities(want), identities(completed(supposed, was)), said); diff != "" {
				t.Fatalf("seed %d: %s as %s (-audited +supposed):\n%s", seed, rev, next.Name, diff)
			}
			if !cmp.Equal(identities(was).Findings, identities(want).Findings) {
				changed++
			}
			after.Close()
		}
		if diff := cmp.Diff(was, before.State(), said); diff != "" {
			t.Fatalf("seed %d: supposing changed what was read:\n%s", seed, diff)
		}
		before.Close()
	}
	if changed < 40 {
		t.Errorf("only %d changes made a difference; the generator no longer reaches that", changed)
	}
}

// completed is a state with the findings and the evidence that it leaves out because they are as they were before.
func completed(s, was *audit.State) *audit.State {
	if !s.Partial() {
		return s
	}
	out := *s
	out.Findings = slices.Clone(s.Findings)
	for i, f := range was.Findings {
		if s.Keeps(i) {
			out.Findings = append(out.Findings, f)
		}
	}
	slices.SortStableFunc(out.Findings, finding.Compare)
	out.Inventory = slices.Clone(was.Inventory)
	place := func(e finding.Evidence) []any { return []any{e.Environment, e.Kind, e.Name, e.Revision} }
	for _, is := range s.Inventory {
		i := slices.IndexFunc(out.Inventory, func(e finding.Evidence) bool { return slices.Equal(place(e), place(is)) })
		out.Inventory[i] = is
	}
	return &out
}

// identities is a state without the words of its findings: those of a bundle that a change makes no difference to are as they were,
// though they may name how many others refresh.
func identities(s *audit.State) *audit.State {
	out := *s
	out.Findings = nil
	for _, f := range s.Findings {
		out.Findings = append(out.Findings, finding.Finding{
			RuleID: f.RuleID, Severity: f.Severity, Kind: f.Kind, Name: f.Name, Policy: f.Policy, Place: f.Place, Anchor: f.Anchor,
			Deployments: f.Deployments, Fingerprint: f.Fingerprint, SharedFingerprint: f.SharedFingerprint,
		})
	}
	return &out
}
