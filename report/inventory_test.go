package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// generatedReport is a report about deployments that do anything at random.
func generatedReport(r *rand.Rand) *report.Document {
	lifetimes := []*finding.Lifetime{
		reporttest.Literal(reporttest.Week), reporttest.Literal(30 * 24 * 60 * 60 * 1000), {Kind: finding.LifetimeUnlimited}, {Kind: finding.LifetimeUnlimited, Endless: true},
		{Kind: finding.LifetimeDefault}, {Kind: finding.LifetimeDefault, Endless: true}, {Kind: finding.LifetimeVariable, Variable: "ttl"},
		{Kind: finding.LifetimeLiteral, Milliseconds: 1, Variable: "ttl"}, {Kind: finding.LifetimeInvalid, Value: "x"}, {Kind: finding.LifetimeKept},
	}
	life := func() *finding.Lifetime { return lifetimes[r.IntN(len(lifetimes))] }
	var deployments []finding.Evidence
	for i := range 1 + r.IntN(12) {
		for _, env := range []string{"dev", "prod", "prod-eu"} {
			var operations []finding.Operation
			for n := range r.IntN(4) {
				policy := fmt.Sprintf("P%d", n)
				switch r.IntN(5) {
				case 0:
					operations = append(operations, reporttest.Issues(policy, life(), [][]string{{"password"}, {"authorization_code"}, {"authorization_code", "password"}}[r.IntN(3)]...))
				case 1:
					operations = append(operations, reporttest.Refreshes(policy, life(), finding.Rotations()[r.IntN(2)]))
				case 2:
					operations = append(operations, reporttest.Revokes(policy, finding.Revocation{ByToken: true}))
				case 3:
					operations = append(operations, finding.Operation{Policy: policy, Type: "GetOAuthV2Info", Reads: true})
				default:
					o := reporttest.Issues(policy, life())
					o.Imports = true
					operations = append(operations, o)
				}
			}
			e := reporttest.Deployed(env, []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow}[r.IntN(2)], fmt.Sprintf("p%d", i), operations...)
			if r.IntN(10) == 0 {
				e.Operations = nil // in a report of an older version
			}
			deployments = append(deployments, e)
		}
	}
	return reporttest.Inventoried(apigee.PlatformX, deployments...)
}

func generatedFilter(r *rand.Rand) report.InventoryFilter {
	var x report.InventoryFilter
	for _, ask := range []**bool{&x.Issues, &x.Refreshes, &x.Imports, &x.Reads, &x.Revokes} {
		if r.IntN(3) == 0 {
			wanted := r.IntN(2) == 0
			*ask = &wanted
		}
	}
	if x.Issues != nil && r.IntN(2) == 0 {
		x.Grant = []string{"password", "authorization_code"}[r.IntN(2)]
	}
	if r.IntN(3) == 0 {
		x.RefreshLifetimeOver = []int64{1, reporttest.Week - 1, reporttest.Week, 365 * 24 * 60 * 60 * 1000}[r.IntN(4)]
	}
	if r.IntN(3) == 0 {
		x.Environments = []string{"prod*"}
	}
	if r.IntN(4) == 0 {
		x.Proxies = []string{"p[0-4]"}
	}
	return x
}

// asked answers a filter over the JSON of a report by other means than the program's: listed are the deployments, unknown those
// whose lifetime cannot be compared.
func asked(t *testing.T, data []byte, x report.InventoryFilter) (listed, unknown []string) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, entry := range doc["inventory"].([]any) {
		e := entry.(map[string]any)
		name := fmt.Sprintf("%v/%v/%v", e["environment"], e["kind"], e["name"])
		matches := func(globs []string, name any) bool {
			return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { ok, _ := path.Match(g, name.(string)); return ok })
		}
		issues := len(e["issues"].([]any)) > 0
		if x.Grant != "" {
			issues = slices.Contains(e["issues"].([]any), any(x.Grant))
		}
		keep := matches(x.Environments, e["environment"]) && matches(x.Proxies, e["name"])
		for _, of := range []struct {
			wanted *bool
			is     any
		}{{x.Issues, issues}, {x.Refreshes, e["refreshes"]}, {x.Imports, e["imports"]}, {x.Reads, e["reads"]}, {x.Revokes, e["revokes"]}} {
			keep = keep && (of.wanted == nil || any(*of.wanted) == of.is)
		}
		if !keep {
			continue
		}
		if x.RefreshLifetimeOver > 0 {
			over, open := false, false
			operations, told := e["operations"].([]any)
			if !told {
				open = len(e["issues"].([]any)) > 0 || e["imports"] == true || e["refreshes"] == true
			}
			for _, operation := range operations {
				l, _ := operation.(map[string]any)["refreshLifetime"].(map[string]any)
				ms, _ := l["milliseconds"].(float64)
				switch {
				case l == nil, l["kind"] == "kept":
				case l["variable"] != nil, l["kind"] == "invalid", l["kind"] == "default" && l["endless"] != true:
					open = true
				case l["kind"] == "unlimited", l["endless"] == true, int64(ms) > x.RefreshLifetimeOver:
					over = true
				}
			}
			if !over {
				if open {
					unknown = append(unknown, name)
				}
				continue
			}
		}
		listed = append(listed, name)
	}
	return listed, unknown
}

