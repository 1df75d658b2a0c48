package api

import (
	"context"
	"fmt"
	"io"
	"maps"
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

// triedAnswers are those of an organization in which every kind of call works.
func triedAnswers() map[string]string {
	return map[string]string{
		"":                                  `{"name":"acme","runtimeType":"CLOUD","environments":["prod","test"]}`,
		"/deployments":                      `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
		"/deployments?sharedFlows":          `{"deployments":[{"environment":"prod","apiProxy":"auth","revision":"1"}]}`,
		"/environments/test":                `{"name":"test"}`,
		"/envgroups":                        `{"environmentGroups":[{"name":"public"},{"name":"private"}]}`,
		"/envgroups/public/attachments":     `{"environmentGroupAttachments":[{"environment":"prod"}]}`,
		"/apiproducts":                      `{"apiProduct":[{"name":"mobile"}]}`,
		"/apps":                             `{"app":[{"appId":"1"}]}`,
		"/environments/prod/debugmask":      `{"name":"organizations/acme/environments/prod/debugmask"}`,
		"/environments/prod/stats/apiproxy": `{"environments":[{"name":"prod"}],"metaData":{}}`,
		"/environments/prod/flowhooks/PreProxyFlowHook": `{"flowHookPoint":"PreProxyFlowHook","sharedFlow":"auth"}`,
	}
}

// tried serves answers and bundles, tries all calls, and returns what was asked.
func tried(t *testing.T, p apigee.Platform, answers map[string]string, extra Extras) (trials Trials, asked []string) {
	t.Helper()
	bundle := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	handler := routes(answers)
	if p == apigee.PlatformEdge {
		handler = edgeRoutes(answers)
	}
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/v1/organizations"))
		mu.Unlock()
		if _, refused := answers[strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")]; r.URL.Query().Get("format") == "bundle" && !refused {
			w.Write(bundle)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o := Options{
		Organization: "acme", Endpoint: server.URL, Rate: 60_000_000, Tries: 1,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
	}
	return Try(t.Context(), p, o, extra), asked
}

// outcomes are the calls in words: name and what came of it.
func outcomes(trials Trials) []string {
	var all []string
	for _, c := range trials.Calls {
		switch {
		case c.Skipped != "":
			all = append(all, c.Name+": skipped")
		case c.Err != nil:
			all = append(all, c.Name+": failed")
		case c.Partly != nil:
			all = append(all, c.Name+": partly")
		default:
			all = append(all, c.Name+": ok")
		}
	}
	return all
}

func TestEveryCallIsTriedOnce(t *testing.T) {
	trials, asked := tried(t, apigee.PlatformX, triedAnswers(), Extras{Traffic: true, Reach: true, Apps: true, DebugMasks: true})
	for _, c := range trials.Calls {
		if c.Err != nil || c.Skipped != "" || c.Permission == "" || c.Role == "" {
			t.Errorf("%+v", c)
		}
	}
	want := []string{
		"GET /acme", "GET /acme/deployments", "GET /acme/deployments", "GET /acme/environments/test", "GET /acme/environments/prod/flowhooks/PreProxyFlowHook",
		"GET /acme/apis/login/revisions/3", "GET /acme/sharedflows/auth/revisions/1", "GET /acme/environments/prod/stats/apiproxy",
		"GET /acme/envgroups", "GET /acme/envgroups/public/attachments", "GET /acme/apiproducts", "GET /acme/apps", "GET /acme/environments/prod/debugmask",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +asked)\n%s", diff)
	}
	if !trials.Listed || trials.Deployments != 2 || trials.Lists != 3 {
		t.Errorf("%v %d %d", trials.Listed, trials.Deployments, trials.Lists)
	}
}

// TestPermissionsAreThoseOfTheCalls: whatever is tried takes a permission of the list, and is asked for under the same flag.
func TestPermissionsAreThoseOfTheCalls(t *testing.T) {
	flags := map[string]Extras{"": {}, "traffic": {Traffic: true}, "reach": {Reach: true}, "apps": {Reach: true, Apps: true}, "debug-masks": {DebugMasks: true}}
	for flag, extra := range flags {
		trials, _ := tried(t, apigee.PlatformX, triedAnswers(), extra)
		needed := map[string]bool{}
		for _, c := range trials.Calls {
			needed[c.Permission] = true
		}
		for _, p := range Permissions() {
			uncalled := p.Name == "apigee.environments.list" || p.Name == "apigee.deployments.get"
			if p.For == flag && !uncalled && !needed[p.Name] {
				t.Errorf("no call takes %s with %q", p.Name, flag)
			}
			delete(needed, p.Name)
		}
		for name := range needed {
			t.Errorf("%s is not in the list", name)
		}
	}
}

func TestTrialsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]string
		want   []string // the calls that are not ok
		says   string   // the error of the first of these
	}{
		"no organization": {map[string]string{"": "refuse 403"}, []string{
			"organization: failed", "proxy deployments: skipped", "shared flow deployments: skipped", "environment: skipped", "flow hook: skipped",
			"proxy bundle: skipped", "shared flow bundle: skipped",
		}, "apigee.organizations.get"},
		"credentials refused later": {map[string]string{"/deployments": "refuse 401"}, []string{
			"proxy deployments: failed", "shared flow deployments: skipped", "environment: skipped", "flow hook: skipped", "proxy bundle: skipped", "shared flow bundle: skipped",
		}, "401"},
		"no deployments listed": {map[string]string{"/deployments": "refuse 403"}, []string{"proxy deployments: failed", "proxy bundle: skipped"}, "apigee.deployments.list"},
		"one environment alone": {map[string]string{"/deployments": "refuse 403", "/environments/prod/deployments": `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`},
			[]string{"proxy deployments: partly"}, "apigee.deployments.list"},
		"no environment": {map[string]string{"/environments/test": "refuse 403"}, []string{"environment: failed"}, "apigee.environments.get"},
		"no hook":        {map[string]string{"/environments/prod/flowhooks/PreProxyFlowHook": "refuse 403"}, []string{"flow hook: failed"}, "apigee.flowhooks.getSharedFlow"},
		"no bundle":      {map[string]string{"/apis/login/revisions/3": "refuse 403"}, []string{"proxy bundle: failed"}, "in that Space"},
		"a bundle gone":  {map[string]string{"/apis/login/revisions/3": "refuse 404"}, []string{"proxy bundle: failed"}, "is in a Space that this account cannot see"},
		"no flow":        {map[string]string{"/sharedflows/auth/revisions/1": "refuse 403"}, []string{"shared flow bundle: failed"}, "apigee.sharedflowrevisions.get"},
		"an Edge": {map[string]string{"/deployments": `{"environment":[],"name":"acme"}`}, []string{
			"proxy deployments: failed", "shared flow deployments: skipped", "environment: skipped", "flow hook: skipped", "proxy bundle: skipped", "shared flow bundle: skipped",
		}, "--platform edge"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := triedAnswers()
			maps.Copy(answers, test.change)
			trials, _ := tried(t, apigee.PlatformX, answers, Extras{})
			got := slices.DeleteFunc(outcomes(trials), func(s string) bool { return strings.HasSuffix(s, ": ok") })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			i := slices.IndexFunc(trials.Calls, func(c Trial) bool { return c.Err != nil || c.Partly != nil })
			err := trials.Calls[i].Err
			if err == nil {
				err = trials.Calls[i].Partly
			}
			wantError(t, err, test.says)
			why, advice := Explain(err)
			if advice == "" || !strings.HasSuffix(err.Error(), why+"; "+advice) {
				t.Errorf("%q and %q are not the parts of %v", why, advice, err)
			}
		})
	}
}

// TestTrialsNeedOnlyWhatAnAuditNeeds: an environment is looked at where nothing is deployed in it.
func TestTrialsNeedOnlyWhatAnAuditNeeds(t *testing.T) {
	answers := triedAnswers()
	answers[""] = `{"name":"acme","runtimeType":"CLOUD","environments":["prod"]}`
	trials, _ := tried(t, apigee.PlatformX, answers, Extras{})
	for _, c := range trials.Calls {
		if c.Spare != (c.Name == "environment") {
			t.Errorf("%+v", c)
		}
	}
}

func TestTrialsOfAnEmptyOrganization(t *testing.T) {
	answers := triedAnswers()
	answers["/deployments"], answers["/deployments?sharedFlows"] = `{}`, `{}`
	trials, asked := tried(t, apigee.PlatformX, answers, Extras{Traffic: true, DebugMasks: true})
	if !trials.Listed || trials.Deployments != 0 || len(asked) != 4 {
		t.Errorf("%+v, asked %v", trials, asked)
	}
}

// TestEndlessListsAreTriedOnce: of a list that comes in pages, one is enough.
func TestEndlessListsAreTriedOnce(t *testing.T) {
	answers := triedAnswers()
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf(`{"name":"p%d"}`, i))
	}
	answers["/apiproducts"] = `{"apiProduct":[` + strings.Join(names, ",") + `]}`
	answers["/envgroups"] = `{"environmentGroups":[{"name":"public"}],"nextPageToken":"more"}`
	answers["/apps"] = `{"app":[{"appId":"1"}],"nextPageToken":"more"}`
	if _, asked := tried(t, apigee.PlatformX, answers, Extras{Reach: true, Apps: true}); len(asked) != 11 {
		t.Errorf("%d requests: %v", len(asked), asked)
	}
}

func TestEdgeTrials(t *testing.T) {
	answers := map[string]string{
		"/environments":                 `["prod","test"]`,
		"/deployments":                  `{"environment":[{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"}]}]}],"name":"acme"}`,
		"/sharedflows":                  `["auth","log"]`,
		"/sharedflows/auth/deployments": `{"environment":[{"name":"prod","revision":[{"name":"1","state":"deployed"}]}],"name":"auth","organization":"acme"}`,
		"/environments/prod/flowhooks/PreProxyFlowHook": `{"continueOnError":true}`,
		"/environments/prod/stats/apiproxy":             `{"environments":[{"name":"prod"}],"metaData":{}}`,
	}
	trials, asked := tried(t, apigee.PlatformEdge, answers, Extras{Traffic: true, DebugMasks: true})
	want := []string{"organization: ok", "proxy deployments: ok", "shared flows: ok", "shared flow deployments: ok", "flow hook: ok", "proxy bundle: ok", "shared flow bundle: ok", "analytics: ok", "debug mask: failed"}
	if diff := cmp.Diff(want, outcomes(trials)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(asked) != 8 || !trials.Listed || trials.Deployments != 2 {
		t.Errorf("%+v, asked %v", trials, asked)
	}

	answers["/deployments"] = `{"environment":[],"name":"acme"}`
	answers["/sharedflows/auth/deployments"] = `{"environment":[],"name":"auth"}`
	if trials, _ := tried(t, apigee.PlatformEdge, answers, Extras{}); trials.Listed {
		t.Error("where the other shared flow is deployed is not known")
	}
	answers["/deployments"] = "!403"
	answers["/environments/prod/deployments"] = `{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"}]}]}`
	if trials, _ := tried(t, apigee.PlatformEdge, answers, Extras{}); trials.Calls[1].Partly == nil {
		t.Errorf("%+v", trials.Calls[1])
	}
	answers["/deployments"] = `{"deployments":[]}`
	trials, _ = tried(t, apigee.PlatformEdge, answers, Extras{})
	wantError(t, trials.Calls[1].Err, "Apigee X", "--platform x")
}

func TestTrialsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := Options{Organization: "acme", Endpoint: "http://127.0.0.1:1", Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})}
	for _, p := range apigee.Platforms() {
		trials := Try(ctx, p, o, Extras{})
		if len(trials.Calls) == 0 || trials.Calls[0].Err == nil || trials.Calls[1].Skipped == "" {
			t.Errorf("%s: %+v", p, trials)
		}
	}
}

// TestRefusalsOfAnotherPlatform: what says no says by whom it is said.
func TestRefusalsOfAnotherPlatform(t *testing.T) {
	google := func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, "no") }
	edge := func(w http.ResponseWriter, _ *http.Request) { edgeRefuse(w, 403, "security.Forbidden", "no") }
	plain := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403); io.WriteString(w, "no") }
	gateway := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(403)
		io.WriteString(w, `{"code":"FORBIDDEN","message":"no","error":{"message":"no"}}`)
	}
	for name, handler := range map[string]http.HandlerFunc{"google": google, "edge": edge, "plain": plain, "gateway": gateway} {
		x, _ := newClient(t, handler)
		_, ofX := x.Organization(t.Context())
		_, ofEdge := newEdge(t, handler).Organization(t.Context())
		if _, advice := Explain(ofX); strings.Contains(advice, "is that of a management API of Apigee Edge") != (name == "edge") {
			t.Errorf("X, %s: %s", name, advice)
		}
		if _, advice := Explain(ofEdge); strings.Contains(advice, "is that of a management API of Apigee X") != (name == "google") {
			t.Errorf("Edge, %s: %s", name, advice)
		}
	}
}
