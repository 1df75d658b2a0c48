package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/simulator/contract"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

// TestDemoVerdicts audits the built-in organizations over real HTTP, with every request and answer held against the
// discovery document, and compares with the truth that the simulator states of them.
func TestDemoVerdicts(t *testing.T) {
	orgs := simulator.Demo()
	server := simulator.New(orgs, simulator.Options{Token: "t"})
	base, stop, err := simulator.Serve(t.Context(), "127.0.0.1:0", contract.Wrap(t, server))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var want, got []string
	speaks, says := map[string]bool{}, map[string]string{}
	for _, v := range simulator.DemoVerdicts() {
		speaks[v.Rule], says[v.Rule+" "+v.Organization+" "+v.Name] = true, v.Says
		for _, env := range v.Environments {
			want = append(want, fmt.Sprintf("%s %s %s/%s %s", v.Organization, v.Rule, v.Kind, v.Name, env))
		}
	}
	budget := 0
	for _, org := range orgs {
		client, err := api.New(api.Options{
			Organization: org.Name, Endpoint: base, Rate: 1e6, Limits: bundle.DefaultLimits(),
			Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"}),
		})
		if err != nil {
			t.Fatal(err)
		}
		res, err := audit.Run(context.Background(), client, audit.Options{Rules: rules.All(), Concurrency: 8})
		client.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Problems) > 0 {
			t.Errorf("%s: problems %v", org.Name, res.Problems)
		}
		budget += 1 + 2 + 4*len(org.Environments) + res.Revisions
		for _, f := range res.Findings {
			for _, d := range f.Deployments {
				if speaks[f.RuleID] {
					got = append(got, fmt.Sprintf("%s %s %s/%s %s", f.Organization, f.RuleID, f.Kind, f.Name, d.Environment))
				}
			}
			if part := says[f.RuleID+" "+f.Organization+" "+f.Name]; !strings.Contains(f.Message, part) {
				t.Errorf("%s %s does not say %q: %s", f.RuleID, f.Name, part, f.Message)
			}
			if f.Path == nil && f.Related == nil {
				t.Errorf("%s %s has no proof", f.RuleID, f.Name)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	// One organization, two deployment lists, four hooks an environment, one download a revision; nothing else.
	if n := len(server.Requests()); n != budget {
		t.Errorf("%d requests, want %d", n, budget)
	}
	for _, r := range server.Requests() {
		if r.Method != "GET" || strings.Contains(r.Path, "//") {
			t.Errorf("request %s %s", r.Method, r.Path)
		}
	}
}
