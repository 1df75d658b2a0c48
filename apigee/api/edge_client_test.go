package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"apigee-audit/apigee"
)

// newEdge is a client of organization acme on Edge at a server of our own, on a fake clock.
func newEdge(t *testing.T, handler http.Handler, change ...func(*Options)) *Edge {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o := Options{
		Organization: "acme", Endpoint: server.URL, Rate: 60_000_000,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
	}
	for _, f := range change {
		f(&o)
	}
	e, err := NewEdge(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	fake := newFakeClock()
	e.conn.calls.clock = fake.clock()
	e.conn.calls.breaker = newBreaker(fake.clock(), DefaultPatience)
	e.conn.calls.limiter = newLimiter(o.Rate, fake.clock())
	return e
}

// edgeRefuse answers like an Edge management server.
func edgeRefuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	text, _ := json.Marshal(map[string]any{"code": code, "message": message, "contexts": []string{}})
	w.Write(text)
}

// edgeRoutes answers paths below the organization; "!403" refuses, and what is not there does not exist.
func edgeRoutes(answers map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")]
		switch {
		case !ok:
			edgeRefuse(w, 404, "messaging.config.beans.DoesNotExist", "no such thing")
		case answer == "!403":
			edgeRefuse(w, 403, "security.Forbidden", "not for you")
		case answer == "!400":
			edgeRefuse(w, 400, "distribution.NotDeployed", "Application helper is not deployed")
		default:
			io.WriteString(w, answer)
		}
	})
}

func TestEdgeAudit(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	bundle := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	answers := edgeRoutes(map[string]string{
		"/environments": `["test","prod"]`,
		"/deployments": `{"name":"acme","environment":[
			{"name":"prod","aPIProxy":[{"name":"login","revision":[
				{"name":"3","state":"deployed","configuration":{"basePath":"/","steps":[]},"server":[]},
				{"name":"12","state":"deployed"},{"name":"2","state":"undeployed"},{"name":"4","state":"error"},{"name":5}]}]},
			{"name":"test","aPIProxy":[]}]}`,
		"/environments/prod/deployments": `{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"},
			{"name":"4","state":"error","server":[{"uUID":"a","status":"deployed","type":["message-processor"]},{"uUID":"b","status":"error","type":["message-processor"]}]}]}]}`,
		"/sharedflows":                                    `["auth","helper"]`,
		"/sharedflows/auth/deployments":                   `{"name":"auth","organization":"acme","environment":[{"name":"prod","revision":[{"name":"1","state":"deployed"}]}]}`,
		"/sharedflows/helper/deployments":                 "!400",
		"/environments/prod/flowhooks/PreProxyFlowHook":   `{"continueOnError":true,"sharedFlow":"auth"}`,
		"/environments/prod/flowhooks/PreTargetFlowHook":  `{"continueOnError":true}`,
		"/environments/prod/flowhooks/PostTargetFlowHook": `{"continueOnError":true}`,
		"/environments/prod/flowhooks/PostProxyFlowHook":  `{"continueOnError":true}`,
	})
	e := newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/v1/organizations/acme"))
		mu.Unlock()
		if r.URL.Query().Get("format") == "bundle" {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Write(bundle)
			return
		}
		if r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s: Accept %q: Edge would be free to answer in XML", r.URL, r.Header.Get("Accept"))
		}
		answers.ServeHTTP(w, r)
	}))

	o, err := e.Organization(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&apigee.Organization{Name: "acme", Platform: apigee.PlatformEdge, Environments: []string{"prod", "test"}}, o); d != "" {
		t.Error(d)
	}
	listing, err := e.Deployments(t.Context())
	deployments, problems := listing.Deployments, listing.Problems
	if err != nil {
		t.Fatal(err)
	}
	login := func(number string) apigee.Deployment {
		return apigee.Deployment{Environment: "prod", Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: number}}
	}
	auth := apigee.Deployment{Environment: "prod", Revision: apigee.Revision{Kind: apigee.KindSharedFlow, Name: "auth", Number: "1"}}
	failing := login("4")
	failing.Partly = `is in state "error" and may run on some servers only: of 2 message processors, 1 has it deployed, and not b (error)`
	if d := cmp.Diff([]apigee.Deployment{login("3"), failing, login("5"), login("12"), auth}, deployments); d != "" {
		t.Errorf("deployments (-want +got):\n%s", d)
	}
	if len(problems) != 0 {
		t.Errorf("problems %+v", problems)
	}
	if n := listing.Notices; len(n) != 1 || n[0].Revision != "2" || !strings.Contains(n[0].Error, "undeployed") {
		t.Errorf("notices %+v", n)
	}
	hooks, err := e.FlowHooks(t.Context(), "prod")
	if d := cmp.Diff([]apigee.FlowHook{{Environment: "prod", Point: apigee.PreProxyFlowHook, SharedFlow: "auth"}}, hooks); d != "" || err != nil {
		t.Error(d, err)
	}
	if a, err := e.Bundle(t.Context(), auth.Revision); err != nil || len(a.Files) != 1 {
		t.Error(a, err)
	}
	want := []string{
		"GET /deployments?includeServerStatus=false",
		"GET /environments",
		"GET /environments/prod/deployments?includeServerStatus=true",
		"GET /environments/prod/flowhooks/PostProxyFlowHook",
		"GET /environments/prod/flowhooks/PostTargetFlowHook",
		"GET /environments/prod/flowhooks/PreProxyFlowHook",
		"GET /environments/prod/flowhooks/PreTargetFlowHook",
		"GET /sharedflows",
		"GET /sharedflows/auth/deployments",
		"GET /sharedflows/auth/revisions/1?format=bundle",
		"GET /sharedflows/helper/deployments",
	}
	slices.Sort(asked)
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
}

