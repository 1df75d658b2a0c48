package rules_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/records"
	"apigee-audit/audit/rules"
)

// TestEdgesAreWhatFindingsAreMadeFrom: the relations of an organization, its findings and its inventory say the same.
func TestEdgesAreWhatFindingsAreMadeFrom(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(150) {
		g := audittest.Generate(rand.New(rand.NewPCG(seed, 7)))
		res, err := audit.Run(context.Background(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		checkEdges(t, fmt.Sprint("seed ", seed), res, met)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o := audittest.Read(t, archive.Files)
		res, err := audit.Run(context.Background(), o, o.Options(rules.All()))
		if err != nil {
			t.Fatal(err)
		}
		checkEdges(t, file, res, met)
	}
	for _, r := range finding.Relations() {
		if met[string(r)] == 0 {
			t.Errorf("no organization has an edge %q", r)
		}
	}
	for _, what := range []string{"tie", "others", "chain", "elsewhere"} {
		if met[what] == 0 {
			t.Errorf("no edge has %q", what)
		}
	}
}

func checkEdges(t *testing.T, what string, res *finding.Result, met map[string]int) {
	t.Helper()
	said, drawn := relationFindings(res), map[string]bool{}
	does, held := inventoried(res), map[string]bool{}
	refreshing := map[string]bool{}
	named, others := map[string]int{}, map[string]int{}
	for i := range res.Edges {
		e := &res.Edges[i]
		chain := e.Relation == finding.RelationRefreshes && e.To.Kind == apigee.KindProxy && *e.To != e.From
		if e.Holder() != e.From || e.Relation.Runs() {
			if !chain {
				held[string(e.Relation)+" "+bundleIn(e.Holder(), e.Environment)] = true
			}
		}
		if e.RuleID != "" && e.Relation != finding.RelationIssues && e.Relation != finding.RelationImports {
			drawn[e.RuleID+" "+bundleIn(e.Holder(), e.Environment)] = true
		}
		if e.Relation == finding.RelationRefreshes {
			refreshing[bundleIn(e.From, e.Environment)] = true
		}
		key := string(e.Relation) + " " + bundleIn(e.From, e.Environment)
		if named[key]++; named[key] > records.MostNamed && (e.Relation == finding.RelationRefreshedBy || e.Relation == finding.RelationBarred) {
			t.Errorf("%s: %d candidates are named: %+v", what, named[key], e)
		}
		if e.Others > 0 {
			others[key]++
		}
		if others[key] > 1 || e.Others > 0 && named[key] < records.MostNamed {
			t.Errorf("%s: others are counted where not all are named, or twice: %+v", what, e)
		}
		note(met, e, chain)
	}
	if diff := cmp.Diff(said, drawn); diff != "" {
		t.Errorf("%s: (-findings +edges):\n%s", what, diff)
	}
	if diff := cmp.Diff(does, held); diff != "" {
		t.Errorf("%s: (-inventory +edges):\n%s", what, diff)
	}
	for _, e := range res.Edges {
		if issues := e.Relation == finding.RelationIssues || e.Relation == finding.RelationImports; issues && !res.Organization.Offline && (e.RuleID == "") != refreshing[bundleIn(e.From, e.Environment)] {
			t.Errorf("%s: the rule of an issuing proxy tells that it does not refresh, or the other way round: %+v", what, e)
		}
	}
	if !slices.IsSortedFunc(res.Edges, finding.CompareEdges) {
		t.Errorf("%s: the edges are not sorted", what)
	}
}

func note(met map[string]int, e *finding.Edge, chain bool) {
	met[string(e.Relation)]++
	for what, has := range map[string]bool{
		"tie": e.Tie != nil, "others": e.Others > 0, "chain": chain, "elsewhere": e.To != nil && e.To.Environment != "",
	} {
		if has {
			met[what]++
		}
	}
}

func bundleIn(n finding.Endpoint, environment string) string {
	return fmt.Sprintf("%s/%s %s %s", n.Kind, n.Name, n.Source, environment)
}

// relationFindings are the findings about relations, in each of their environments.
func relationFindings(res *finding.Result) map[string]bool {
	out := map[string]bool{}
	for _, f := range res.Findings {
		if !finding.InCoreFamily(f.RuleID) && f.RuleID != "RT102" && f.RuleID != "RT109" {
			continue
		}
		for _, at := range f.Deployments {
			n := finding.Endpoint{Kind: f.Kind, Name: f.Name}
			if res.Organization.Offline {
				n.Source = at.Source
			}
			out[f.RuleID+" "+bundleIn(n, at.Environment)] = true
		}
	}
	return out
}

// inventoried is what the inventory says that bundles do.
func inventoried(res *finding.Result) map[string]bool {
	out := map[string]bool{}
	for _, ev := range res.Inventory {
		n := finding.Endpoint{Kind: ev.Kind, Name: ev.Name}
		if res.Organization.Offline {
			n.Source = strings.Join(ev.Sources, "")
		}
		for relation, yes := range map[finding.Relation]bool{
			finding.RelationIssues: len(ev.Grants) > 0, finding.RelationImports: ev.Imports, finding.RelationRefreshes: ev.Refreshes,
			finding.RelationReads: ev.Reads, finding.RelationRevokes: ev.Revokes,
		} {
			if yes {
				out[string(relation)+" "+bundleIn(n, ev.Environment)] = true
			}
		}
	}
	return out
}

// TestEdgesNameWhatLiesBetween: a flow hook, shared flows on the way to the one that holds the policy, and proxies of a chain.
func TestEdgesNameWhatLiesBetween(t *testing.T) {
	attach := func(name string) string { return "<Step><Name>" + name + "</Name></Step>" }
	callout := func(name, to string) string {
		return "<FlowCallout name=\"" + name + "\"><SharedFlowBundle>" + to + "</SharedFlowBundle></FlowCallout>"
	}
	proxy := func(name, steps, target string) string {
		base := "-- prod/apis/" + name + "/1/apiproxy/"
		return base + "proxies/default.xml --\n<ProxyEndpoint name=\"default\"><PreFlow><Request>" + steps + "</Request></PreFlow><HTTPProxyConnection><BasePath>/" + name +
			"</BasePath></HTTPProxyConnection><RouteRule name=\"r\"><TargetEndpoint>t</TargetEndpoint></RouteRule></ProxyEndpoint>\n" +
			base + "targets/t.xml --\n<TargetEndpoint name=\"t\">" + target + "</TargetEndpoint>\n"
	}
	flow := func(name, step, policy string) string {
		base := "-- prod/sharedflows/" + name + "/1/sharedflowbundle/"
		return base + "sharedflows/default.xml --\n<SharedFlow name=\"default\">" + attach(step) + "</SharedFlow>\n" + base + "policies/P.xml --\n" + policy + "\n"
	}
	local := func(name string) string {
		return "<LocalTargetConnection><APIProxy>" + name + "</APIProxy><ProxyEndpoint>default</ProxyEndpoint></LocalTargetConnection>"
	}
	archive := txtar.Parse([]byte("-- organization --\nhook: prod PreProxyFlowHook watch\n" +
		proxy("login", attach("Call"), local("middle")) + "-- prod/apis/login/1/apiproxy/policies/Call.xml --\n" + callout("Call", "outer") + "\n" +
		proxy("middle", "", local("renew")) + proxy("renew", attach("Refresh"), "") + "-- prod/apis/renew/1/apiproxy/policies/Refresh.xml --\n" + audittest.Policy("Refresh", "RefreshAccessToken", "") + "\n" +
		flow("outer", "Next", callout("Next", "inner")) + flow("inner", "Issue", audittest.Policy("Issue", "GenerateAccessToken", audittest.PasswordGrant)) +
		flow("watch", "Look", callout("Look", "look")) + flow("look", "Info", `<GetOAuthV2Info name="Info"><RefreshToken ref="request.formparam.token"/></GetOAuthV2Info>`)))
	o := audittest.Read(t, archive.Files)
	res, err := audit.Run(context.Background(), o, o.Options(rules.All()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range res.Edges {
		s := e.From.Name + " " + string(e.Relation)
		if e.To != nil {
			s += " " + e.To.Name
		}
		for _, v := range e.Through {
			s += fmt.Sprintf(" through %s %s", v.Kind, v.Name)
		}
		got = append(got, s)
	}
	hook := " reads look through flowhook PreProxyFlowHook through sharedflows watch"
	want := []string{
		"login issues inner through sharedflows outer", "login refreshes renew through apis middle", "renew refreshes renew",
		"login" + hook, "middle" + hook, "renew" + hook,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