// TestInventoryAnswersEqualQueries: every filter lists what a query over the JSON of the report finds, and names apart what the JSON
// cannot answer.
func TestInventoryAnswersEqualQueries(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine does it all, of which the race detector learns nothing")
	}
	answered := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 16)) //nolint:gosec // a repeatable choice
		d := generatedReport(r)
		data := reporttest.JSON(t, d)
		stored, err := report.Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			x := generatedFilter(r)
			listed, unknown := asked(t, data, x)
			v := report.NewInventory(stored, x)
			var got, apart []string
			for _, e := range v.Deployments {
				got = append(got, fmt.Sprintf("%s/%s/%s", e.Environment, e.Kind, e.Name))
			}
			for _, n := range v.NotCompared {
				apart = append(apart, fmt.Sprintf("%s/%s/%s", n.Environment, n.Kind, n.Name))
			}
			if diff := cmp.Diff([][]string{listed, unknown}, [][]string{got, apart}); diff != "" {
				t.Fatalf("seed %d, %+v (-query +inventory):\n%s", seed, x, diff)
			}
			if v.Total != len(d.Inventory) {
				t.Errorf("%d deployments in total, of %d", v.Total, len(d.Inventory))
			}
			answered += len(listed)
		}
	}
	if answered < 1000 {
		t.Errorf("only %d answers: too little was asked", answered)
	}
}

// TestInventoryOfOlderReports: what an older version did not record is not "no".
func TestInventoryOfOlderReports(t *testing.T) {
	v := report.NewInventory(reporttest.Rich(), report.InventoryFilter{Organizations: []string{"acme"}})
	if v.Complete || len(v.Problems) == 0 {
		t.Error("what could not be looked at is gone")
	}
	for i := range v.Deployments {
		e := &v.Deployments[i]
		for what, got := range map[string]struct {
			words string
			of    bool
		}{
			"access lifetime": {e.AccessLifetime(), len(e.Grants) > 0 || e.Refreshes}, "refresh lifetime": {e.RefreshLifetime(), len(e.Grants) > 0 || e.Refreshes},
			"rotation": {e.Rotation(), e.Refreshes}, "client authentication": {e.ClientAuthentication(), e.Refreshes}, "revocable": {e.RevocableText(), len(e.Grants) > 0},
		} {
			if (got.words == "not recorded") != got.of {
				t.Errorf("%s: %s is %q", e.Name, what, got.words)
			}
		}
	}
}

// TestInventoryOfOneOrganization: what is missing in another does not make it incomplete.
func TestInventoryOfOneOrganization(t *testing.T) {
	for name, complete := range map[string]bool{"acme": false, "beta": true} {
		v := report.NewInventory(reporttest.Rich(), report.InventoryFilter{Organizations: []string{name}})
		if v.Complete != complete || len(v.Organizations) != 1 || len(v.Deployments) == 0 {
			t.Errorf("%s: complete %v, organizations %v, %d deployments", name, v.Complete, v.Organizations, len(v.Deployments))
		}
	}
}

// TestFindingsOutsideTheScopeAreNotNone: a report that was narrowed says nothing of the findings elsewhere.
func TestFindingsOutsideTheScopeAreNotNone(t *testing.T) {
	d := reporttest.Session()
	d.Scope = &report.Scope{Environments: []string{"prod"}}
	for _, e := range report.NewInventory(d, report.InventoryFilter{}).Deployments {
		if (e.Findings == nil) != (e.Environment == "test") {
			t.Errorf("%s in %s: findings %+v", e.Name, e.Environment, e.Findings)
		}
	}
}

func TestRevocable(t *testing.T) {
	issue := func(change func(*finding.Operation)) finding.Evidence {
		o := reporttest.Issues("Issue", reporttest.Literal(1), "password")
		change(&o)
		return reporttest.Deployed("prod", apigee.KindProxy, "login", o)
	}
	plain, jwt := issue(func(*finding.Operation) {}), issue(func(o *finding.Operation) { o.JWT = true })
	user := issue(func(o *finding.Operation) { o.AppEndUser = true })
	token := reporttest.Deployed("dev", apigee.KindProxy, "logout", reporttest.Revokes("Logout", finding.Revocation{ByToken: true}))
	app := reporttest.Deployed("dev", apigee.KindSharedFlow, "admin", reporttest.Revokes("App", finding.Revocation{ByApp: true}))
	owner := reporttest.Deployed("dev", apigee.KindProxy, "forget", reporttest.Revokes("User", finding.Revocation{ByEndUser: true}))
	old := token
	old.Operations = nil
	for name, tt := range map[string]struct {
		deployments []finding.Evidence
		want        string
	}{
		"nothing":             {[]finding.Evidence{plain}, "no"},
		"by token":            {[]finding.Evidence{plain, token, owner}, "by logout"},
		"JWT by token":        {[]finding.Evidence{jwt, token}, "no"},
		"JWT by app":          {[]finding.Evidence{jwt, token, app}, "by admin (shared flow)"},
		"by end user":         {[]finding.Evidence{user, owner}, "by forget"},
		"of an older version": {[]finding.Evidence{plain, old}, "not recorded"},
	} {
		for _, e := range report.NewInventory(reporttest.Inventoried(apigee.PlatformX, tt.deployments...), report.InventoryFilter{}).Deployments {
			if e.Name == "login" && e.RevocableText() != tt.want {
				t.Errorf("%s: %q, want %q", name, e.RevocableText(), tt.want)
			}
		}
	}
}