func TestEdgeRolesBoundToEnvironments(t *testing.T) {
	answers := map[string]string{
		"/environments":                  `["prod","test"]`,
		"/deployments":                   "!403",
		"/environments/prod/deployments": "!403",
		"/environments/test/deployments": `{"name":"test","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"}]}]}`,
		"/sharedflows":                   "!403",
	}
	e := newEdge(t, edgeRoutes(answers))
	listing, err := e.Deployments(t.Context())
	deployments, problems := listing.Deployments, listing.Problems
	if err != nil || len(deployments) != 1 || len(problems) != 2 {
		t.Fatalf("%v, %+v, %v", deployments, problems, err)
	}
	if p := problems[0]; p.Environment != "prod" || !strings.Contains(p.Error, "readonlyadmin") || !strings.Contains(p.Error, "were not audited") {
		t.Errorf("%+v", p)
	}
	if p := problems[1]; p.Kind != apigee.KindSharedFlow || !strings.Contains(p.Error, `not for you (security.Forbidden)`) {
		t.Errorf("%+v", p)
	}

	answers["/environments/test/deployments"] = "!403"
	_, err = e.Deployments(t.Context())
	wantError(t, err, "list the proxy deployments of organization acme", "403", "readonlyadmin")
}

func TestEdgeNamesAreNotTrusted(t *testing.T) {
	e := newEdge(t, edgeRoutes(map[string]string{
		"/deployments": `{"name":"acme","environment":[{"name":"..","aPIProxy":[{"name":"a","revision":[{"name":"1","state":"deployed"}]}]},
			{"name":"prod","aPIProxy":[{"name":"../x","revision":[{"name":"1","state":"deployed"}]},{"name":"b","revision":[{"name":"1/..","state":"deployed"},{"name":{"a":1}},{}]}]}]}`,
		"/sharedflows": `["..","ok\u001b","gone"]`,
	}))
	listing, err := e.Deployments(t.Context())
	deployments, problems := listing.Deployments, listing.Problems
	if err != nil || len(deployments) > 0 {
		t.Fatalf("%v, %v", deployments, err)
	}
	if len(problems) != 8 {
		t.Errorf("%d problems: %+v", len(problems), problems)
	}
	for _, p := range problems {
		if strings.ContainsAny(p.Error+p.Name+p.Environment, "\x1b") || p.Name == ".." || p.Environment == ".." {
			t.Errorf("%+v", p)
		}
	}
}

