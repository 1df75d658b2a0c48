package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/cache"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/simulator/contract"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// faultOrg is the built-in organization with the most of everything.
const faultOrg = "harbor-retail"

// audited runs the whole audit of an organization over HTTP through a client like the program's own, under faults. Waits
// between tries are cut to nothing much.
func audited(t *testing.T, faults []simulator.Fault, change ...func(*api.Options)) (*finding.Result, *simulator.Server, error) {
	t.Helper()
	server := simulator.New(simulator.Demo(), simulator.Options{Faults: faults})
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	ts := httptest.NewUnstartedServer(contract.Wrap(t, server))
	ts.Config.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if open[c] = true; state == http.StateClosed || state == http.StateHijacked {
			delete(open, c)
		}
	}
	ts.Config.ErrorLog = nil
	ts.Start()
	defer ts.Close()
	o := api.Options{
		Organization: faultOrg, Endpoint: ts.URL, Concurrency: 8, Rate: 60_000_000, Backoff: 1, Patience: 1,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "fault-suite-token"}),
	}
	for _, f := range change {
		f(&o)
	}
	client, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	scope := cache.Scope{Platform: apigee.PlatformX, Endpoint: ts.URL, Organization: faultOrg}
	src := cache.NewSource(client, client.Created, cache.Open(t.TempDir(), nil, cache.Limits{}), scope, bundle.DefaultLimits())
	result, err := audit.Run(t.Context(), src, audit.Options{Rules: rules.All(), Concurrency: workers(o.Concurrency)})
	src.Close()
	client.Close()
	settle(t, "connections are still open", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(open) == 0
	})
	return result, server, err
}

// settle waits for what takes its time to end, and fails with all stacks when it does not.
func settle(t *testing.T, complaint string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%s\n%s", complaint, stacks[:runtime.Stack(stacks, true)])
}

// leakFree checks at the end of a test that it left no goroutine behind.
func leakFree(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		settle(t, "goroutines are left behind", func() bool { return runtime.NumGoroutine() <= before })
	})
}

