package flow

import (
	"context"
	"slices"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// TestWalksInScope: every walk of every environment is among the walks that come out the same in several, and what rules ask of an
// environment about a walk has one answer in all of them.
func TestWalksInScope(t *testing.T) {
	const issue = `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`
	rd, units := NewReader(), map[apigee.Revision]*Program{}
	read := func(kind apigee.Kind, name string, files map[string]string) apigee.Revision {
		r := apigee.Revision{Kind: kind, Name: name, Number: "1"}
		a := &bundle.Archive{}
		for file, text := range files {
			a.Files = append(a.Files, bundle.File{Name: kind.Root() + "/" + file, Data: []byte(text)})
		}
		units[r] = rd.Read(bundle.Parse(r, a, bundle.DefaultLimits()), a)
		return r
	}
	proxy := func(name, condition, called string) apigee.Revision {
		return read(apigee.KindProxy, name, map[string]string{
			"proxies/default.xml": `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Call</Name></Step><Step><Name>Issue</Name>` + condition +
				`</Step></Request></PreFlow><HTTPProxyConnection><BasePath>/` + name + `</BasePath></HTTPProxyConnection></ProxyEndpoint>`,
			"policies/Issue.xml": issue,
			"policies/Call.xml":  `<FlowCallout name="Call"><SharedFlowBundle>` + called + `</SharedFlowBundle></FlowCallout>`,
		})
	}
	known := read(apigee.KindSharedFlow, "known", map[string]string{"sharedflows/default.xml": `<SharedFlow name="default"/>`})
	all := []apigee.Revision{
		proxy("alike", "", "known"), proxy("apart", `<Condition>environment.name = "a"</Condition>`, "known"), proxy("blind", "", "nowhere"), known,
	}
	var deployments []apigee.Deployment
	for _, e := range []string{"a", "b", "c"} {
		for _, r := range all {
			if r == known && e == "c" { // what calls it fails there
				continue
			}
			deployments = append(deployments, apigee.Deployment{Environment: e, Revision: r})
		}
	}
	hooks := []apigee.FlowHook{{Environment: "b", Point: apigee.PostProxyFlowHook, SharedFlow: "elsewhere"}}
	org := apigee.Organization{Name: "o", Environments: []string{"a", "b", "c"}}
	for _, hooked := range [][]apigee.FlowHook{nil, hooks} {
		f := Analyze(context.Background(), org, deployments, hooked, units, nil)
		type pair struct {
			e *Environment
			w *Trace
		}
		var want []pair
		for e, w := range f.TracesInScope() {
			want = append(want, pair{e, w})
		}
		shared := 0
		for in, w := range f.WalksInScope() {
			for _, e := range in {
				i := slices.Index(want, pair{e, w})
				if i < 0 {
					t.Fatalf("%s in %s is no walk, or comes twice", w.Program.Revision, e.Name)
				}
				want = slices.Delete(want, i, i+1)
				if got, first := e.UnknownCallees(w), in[0].UnknownCallees(w); !slices.Equal(got, first) {
					t.Errorf("%s: shared flows %v are unknown in %s, and %v in %s", w.Program.Revision, got, e.Name, first, in[0].Name)
				}
			}
			if len(in) > 1 {
				shared++
			}
		}
		if len(want) > 0 || shared == 0 {
			t.Errorf("%d walks are missing, and %d are the same in several environments", len(want), shared)
		}
	}
}
