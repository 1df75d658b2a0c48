package rules_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
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
		passThrough(g, int(seed%5))
		var deciding []apigee.Revision
		if seed%2 == 0 {
			deciding = dependents(g, seed%4 == 0)
		}
		before := read(g)
		was := before.State()
		for range 3 {
			rev := g.Deployed[r.IntN(len(g.Deployed))].Revision
			if len(deciding) > 0 && r.IntN(2) == 0 {
				rev = deciding[r.IntN(len(deciding))]
			}
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

// passThrough has all requests pass a shared flow: with nothing that a finding can be about, with a log, or with a call; or none.
func passThrough(g *audittest.Generated, kind int) {
	policies := []string{
		`<AssignMessage name="P"><AssignVariable><Name>flow.passed</Name><Value>true</Value></AssignVariable></AssignMessage>`,
		`<MessageLogging name="P"><Syslog><Message>{request.formparam.refresh_token}</Message></Syslog></MessageLogging>`,
		`<FlowCallout name="P"><SharedFlowBundle>refresh-session</SharedFlowBundle></FlowCallout>`,
	}
	if kind >= len(policies) {
		return
	}
	rev := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "passed", Number: "1"}
	g.Does[rev] = audittest.Behaviour{Name: "passed", Files: audittest.SharedFlow("P", policies[kind])}
	for _, env := range g.Environments {
		g.Deployed = append(g.Deployed, apigee.Deployment{Environment: env, Revision: rev})
		g.Hooks = append(g.Hooks, apigee.FlowHook{Environment: env, Point: apigee.HookPoints()[0], SharedFlow: "passed"})
	}
}

// dependents adds proxies that issue, and of which others decide whether they refresh, or why not: another revision, where the tokens are
// those of a shared flow; one that calls the shared flow in which they hold a refresh policy; and if chains are wanted, one that they
// hand requests over to. It returns those others.
func dependents(g *audittest.Generated, chains bool) (deciding []apigee.Revision) {
	does := map[string]audittest.Behaviour{}
	for _, b := range audittest.Behaviours() {
		does[b.Name] = b
	}
	add := func(kind apigee.Kind, name, number string, files map[string]string) apigee.Revision {
		rev := apigee.Revision{Kind: kind, Name: name, Number: number}
		g.Does[rev] = audittest.Behaviour{Name: name, Files: files}
		for _, env := range g.Environments {
			g.Deployed = append(g.Deployed, apigee.Deployment{Environment: env, Revision: rev})
		}
		return rev
	}
	calling := func(b, shared string) map[string]string {
		files := map[string]string{}
		for name, text := range does[b].Files {
			files[name] = strings.NewReplacer("issue-session", shared, "refresh-session", shared).Replace(text)
		}
		return files
	}
	add(apigee.KindSharedFlow, "mint", "1", audittest.SharedFlow("Issue", audittest.Policy("Issue", "GenerateAccessToken", audittest.PasswordGrant)))
	add(apigee.KindProxy, "twins", "1", calling("calls-issuer", "mint"))
	deciding = append(deciding, add(apigee.KindProxy, "twins", "2", does["refresher"].Files))
	add(apigee.KindSharedFlow, "renew", "1", audittest.SharedFlow("Refresh", audittest.Policy("Refresh", "RefreshAccessToken", "")))
	holds := calling("issues-calls-refresh", "renew")
	holds["apiproxy/proxies/default.xml"] = does["lonely"].Files["apiproxy/proxies/default.xml"]
	add(apigee.KindProxy, "holds", "1", holds)
	deciding = append(deciding, add(apigee.KindProxy, "runs", "1", calling("issues-calls-refresh", "renew")))
	if !chains {
		return deciding
	}
	chained := maps.Clone(does["lonely"].Files)
	chained["apiproxy/proxies/default.xml"] = strings.Replace(chained["apiproxy/proxies/default.xml"], "</ProxyEndpoint>",
		`<RouteRule name="on"><TargetEndpoint>on</TargetEndpoint></RouteRule></ProxyEndpoint>`, 1)
	chained["apiproxy/targets/on.xml"] = `<TargetEndpoint name="on"><LocalTargetConnection><APIProxy>renewal</APIProxy></LocalTargetConnection></TargetEndpoint>`
	add(apigee.KindProxy, "chained", "1", chained)
	return append(deciding, add(apigee.KindProxy, "renewal", "1", does["refresher"].Files))
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