func TestEdgeErrors(t *testing.T) {
	e := newEdge(t, edgeRoutes(nil))
	_, err := e.Organization(t.Context())
	wantError(t, err, "read organization acme", "404", "no such thing (messaging.config.beans.DoesNotExist)", "--org", "--endpoint")

	e = newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		edgeRefuse(w, 401, "", "bad "+r.Header.Get("Authorization"))
	}))
	_, err = e.Organization(t.Context())
	wantError(t, err, "401", "bad Bearer [token]", "APIGEE_AUDIT_USER", "--token-file", "machine user")

	e = newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<Environments/>") }))
	_, err = e.Organization(t.Context())
	wantError(t, err, "not JSON", "--endpoint")
}

func TestEdgeOptions(t *testing.T) {
	valid := Options{Organization: "acme", Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})}
	e, err := NewEdge(valid)
	if err != nil || e.conn.endpoint.String() != apigee.PlatformEdge.Traits().DefaultEndpoint {
		t.Error(e, err)
	}
	located := valid
	located.Location = "eu"
	_, err = NewEdge(located)
	wantError(t, err, "have no location")
	plain := valid
	plain.Endpoint = "http://management.example.com:8080"
	_, err = NewEdge(plain)
	wantError(t, err, "unencrypted", "ssh -L 8080:localhost:8080", "--endpoint http://localhost:8080")
	more := valid
	more.Endpoint = "https://management.example.com:8443/v1/o"
	_, err = NewEdge(more)
	wantError(t, err, "more than scheme and host", "such as https://management.example.com:8443")
	other := valid
	other.Endpoint = "https://management.example.com:8443/v1"
	if e, err := NewEdge(other); err != nil || e.conn.endpoint.String() != "https://management.example.com:8443" {
		t.Error(e, err)
	}
	_, err = NewEdge(Options{Organization: "acme"})
	wantError(t, err, "no credentials", "APIGEE_AUDIT_USER")
}

// TestEdgeForbiddenOrganization is how the server answers for an organization that does not exist.
func TestEdgeForbiddenOrganization(t *testing.T) {
	e := newEdge(t, edgeRoutes(map[string]string{"/environments": "!403"}))
	_, err := e.Organization(t.Context())
	wantError(t, err, "403", "readonlyadmin", "or there is no organization of that name, or the account does not belong to it: check --org")
}

// TestEdgeSpeaksOfNoSpaces is about bundles that are gone or refused: Spaces are Apigee X's.
func TestEdgeSpeaksOfNoSpaces(t *testing.T) {
	for answer, want := range map[string]string{"": "the revision was deleted since the deployments were listed, or is not visible to this account", "!403": "readonlyadmin"} {
		answers := map[string]string{}
		if answer != "" {
			answers["/apis/login/revisions/3"] = answer
		}
		_, err := newEdge(t, edgeRoutes(answers)).Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"})
		wantError(t, err, want)
		if strings.Contains(err.Error(), "Space") {
			t.Error(err)
		}
	}
}

// TestAServerWithoutFlowHooks has none attached, in environments in which it lists deployments.
func TestAServerWithoutFlowHooks(t *testing.T) {
	answers := map[string]string{
		"/deployments": `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"}]}]}]}`,
		"/sharedflows": `[]`,
	}
	e := newEdge(t, edgeRoutes(answers))
	if _, err := e.Deployments(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hooks, err := e.FlowHooks(t.Context(), "prod"); err != nil || len(hooks) > 0 {
		t.Error(hooks, err)
	}
	_, err := e.FlowHooks(t.Context(), "gone")
	wantError(t, err, "404", "environment gone no longer exists")
	answers["/environments/prod/flowhooks/PostProxyFlowHook"] = `{"continueOnError":true}`
	_, err = e.FlowHooks(t.Context(), "prod")
	wantError(t, err, "404")
}
