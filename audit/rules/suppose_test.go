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
	all := audittest.Behaviours()
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
		changed += supposing(t, g, 3, func() (apigee.Revision, audittest.Behaviour) {
			rev := g.Deployed[r.IntN(len(g.Deployed))].Revision
			if len(deciding) > 0 && r.IntN(2) == 0 {
				rev = deciding[r.IntN(len(deciding))]
			}
			return rev, all[r.IntN(len(all))]
		}, r)
	}
	if changed < 40 {
		t.Errorf("only %d changes made a difference; the generator no longer reaches that", changed)
	}
}

// One more proxy that refreshes, or one that issues itself from now on, makes other findings of all that issue.
func TestSupposedRefreshers(t *testing.T) {
	does := behaviours()
	changed := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		g := audittest.Generate(r)
		few := [][]string{{"lonely"}, {"lonely", "import", "lonely", "refresher"}, {"lonely", "lonely", "complete", "refresher", "calls-issuer"}}[seed%3]
		for _, d := range g.Deployed {
			if d.Kind == apigee.KindProxy {
				g.Does[d.Revision] = does[few[r.IntN(len(few))]]
			}
		}
		var drifting []apigee.Revision
		if seed%2 == 0 && len(g.Environments) > 1 {
			drifting = drift(g)
		}
		if len(g.Deployed) == 0 {
			continue
		}
		next := []string{"lonely", "complete", "complete-by-step", "refresher", "plain", "import"}
		changed += supposing(t, g, 4, func() (apigee.Revision, audittest.Behaviour) {
			rev := g.Deployed[r.IntN(len(g.Deployed))].Revision
			if len(drifting) > 0 && r.IntN(3) == 0 {
				rev = drifting[r.IntN(len(drifting))]
			}
			return rev, does[next[r.IntN(len(next))]]
		}, r)
	}
	if changed < 100 {
		t.Errorf("only %d changes made a difference; the generator no longer reaches that", changed)
	}
}