// findingsOf is what an audit found, as text to compare.
func findingsOf(t *testing.T, r *finding.Result) string {
	t.Helper()
	text, err := json.MarshalIndent(r.Findings, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// broken are the ways in which a request can fail.
func broken() map[string]simulator.Fault {
	return map[string]simulator.Fault{
		"500":               {Status: 500},
		"502 in HTML":       {Status: 502, Body: "<html><title>502 Bad Gateway</title></html>"},
		"503":               {Status: 503, RetryAfter: "0"},
		"503 until a date":  {Status: 503, RetryAfter: "Mon, 05 Jan 2026 08:00:00 GMT"},
		"504":               {Status: 504},
		"429":               {Status: 429},
		"429 with a number": {Status: 429, RetryAfter: "0"},
		"408":               {Status: 408},
		"truncated":         {Truncate: true},
		"reset":             {Reset: true},
		"a login page":      {Status: 200, Body: "<html>please log in</html>"},
	}
}

// TestAFifthOfAllRequestsFail: what passes by must leave no trace in the report.
func TestAFifthOfAllRequestsFail(t *testing.T) {
	leakFree(t)
	quiet, _, err := audited(t, nil)
	if err != nil || len(quiet.Problems) > 0 || len(quiet.Findings) == 0 {
		t.Fatalf("without faults: %v, %v", quiet, err)
	}
	want := findingsOf(t, quiet)
	for name, fault := range broken() {
		t.Run(name, func(t *testing.T) {
			fault.Match, fault.Share, fault.Seed = "*", 0.2, 2
			if name == "a login page" {
				fault.Match = "*/deployments*" // one in place of a bundle stands for itself: it is not tried again
			}
			got, server, err := audited(t, []simulator.Fault{fault})
			if err != nil {
				t.Fatal(err)
			}
			if len(server.Requests()) <= quiet.Revisions {
				t.Fatal("no request failed")
			}
			if len(got.Problems) > 0 {
				t.Fatalf("problems: %v", got.Problems)
			}
			if findings := findingsOf(t, got); findings != want {
				t.Errorf("other findings than without faults:\n%s", findings)
			}
		})
	}
	t.Run("slow", func(t *testing.T) {
		fault := simulator.Fault{Match: "*", Share: 0.05, Slow: 20 * time.Second, Seed: 3}
		got, _, err := audited(t, []simulator.Fault{fault}, func(o *api.Options) { o.RequestTimeout = 500 * time.Millisecond })
		if err != nil || len(got.Problems) > 0 || findingsOf(t, got) != want {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestLastingFailures: what cannot be read is named, and the result is not clean.
func TestLastingFailures(t *testing.T) {
	leakFree(t)
	const org = "/v1/organizations/" + faultOrg
	places := []struct {
		what, match string
		fatal       bool   // the organization cannot be looked at at all
		named       string // what its problem names
	}{
		{"the organization", org + "?alt=json*", true, "organization"},
		{"the proxy list", org + "/deployments?alt=json&prettyPrint=false", true, "deployments"},
		{"a flow hook", org + "/environments/test/flowhooks/PreProxyFlowHook*", false, "test"},
		{"all flow hooks", "*/flowhooks/*", false, "flow hook"},
		{"a bundle", "*/apis/store-login/revisions/*", false, "store-login"},
		{"a shared flow", "*/sharedflows/token-refresh/revisions/*", false, "token-refresh"},
		{"all bundles", "*?format=bundle", false, "store-login"},
	}
	faults := broken()
	for _, alike := range []string{"502 in HTML", "503 until a date", "504", "429 with a number"} {
		delete(faults, alike) // when it lasts, it is the same as another
	}
	for status, name := range map[int]string{400: "400", 401: "401", 403: "403", 404: "404"} {
		faults[name] = simulator.Fault{Status: status}
	}
	for _, place := range places {
		for name, fault := range faults {
			t.Run(place.what+" "+name, func(t *testing.T) {
				fault.Match = place.match
				got, server, err := audited(t, []simulator.Fault{fault})
				if fault.Status == 403 || fault.Status == 404 || fault.Status == 400 {
					checkAskedOnce(t, server, fault)
				}
				if place.what == "the proxy list" && name == "403" {
					if err != nil || len(got.Problems) > 0 { // each environment is asked instead, and answers
						t.Errorf("%v, %v", got, err)
					}
					return
				}
				if place.fatal {
					if err == nil || !strings.Contains(err.Error(), place.named) {
						t.Errorf("error %v does not name %s", err, place.named)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(got.Problems, func(p apigee.Problem) bool {
					return strings.Contains(fmt.Sprint(p), place.named) && p.Operation != "" && p.Error != ""
				}) {
					t.Errorf("no problem names %s: %v", place.named, got.Problems)
				}
				for _, p := range got.Problems {
					if strings.Contains(fmt.Sprint(p), "fault-suite-token") {
						t.Error("a problem holds the token")
					}
				}
			})
		}
	}
}

// checkAskedOnce: a no that will not change is not asked for again, except that the list of deployments explains a bundle
// that is not found.
func checkAskedOnce(t *testing.T, server *simulator.Server, fault simulator.Fault) {
	t.Helper()
	asked := map[string]int{}
	for _, r := range server.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		asked[r.Path+"?"+r.Query]++
	}
	for url, n := range asked {
		if n > 1 && !(fault.Status == 404 && strings.Contains(url, "/deployments?")) {
			t.Errorf("asked %d times for %s", n, url)
		}
	}
}

// TestInterruptedAuditsLeaveNothingBehind: an audit that ends half-way still judges what it has and says that it is not
// all, and its requests end with it.
func TestInterruptedAuditsLeaveNothingBehind(t *testing.T) {
	leakFree(t)
	server := simulator.New(simulator.Demo(), simulator.Options{Latency: 20 * time.Millisecond})
	ts := httptest.NewServer(server)
	defer ts.Close()
	client, err := api.New(api.Options{
		Organization: faultOrg, Endpoint: ts.URL, Concurrency: 4, Rate: 60_000_000,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "fault-suite-token"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	got, err := audit.Run(ctx, client, audit.Options{Rules: rules.All(), Concurrency: 4, Progress: func(done, _ int) {
		if done == 10 {
			interrupt()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	unread := 0
	for _, p := range got.Problems {
		unread += p.Count()
	}
	if got.Audited == 0 || got.Audited >= got.Revisions || unread < got.Revisions-got.Audited {
		t.Errorf("%d of %d read, %d things are problems", got.Audited, got.Revisions, unread)
	}
}
