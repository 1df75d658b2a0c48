package cli

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/simulator/contract"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
	"apigee-audit/audit/rules"
	"apigee-audit/report"
)

// auditDemo audits one built-in organization over real HTTP, every request and answer held against the discovery document.
func auditDemo(t *testing.T, o *simulator.Organization, evidence records.Options, faults ...simulator.Fault) (*finding.Result, []simulator.Request) {
	t.Helper()
	server := simulator.New([]*simulator.Organization{o}, simulator.Options{Token: "t", Faults: faults})
	base, stop, err := simulator.Serve(t.Context(), "127.0.0.1:0", contract.Wrap(t, server))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	client, err := api.New(api.Options{
		Organization: o.Name, Endpoint: base, Rate: 1e6, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	res, err := audit.Run(t.Context(), client, audit.Options{
		Rules: rules.All(), Concurrency: 8, Evidence: evidence, EvidenceFrom: client,
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return res, server.Requests()
}

const thirtyDays = 30 * 24 * time.Hour

func everything() records.Options {
	return records.Options{Traffic: thirtyDays, Reach: true, Apps: true, DebugMasks: true}
}

func findingOf(t *testing.T, r *finding.Result, rule, name string) finding.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.RuleID == rule && f.Name == name {
			return f
		}
	}
	t.Fatalf("no %s on %s", rule, name)
	return finding.Finding{}
}

func TestDemoTellsItsTraffic(t *testing.T) {
	res, requests := auditDemo(t, simulator.Demo()[0], everything())
	for _, p := range res.Problems {
		t.Errorf("problem %+v", p)
	}
	basket := findingOf(t, res, "RT104", "basket-login")
	want := &finding.Traffic{
		From: time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		// (84 + 210 + 42,000 + 16,800) calls a day of four environments for 30 days, of which 1 + 4 + 840 + 336 failed.
		Calls: finding.Calls{Calls: 1772820, Successes: 1737390}, ProxyCalls: 1772820,
		// 57,913 a day for 7 days.
		StoredTokens: 405391,
		Note:         "1,772,820 calls in 30 days, 1,737,390 successful; at most 405,391 refresh tokens stored",
	}
	if diff := cmp.Diff(want, basket.Traffic); diff != "" {
		t.Error(diff)
	}
	if want := []string{"https://api.dev.harbor-foods.example/basket/auth/token", "https://api.harbor-foods.example/basket/auth/token", "https://api.test.harbor-foods.example/basket/auth/token"}; !slices.Equal(basket.URLs, want) {
		t.Errorf("URLs %q", basket.URLs)
	}
	if !slices.Equal(basket.Products, []string{"shop-app"}) || !slices.Equal(basket.Apps, []string{"harbor-android", "harbor-ios"}) {
		t.Errorf("products %q, apps %q", basket.Products, basket.Apps)
	}
	if f := findingOf(t, res, "RT107", "warehouse-login"); f.Traffic.Note != "not called in 30 days: unused, so it issues nothing now" || f.Traffic.Rank() >= 0 {
		t.Errorf("an unused proxy: %+v", f.Traffic)
	}
	idle := findingOf(t, res, "RT108", "web-session")
	if len(idle.Deployments) != 4 || idle.Confidence != finding.HighConfidence || idle.Traffic.Successes != 215130 {
		t.Errorf("idle flow: %+v", idle)
	}
	if f := findingOf(t, res, "RT404", "account-token"); len(f.Deployments) != 1 || f.Deployments[0].Environment != "test" {
		t.Errorf("masked in the other environments: %+v", f.Deployments)
	}
	for _, r := range requests {
		if strings.Contains(r.Path+r.Query, "access_token") || strings.Contains(r.Query, "includeCred=true") {
			t.Errorf("asked for a secret: %s?%s", r.Path, r.Query)
		}
	}
	if n := slices.IndexFunc(res.Findings, func(f finding.Finding) bool { return f.Severity < finding.High }); res.Findings[0].Name != "basket-login" ||
		!slices.IsSortedFunc(res.Findings[:n], func(a, b finding.Finding) int { return int(b.Traffic.Rank() - a.Traffic.Rank()) }) {
		t.Error("findings are not ranked by calls")
	}
}

func TestDemoCountsStoredTokens(t *testing.T) {
	res, _ := auditDemo(t, simulator.Demo()[1], records.Options{Traffic: thirtyDays})
	s := res.StoredTokens
	if s.UpperBound != 2439824 || s.NeverRefreshed != s.UpperBound || s.Unbounded || s.IssuedPerDay != 11169 || len(s.Assumptions) != 4 {
		t.Errorf("the organization: %+v", s)
	}
	if p := s.Proxies[0]; p.Name != "grower-portal" || p.UpperBound != 1445400 || len(p.Assumptions) != 1 || !strings.Contains(p.Assumptions[0], "730 days") {
		t.Errorf("without a lifetime: %+v", p)
	}
	if p := s.Proxies[1]; p.Name != "supplier-login" || p.Arithmetic != "152,880 calls in 30 days = 5,096 a day × 180 days = 917,280" || len(p.Assumptions) != 0 {
		t.Errorf("with a lifetime: %+v", p)
	}
}

// TestWindowsOfTheOrganization holds that windows longer than one query may span give the same pace.
func TestWindowsOfTheOrganization(t *testing.T) {
	for _, tt := range []struct {
		runtime string
		days    int
		queries int // for each question
	}{{"CLOUD", 92, 1}, {"CLOUD", 93, 2}, {"HYBRID", 14, 1}, {"HYBRID", 15, 2}} {
		o := simulator.Demo()[1]
		o.Records.Runtime = tt.runtime
		res, requests := auditDemo(t, o, records.Options{Traffic: time.Duration(tt.days) * 24 * time.Hour})
		stats := 0
		for _, r := range requests {
			if strings.Contains(r.Path, "/stats/") {
				stats++
			}
		}
		// Two environments: totals and paths in each; nothing refreshes, so no faults are asked for.
		if len(res.Problems) > 0 || stats != 2*2*tt.queries {
			t.Errorf("%s, %d days: %d queries, problems %v", tt.runtime, tt.days, stats, res.Problems)
		}
		f := findingOf(t, res, "RT104", "carrier-login")
		if f.Traffic.Calls.Calls != int64(1500*tt.days) || f.Traffic.StoredTokens != 10185 {
			t.Errorf("%s, %d days: %+v", tt.runtime, tt.days, f.Traffic)
		}
	}
}

// TestWithoutPermissionForAnalytics holds that an account which may read deployments and not analytics gets the same
// findings and one line that says what is missing.
func TestWithoutPermissionForAnalytics(t *testing.T) {
	forbid := func(pattern string) simulator.Fault {
		return simulator.Fault{Match: "*" + pattern + "*", Status: http.StatusForbidden}
	}
	plain, _ := auditDemo(t, simulator.Demo()[0], records.Options{})
	res, _ := auditDemo(t, simulator.Demo()[0], records.Options{Traffic: thirtyDays}, forbid("/stats/"))
	if diff := cmp.Diff(plain.Findings, res.Findings); diff != "" {
		t.Errorf("findings differ without analytics:\n%s", diff)
	}
	if len(res.Problems) != 1 || res.StoredTokens != nil {
		t.Fatalf("problems %+v", res.Problems)
	}
	p := res.Problems[0]
	for _, want := range []string{"403", "apigee.environments.getStats", "roles/apigee.analyticsViewer", "idle refresh flows"} {
		if !strings.Contains(p.Error, want) {
			t.Errorf("problem %q lacks %q", p.Error, want)
		}
	}
	if p.Environment != "dev, prod-eu, prod-us, sandbox, stores, test" || p.Operation != "read analytics" {
		t.Errorf("problem %+v", p)
	}
	if report.New(report.Tool{}, []*finding.Result{res}).Complete {
		t.Error("what was asked for and not read leaves the audit complete")
	}

	res, _ = auditDemo(t, simulator.Demo()[0], everything(), forbid("/debugmask"), forbid("/apiproducts"), forbid("/envgroups"))
	var operations []string
	for _, p := range res.Problems {
		operations = append(operations, p.Operation)
	}
	if diff := cmp.Diff([]string{"list the API products", "list the environment groups", "read the debug mask"}, slices.Sorted(slices.Values(operations))); diff != "" {
		t.Error(diff)
	}
	if f := findingOf(t, res, "RT104", "basket-login"); f.Traffic == nil || f.URLs != nil || f.Products != nil {
		t.Errorf("one missing record spoils another: %+v", f)
	}
}

// TestOneEnvironmentWithoutAnalytics leaves the others with their numbers, and findings in both without.
func TestOneEnvironmentWithoutAnalytics(t *testing.T) {
	res, _ := auditDemo(t, simulator.Demo()[0], records.Options{Traffic: thirtyDays},
		simulator.Fault{Match: "*/environments/dev/stats/*", Status: http.StatusForbidden})
	if len(res.Problems) != 1 || res.Problems[0].Environment != "dev" {
		t.Fatalf("problems %+v", res.Problems)
	}
	if f := findingOf(t, res, "RT104", "basket-login"); f.Traffic != nil {
		t.Error("a sum over environments is given although one is not known")
	}
	if f := findingOf(t, res, "RT104", "delivery-token"); f.Traffic == nil {
		t.Error("numbers of other environments are lost")
	}
}

var _ inventory.EvidenceSource = (*api.X)(nil)

// TestEvidenceThroughTheCache scans as people do, with the cache between: twice, so that bundles come from it.
func TestEvidenceThroughTheCache(t *testing.T) {
	org, scan, environ := simulate(t, simulator.Options{})
	for _, run := range []string{"cold", "warm"} {
		_, stdout, stderr := call(t.Context(), append(scan, "--org", org, "--traffic", "30d", "--reach", "--debug-masks", "-f", "json"), environ)
		if !strings.Contains(stdout, `"storedTokens"`) || !strings.Contains(stdout, `"RT404"`) || !strings.Contains(stdout, `"urls"`) {
			t.Errorf("%s: no runtime evidence in the report; stderr:\n%s", run, stderr)
		}
	}
}