// supposing holds some changes of an organization to what an audit of it says, and counts those that make a difference.
func supposing(t *testing.T, g *audittest.Generated, changes int, draw func() (apigee.Revision, audittest.Behaviour), r *rand.Rand) (changed int) {
	t.Helper()
	read := func() *audit.Audit {
		a, err := audit.Read(t.Context(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	said := cmpopts.IgnoreUnexported(audit.State{})
	before := read()
	defer before.Close()
	was := before.State()
	for range changes {
		rev, next := draw()
		old := g.Does[rev]
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
		after := read()
		g.Does[rev] = old
		supposed, err := before.Suppose(t.Context(), map[apigee.Revision]*bundle.Archive{rev: archive})
		if err != nil {
			t.Fatal(err)
		}
		want := after.State()
		if diff := cmp.Diff(identities(want), identities(completed(supposed, was)), said); diff != "" {
			t.Fatalf("%s, which is %s, as %s (-audited +supposed):\n%s", rev, old.Name, next.Name, diff)
		}
		if !cmp.Equal(identities(was).Findings, identities(want).Findings) {
			changed++
		}
		after.Close()
	}
	if diff := cmp.Diff(was, before.State(), said); diff != "" {
		t.Fatalf("supposing changed what was read:\n%s", diff)
	}
	return changed
}

// behaviours are those of generated proxies by name.
func behaviours() map[string]audittest.Behaviour {
	out := map[string]audittest.Behaviour{}
	for _, b := range audittest.Behaviours() {
		out[b.Name] = b
	}
	return out
}

// minting is a proxy that issues in the shared flow mint.
func minting() map[string]string {
	files := map[string]string{}
	for name, text := range behaviours()["calls-issuer"].Files {
		files[name] = strings.Replace(text, "issue-session", "mint", 1)
	}
	return files
}

// deploy adds a bundle to some environments.
func deploy(g *audittest.Generated, environments []string, kind apigee.Kind, name, number string, files map[string]string) apigee.Revision {
	rev := apigee.Revision{Kind: kind, Name: name, Number: number}
	g.Does[rev] = audittest.Behaviour{Name: name, Files: files}
	for _, env := range environments {
		g.Deployed = append(g.Deployed, apigee.Deployment{Environment: env, Revision: rev})
	}
	return rev
}

// mint is the shared flow in which [minting] proxies issue.
func mint(g *audittest.Generated) {
	deploy(g, g.Environments, apigee.KindSharedFlow, "mint", "1", audittest.SharedFlow("Issue", audittest.Policy("Issue", "GenerateAccessToken", audittest.PasswordGrant)))
}

// drift adds a proxy that issues, in a shared flow, in one environment only, and one that calls a shared flow which is not deployed there.
// It returns the revision of the one in the other environments, and the shared flow.
func drift(g *audittest.Generated) []apigee.Revision {
	mint(g)
	first, others := g.Environments[:1], g.Environments[1:]
	deploy(g, first, apigee.KindProxy, "drifting", "1", minting())
	deploy(g, first, apigee.KindProxy, "misses", "1", renewing())
	return []apigee.Revision{
		deploy(g, others, apigee.KindProxy, "drifting", "2", behaviours()["plain"].Files),
		deploy(g, others, apigee.KindSharedFlow, "renew", "1", audittest.SharedFlow("Refresh", audittest.Policy("Refresh", "RefreshAccessToken", ""))),
	}
}

// renewing is a proxy that issues, and refreshes in the shared flow renew.
func renewing() map[string]string {
	files := map[string]string{}
	for name, text := range behaviours()["issues-calls-refresh"].Files {
		files[name] = strings.Replace(text, "refresh-session", "renew", 1)
	}
	return files
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
	deploy(g, g.Environments, apigee.KindSharedFlow, "passed", "1", audittest.SharedFlow("P", policies[kind]))
	for _, env := range g.Environments {
		g.Hooks = append(g.Hooks, apigee.FlowHook{Environment: env, Point: apigee.HookPoints()[0], SharedFlow: "passed"})
	}
}

// dependents adds proxies that issue, and of which others decide whether they refresh, or why not: another revision, where the tokens are
// those of a shared flow; one that calls the shared flow in which they hold a refresh policy; and if chains are wanted, one that they
// hand requests over to. It returns those others.
func dependents(g *audittest.Generated, chains bool) (deciding []apigee.Revision) {
	does := behaviours()
	proxy := func(name, number string, files map[string]string) apigee.Revision {
		return deploy(g, g.Environments, apigee.KindProxy, name, number, files)
	}
	mint(g)
	deciding = append(deciding, proxy("twins", "1", minting()), proxy("twins", "2", does["refresher"].Files))
	deploy(g, g.Environments, apigee.KindSharedFlow, "renew", "1", audittest.SharedFlow("Refresh", audittest.Policy("Refresh", "RefreshAccessToken", "")))
	calls := renewing()
	holds := maps.Clone(calls)
	holds["apiproxy/proxies/default.xml"] = does["lonely"].Files["apiproxy/proxies/default.xml"]
	proxy("holds", "1", holds)
	deciding = append(deciding, proxy("runs", "1", calls))
	if !chains {
		return deciding
	}
	chained := maps.Clone(does["lonely"].Files)
	chained["apiproxy/proxies/default.xml"] = strings.Replace(chained["apiproxy/proxies/default.xml"], "</ProxyEndpoint>",
		`<RouteRule name="on"><TargetEndpoint>on</TargetEndpoint></RouteRule></ProxyEndpoint>`, 1)
	chained["apiproxy/targets/on.xml"] = `<TargetEndpoint name="on"><LocalTargetConnection><APIProxy>renewal</APIProxy></LocalTargetConnection></TargetEndpoint>`
	proxy("chained", "1", chained)
	return append(deciding, proxy("renewal", "1", does["refresher"].Files))
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
