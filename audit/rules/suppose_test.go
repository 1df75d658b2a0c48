package rules_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

// What is supposed of an organization is what an audit of it says once it is so.
func TestSupposedIsAudited(t *testing.T) {
	read := func(g *generated) *audit.Audit {
		a, err := audit.Read(t.Context(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	changed := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := generate(r)
		if len(g.deployed) == 0 {
			continue
		}
		before := read(g)
		was := before.State()
		for range 3 {
			rev := g.deployed[r.IntN(len(g.deployed))].Revision
			old := g.does[rev]
			all := behaviours()
			next := all[r.IntN(len(all))]
			if rev.Kind == apigee.KindSharedFlow {
				next = behaviour{name: "other", files: sharedFlow("Renew", []string{
					policy("Renew", "RefreshAccessToken", ""), policy("Renew", "GenerateAccessToken", passwordGrant),
					`<AssignMessage name="Renew"><AssignVariable><Name>request.formparam.grant_type</Name><Ref>flow.wanted</Ref></AssignVariable></AssignMessage>`,
				}[r.IntN(3)])}
			}
			g.does[rev] = next
			archive, err := g.Bundle(context.Background(), rev)
			if err != nil {
				t.Fatal(err)
			}
			after := read(g)
			g.does[rev] = old
			supposed, err := before.Suppose(t.Context(), map[apigee.Revision]*bundle.Archive{rev: archive})
			if err != nil {
				t.Fatal(err)
			}
			want := after.State()
			if diff := cmp.Diff(want, supposed); diff != "" {
				t.Fatalf("seed %d: %s as %s (-audited +supposed):\n%s", seed, rev, next.name, diff)
			}
			if !cmp.Equal(was.Findings, want.Findings) {
				changed++
			}
			after.Close()
		}
		if diff := cmp.Diff(was, before.State()); diff != "" {
			t.Fatalf("seed %d: supposing changed what was read:\n%s", seed, diff)
		}
		before.Close()
	}
	if changed < 40 {
		t.Errorf("only %d changes made a difference; the generator no longer reaches that", changed)
	}
}
