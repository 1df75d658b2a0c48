package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// asked is one call of a client, with what its answer must be.
type asked struct {
	name string
	path string // of the request, below the organization, with "?sharedFlows" for such a list
	good string // JSON, or a bundle
	// wants is what every error or problem of it names.
	wants string
	// empties are answers that say rightly that there is nothing.
	empties []string
	// others are answers that are well made and do not answer the question, or not all of it.
	others map[string]string
	do     func(context.Context, inventory.Source) (found int, problems []apigee.Problem, err error)
}

const aBundle = "PK" // stands for a zip in the tables

var anIssuer = apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}

func deployments(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
	listing, err := s.Deployments(ctx)
	found, problems := listing.Deployments, listing.Problems
	return len(found), problems, err
}

func hooks(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
	found, err := s.FlowHooks(ctx, "prod")
	return len(found), nil, err
}

func organization(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
	o, err := s.Organization(ctx)
	if err != nil {
		return 0, nil, err
	}
	return len(o.Environments), nil, nil
}

func bundleOf(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
	a, err := s.Bundle(ctx, anIssuer)
	if err != nil {
		return 0, nil, err
	}
	return len(a.Files), nil, nil
}

func traffic(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
	found, err := s.(inventory.EvidenceSource).Traffic(ctx, apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
	if err != nil {
		return 0, nil, err
	}
	return len(found.Rows), nil, nil
}

// evidence counts what one of the further calls of X found.
func evidence[T any](call func(context.Context, *X) ([]T, error)) func(context.Context, inventory.Source) (int, []apigee.Problem, error) {
	return func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
		found, err := call(ctx, s.(*X))
		return len(found), nil, err
	}
}

const (
	aRow      = `{"name":"login","metrics":[{"name":"sum(message_count)","values":["2.0"]}]}`
	goodStats = `{"environments":[{"name":"prod","dimensions":[` + aRow + `]}],"metaData":{"notices":[]}}`
)

var statsOthers = map[string]string{
	"another environment's":    strings.ReplaceAll(goodStats, "prod", "test"),
	"with an error":            `{"metaData":{"errors":["no"]}}`,
	"a row that is null":       `{"environments":[{"name":"prod","dimensions":[null]}]}`,
	"an environment without a": `{"environments":[{}]}`,
}

// xCalls is every call that is sent to Apigee X.
func xCalls() []asked {
	entry := func(environment, name, revision string) string {
		return fmt.Sprintf(`{"environment":%q,"apiProxy":%q,"revision":%q}`, environment, name, revision)
	}
	badEntries := map[string]string{
		"an entry without a name":        `{"deployments":[` + entry("prod", "login", "3") + `,{"environment":"prod","revision":"3"}]}`,
		"an entry without a revision":    `{"deployments":[` + entry("prod", "login", "3") + `,{"environment":"prod","apiProxy":"b"}]}`,
		"an entry without environment":   `{"deployments":[` + entry("prod", "login", "3") + `,{"apiProxy":"b","revision":"1"}]}`,
		"an entry that is null":          `{"deployments":[null]}`,
		"an entry that is empty":         `{"deployments":[{}]}`,
		"an entry of another kind":       `{"deployments":["login"]}`,
		"a list that is null":            `{"deployments":null}`,
		"a list that is an object":       `{"deployments":{"a":1}}`,
		"of an unknown environment":      `{"deployments":[` + entry("elsewhere", "login", "3") + `]}`,
		"a revision that is no number":   `{"deployments":[` + entry("prod", "login", "latest") + `]}`,
		"a number in place of a name":    `{"deployments":[{"environment":"prod","apiProxy":7,"revision":"1"}]}`,
		"a list and an error beneath it": `{"deployments":[` + entry("prod", "login", "3") + `],"error":{"message":"and so on"}}`,
	}
	inEnvironment := map[string]string{"of another environment": `{"deployments":[` + entry("test", "login", "3") + `]}`}
	for name, answer := range badEntries {
		if name != "of an unknown environment" {
			inEnvironment[name] = answer
		}
	}
	return []asked{
		{
			name: "organization", path: "", wants: "read organization acme", do: organization,
			good: `{"name":"acme","environments":["prod","test"],"runtimeType":"CLOUD"}`,
			others: map[string]string{
				"empty": `{}`, "another's": `{"name":"evil","environments":["prod"]}`, "without a name": `{"environments":["prod"]}`,
				"environments null": `{"name":"acme","environments":null}`, "an environment that is a number": `{"name":"acme","environments":[7]}`,
			},
			empties: []string{`{"name":"acme"}`, `{"name":"acme","environments":[]}`, `{"name":"organizations/acme","new":{"a":[1]}}`},
		},
		{
			name: "list of proxies", path: "/deployments", wants: "list the proxy deployments of organization acme", do: deployments,
			good: `{"deployments":[` + entry("prod", "login", "3") + `]}`, others: badEntries,
			empties: []string{`{}`, `{"deployments":[]}`},
		},
		{
			name: "list of shared flows", path: "/deployments?sharedFlows", wants: "list the shared flow deployments of organization acme", do: deployments,
			good: `{"deployments":[` + entry("prod", "auth", "1") + `]}`, others: badEntries,
			empties: []string{`{}`, `{"deployments":[]}`},
		},
		{
			name: "list of one environment", path: "/environments/prod/deployments", wants: "list the proxy deployments of environment prod",
			good: `{"deployments":[` + entry("prod", "login", "3") + `]}`, others: inEnvironment, empties: []string{`{}`},
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				l := s.(*X).list(ctx, apigee.KindProxy, "prod")
				return len(l.found), l.problems, l.err
			},
		},
		{
			name: "flow hook", path: "/environments/prod/flowhooks/PreTargetFlowHook", do: hooks,
			wants: "read flow hook PreTargetFlowHook of environment prod",
			good:  `{"flowHookPoint":"PreTargetFlowHook","sharedFlow":"auth","continueOnError":true}`,
			others: map[string]string{
				"empty": `{}`, "without its point": `{"sharedFlow":"auth","continueOnError":true}`, "of another point": `{"flowHookPoint":"PostProxyFlowHook"}`,
				"nulls": `{"flowHookPoint":null,"sharedFlow":null}`, "a number for a flow": `{"flowHookPoint":"PreTargetFlowHook","sharedFlow":7}`,
				"a flow that is no name": `{"flowHookPoint":"PreTargetFlowHook","sharedFlow":"../x"}`,
			},
			empties: []string{`{"flowHookPoint":"PreTargetFlowHook"}`, `{"continueOnError":true,"flowHookPoint":"PreTargetFlowHook"}`},
		},
		{
			name: "environment", path: "/environments/test", wants: "environment test",
			good: `{"name":"test","deploymentType":"ARCHIVE"}`,
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				text := s.(*X).archive(ctx, "test")
				if strings.HasPrefix(text, "environment test deploys archives") {
					return 1, nil, nil
				}
				if text != "" {
					return 0, []apigee.Problem{{Environment: "test", Operation: "read environment test", Error: text}}, nil
				}
				return 0, nil, nil
			},
			others:  map[string]string{"empty": `{}`, "another's": `{"name":"prod"}`, "without a name": `{"deploymentType":"PROXY"}`},
			empties: []string{`{"name":"test"}`, `{"name":"test","deploymentType":"PROXY"}`},
		},
		{
			name: "bundle", path: "/apis/login/revisions/3", wants: "download proxy login revision 3", do: bundleOf, good: aBundle,
			others: map[string]string{
				"empty": `{}`, "base64 of no zip": `{"contentType":"application/zip","data":"bm8gemlw"}`, "no base64": `{"data":"%"}`, "data null": `{"data":null}`,
			},
		},
		{
			name: "names with times", path: "/apis", wants: "list the proxy names of organization acme",
			good: `{"proxies":[{"name":"login","metaData":{"createdAt":"1700000000000"}}]}`,
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				found, err := s.(*X).Created(ctx, apigee.KindProxy)
				return len(found), nil, err
			},
			others:  map[string]string{"of shared flows": `{"sharedFlows":[{"name":"a"}]}`, "null": `{"proxies":null}`},
			empties: []string{`{}`, `{"proxies":[]}`},
		},
		{
			name: "environment groups", path: "/envgroups", wants: "list the environment groups",
			good: `{"environmentGroups":[{"name":"g","hostnames":["a.example"]}]}`,
			do: evidence(func(ctx context.Context, c *X) ([]apigee.EnvironmentGroup, error) {
				return c.EnvironmentGroups(ctx)
			}),
			others:  map[string]string{"null in the list": `{"environmentGroups":[null]}`, "without a name": `{"environmentGroups":[{"hostnames":["a"]}]}`},
			empties: []string{`{}`},
		},
		{
			name: "attachments", path: "/envgroups/g/attachments", wants: "list the environments of group g",
			good:    `{"environmentGroupAttachments":[{"environment":"prod"}]}`,
			do:      evidence(func(ctx context.Context, c *X) ([]string, error) { return c.attachments(ctx, "g", nil) }),
			others:  map[string]string{"null in the list": `{"environmentGroupAttachments":[null]}`, "without environment": `{"environmentGroupAttachments":[{"name":"x"}]}`},
			empties: []string{`{}`, `{"nextPageToken":""}`},
		},
		{
			name: "products", path: "/apiproducts", wants: "list the API products", good: `{"apiProduct":[{"name":"p","proxies":["login"]}]}`,
			do:      evidence(func(ctx context.Context, c *X) ([]apigee.Product, error) { return c.Products(ctx) }),
			others:  map[string]string{"null in the list": `{"apiProduct":[null]}`, "without a name": `{"apiProduct":[{"proxies":["login"]}]}`},
			empties: []string{`{}`},
		},
		{
			name: "apps", path: "/apps", wants: "list the apps of API product", good: `{"app":[{"appId":"1","name":"shop"}]}`,
			do:      evidence(func(ctx context.Context, c *X) ([]apigee.App, error) { return c.Apps(ctx, "p") }),
			others:  map[string]string{"null in the list": `{"app":[null]}`, "the same page for ever": `{"app":[],"nextPageToken":"x"}`},
			empties: []string{`{}`},
		},
		{
			name: "debug mask", path: "/environments/prod/debugmask", wants: "read the debug mask",
			good: `{"name":"organizations/acme/environments/prod/debugmask","variables":["a"]}`,
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				m, err := s.(*X).DebugMask(ctx, "prod")
				if err != nil {
					return 0, nil, err
				}
				return len(m.Variables), nil, nil
			},
			others: map[string]string{
				"empty": `{}`, "another environment's": `{"name":"organizations/acme/environments/test/debugmask"}`, "without a name": `{"variables":["a"]}`,
				"of something else": `{"name":"organizations/acme/environments/prod"}`,
			},
			empties: []string{`{"name":"organizations/acme/environments/prod/debugmask"}`},
		},
		{
			name: "analytics", path: "/environments/prod/stats/apiproxy", wants: "read analytics", do: traffic, good: goodStats, others: statsOthers,
			empties: []string{`{"environments":[{"name":"prod"}]}`, `{"environments":[],"metaData":{}}`, `{"metaData":{"notices":["none"]}}`},
		},
		{
			name: "project mapping", path: ":getProjectMapping", wants: "read the project mapping of organization acme",
			good: `{"organization":"acme","location":"eu"}`,
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				location, err := s.(*X).mappedLocation(ctx)
				return len(location) / 2, nil, err
			},
			others:  map[string]string{"empty": `{}`, "another's": `{"organization":"evil","location":"us"}`},
			empties: []string{`{"organization":"acme"}`},
		},
		{
			name: "organizations", path: "/", wants: "list the organizations", good: `{"organizations":[{"organization":"acme","location":"global"}]}`,
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				c := s.(*X)
				found, err := listed(ctx, c.conn)
				return len(found), nil, err
			},
			others:  map[string]string{"null": `{"organizations":null}`},
			empties: []string{`{}`, `{"organizations":[]}`},
		},
	}
}

// edgeCalls is every call that is sent to Apigee Edge.
func edgeCalls() []asked {
	const login = `{"name":"login","revision":[{"name":"3","state":"deployed"}]}`
	whole := func(environment string) string { return `{"name":"acme","environment":[` + environment + `]}` }
	badEntries := func(whole func(environments string) string) map[string]string {
		return map[string]string{
			"a proxy without a name":     whole(`{"name":"prod","aPIProxy":[` + login + `,{"revision":[{"name":"3"}]}]}`),
			"a proxy without a revision": whole(`{"name":"prod","aPIProxy":[` + login + `,{"name":"b"}]}`),
			"a proxy with none":          whole(`{"name":"prod","aPIProxy":[{"name":"b","revision":[]}]}`),
			"revisions null":             whole(`{"name":"prod","aPIProxy":[{"name":"b","revision":null}]}`),
			"a revision without a name":  whole(`{"name":"prod","aPIProxy":[{"name":"b","revision":[{"state":"deployed"}]}]}`),
			"a revision that is null":    whole(`{"name":"prod","aPIProxy":[{"name":"b","revision":[null]}]}`),
			"a proxy that is null":       whole(`{"name":"prod","aPIProxy":[null]}`),
			"a proxy that is a name":     whole(`{"name":"prod","aPIProxy":["login"]}`),
			"proxies null":               whole(`{"name":"prod","aPIProxy":null}`),
		}
	}
	others := badEntries(whole)
	for name, answer := range map[string]string{
		"empty": `{}`, "another organization's": `{"name":"evil","environment":[]}`, "without a name": `{"environment":[]}`, "without a list": `{"name":"acme"}`,
		"a list that is null": `{"name":"acme","environment":null}`, "an environment that is null": whole(`null`), "an environment without a name": whole(`{"aPIProxy":[` + login + `]}`),
		"an unknown environment": whole(`{"name":"elsewhere","aPIProxy":[` + login + `]}`),
	} {
		others[name] = answer
	}
	inEnvironment := badEntries(func(environment string) string { return environment })
	for name, answer := range map[string]string{
		"empty": `{}`, "of another environment": `{"name":"test","aPIProxy":[]}`, "without a name": `{"aPIProxy":[` + login + `]}`,
		"of another organization": `{"name":"prod","organization":"evil","aPIProxy":[]}`,
	} {
		inEnvironment[name] = answer
	}
	names := map[string]string{"with null": `[null]`, "with a blank": `[""]`, "with a number": `[7]`, "with an object": `[{"name":"prod"}]`}
	return []asked{
		{name: "environments", path: "/environments", wants: "read organization acme", do: organization, good: `["prod","test"]`, others: names, empties: []string{`[]`}},
		{
			name: "list of proxies", path: "/deployments", wants: "list the proxy deployments of organization acme", do: deployments,
			good: whole(`{"name":"prod","aPIProxy":[` + login + `]}`), others: others,
			empties: []string{whole(``), whole(`{"name":"prod","aPIProxy":[]}`), whole(`{"name":"prod"}`)},
		},
		{
			name: "list of one environment", path: "/environments/prod/deployments", wants: "list the proxy deployments of environment prod",
			good: `{"aPIProxy":[` + login + `],"name":"prod","organization":"acme"}`, others: inEnvironment,
			empties: []string{`{"aPIProxy":[],"name":"prod"}`, `{"name":"prod","organization":"acme"}`},
			do: func(ctx context.Context, s inventory.Source) (int, []apigee.Problem, error) {
				e := s.(*Edge)
				list := &edgeList{organization: "acme"}
				err := e.listEnvironments(ctx, list, errors.New("list the proxy deployments of environment prod"))
				return len(list.found), append(list.problems, list.bad.all("acme")...), err
			},
		},
		{
			name: "shared flows", path: "/sharedflows", wants: "list the shared flows of organization acme", do: deployments,
			good: `["auth"]`, others: names, empties: []string{`[]`},
		},
		{
			name: "list of one shared flow", path: "/sharedflows/auth/deployments", wants: "list the deployments of shared flow auth", do: deployments,
			good: `{"environment":[{"name":"prod","revision":[{"name":"1","state":"deployed"}]}],"name":"auth","organization":"acme"}`,
			others: map[string]string{
				"empty": `{}`, "of another flow": `{"environment":[],"name":"log","organization":"acme"}`, "of another organization": `{"environment":[],"name":"auth","organization":"evil"}`,
				"without a name": `{"environment":[]}`, "a list that is null": `{"name":"auth","environment":null}`, "an environment that is null": `{"name":"auth","environment":[null]}`,
				"an environment without revisions": `{"name":"auth","environment":[{"name":"prod"}]}`, "revisions null": `{"name":"auth","environment":[{"name":"prod","revision":null}]}`,
			},
			empties: []string{`{"environment":[],"name":"auth","organization":"acme"}`, `{"environment":[{"name":"prod","revision":[]}],"name":"auth"}`, `{"name":"auth"}`},
		},
		{
			name: "flow hook", path: "/environments/prod/flowhooks/PreTargetFlowHook", do: hooks,
			wants: "read flow hook PreTargetFlowHook of environment prod",
			good:  `{"continueOnError":true,"sharedFlow":"auth"}`,
			others: map[string]string{
				"empty": `{}`, "of another point": `{"flowHookPoint":"PostProxyFlowHook","continueOnError":true}`, "nulls": `{"continueOnError":null,"sharedFlow":null}`,
			},
			empties: []string{`{"continueOnError":true}`, `{"continueOnError":false}`, `{"flowHookPoint":"PreTargetFlowHook"}`},
		},
		{
			name: "bundle", path: "/apis/login/revisions/3", wants: "download proxy login revision 3", do: bundleOf, good: aBundle,
			others: map[string]string{"empty": `{}`},
		},
		{
			name: "analytics", path: "/environments/prod/stats/apiproxy", wants: "read analytics", do: traffic, good: goodStats, others: statsOthers,
			empties: []string{`{"environments":[{"name":"prod"}],"metaData":{"errors":[],"notices":[]}}`},
		},
	}
}

// noAnswers are sent with status 200 (unless the name says otherwise) and answer no question of any platform.
func noAnswers() map[string]string {
	return map[string]string{
		"null": `null`, "true": `true`, "a number": `7`, "a text": `"prod"`, "two": `{} {}`, "an error": `{"error":{"code":500,"message":"backend unavailable","status":"INTERNAL"}}`,
		"an error of one word": `{"error":"unavailable"}`, "an Edge error": `{"code":"x.Failed","message":"backend unavailable","contexts":[]}`,
		"a fault": `{"fault":{"faultstring":"backend unavailable","detail":{"errorcode":"x"}}}`, "fields nobody knows": `{"status":"ok","data":[]}`,
		"nothing": ``, "blanks": " \n ", "no content (204)": ``, "HTML": `<html>Sign in</html>`, "half of it": `{"name":"acme","environments":["pro`,
		"brackets without end": strings.Repeat("[", 20_000), "garbage behind": `{"name":"acme"}garbage`, "not UTF-8": "\xff\xfe{}", "an error and the answer": `{"name":"acme","error":"half of it"}`,
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for platform, calls := range map[string][]asked{"x": xCalls(), "edge": edgeCalls()} {
		for _, call := range calls {
			t.Run(platform+" "+call.name, func(t *testing.T) { call.test(t, platform == "edge") })
		}
	}
}

func (a asked) test(t *testing.T, edge bool) {
	s := &answering{t: t, edge: edge, asked: a}
	want, problems, err := s.ask(a.good)
	if err != nil || len(problems) > 0 || want == 0 {
		t.Fatalf("the right answer: %d found, %+v, %v", want, problems, err)
	}
	for _, text := range a.empties {
		found, problems, err := s.ask(text)
		if err != nil || len(problems) > 0 || found >= want {
			t.Errorf("%s: %d found, %+v, %v: nothing is a right answer here", text, found, problems, err)
		}
	}
	for _, s.status = range []int{http.StatusCreated, http.StatusAccepted, http.StatusPartialContent} {
		if _, _, err := s.ask(a.good); err == nil || !strings.Contains(err.Error(), a.wants) || !strings.Contains(err.Error(), "instead of 200 OK") {
			if _, problems, _ := s.ask(a.good); len(problems) == 0 || !strings.Contains(problems[0].Error, "instead of 200 OK") {
				t.Errorf("status %d: passes for a whole answer: %v", s.status, err)
			}
		}
	}
	bad := noAnswers()
	for name, text := range a.others {
		bad["well made, but "+name] = text
	}
	if a.good == "" || a.good[0] == '[' {
		bad["an object"] = `{}`
	} else {
		bad["a list"] = `[]`
	}
	for name, text := range bad {
		s.status = http.StatusOK
		if strings.Contains(name, "204") {
			s.status = http.StatusNoContent
		}
		_, problems, err := s.ask(text)
		var said []string
		if err != nil {
			said = append(said, err.Error())
		}
		for _, p := range problems {
			said = append(said, p.Operation+" "+p.Subject()+" "+p.Error)
		}
		if len(said) == 0 {
			t.Errorf("%s (%s): passes for an answer", name, text[:min(len(text), 60)])
		}
		if err != nil && !strings.Contains(err.Error(), a.wants) {
			t.Errorf("%s: the error does not name the call: %v", name, err)
		}
		if strings.Contains(strings.Join(said, ""), testToken) {
			t.Errorf("%s: the token is in %s", name, said)
		}
	}
}

// answering is a server that answers one call as it is told, and every other call rightly.
type answering struct {
	t      *testing.T
	edge   bool
	asked  asked
	status int
}

func (s *answering) ask(text string) (int, []apigee.Problem, error) {
	s.t.Helper()
	calls := xCalls()
	if s.edge {
		calls = edgeCalls()
	}
	zip := zipOf(s.t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/v1/organizations")
		if path == "" {
			path = "//"
		}
		path = strings.TrimPrefix(strings.TrimPrefix(path, "/acme"), "/acme")
		if path == "//" {
			path = "/"
		}
		if r.URL.Query().Get("sharedFlows") == "true" {
			path += "?sharedFlows"
		}
		answer, status := "", http.StatusOK
		switch i := slices.IndexFunc(calls, func(a asked) bool { return a.path == path }); {
		case path == s.asked.path:
			answer, status = text, s.status
		case path == "/environments/test":
			answer = `{"name":"test","deploymentType":"PROXY"}`
		case i >= 0:
			answer = calls[i].good
		case strings.Contains(path, "/flowhooks/"):
			answer = fmt.Sprintf(`{"flowHookPoint":%q,"continueOnError":true}`, path[strings.LastIndex(path, "/")+1:])
		case strings.HasPrefix(path, "/environments/") && strings.HasSuffix(path, "/deployments"):
			answer = `{"name":"test","aPIProxy":[]}`
		default:
			http.NotFound(w, r)
			return
		}
		if answer == aBundle {
			answer = string(zip)
		}
		w.Header().Set("Content-Type", "application/json")
		if status != 0 {
			w.WriteHeader(status)
		}
		io.WriteString(w, answer)
	})
	server := httptest.NewServer(handler)
	defer server.Close()
	o := Options{
		Organization: "acme", Endpoint: server.URL, Rate: 60_000_000, Backoff: time.Nanosecond,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
	}
	var source inventory.Source
	var conn *connection
	if s.edge {
		e, err := NewEdge(o)
		if err != nil {
			s.t.Fatal(err)
		}
		source, conn = e, e.conn
	} else {
		c, err := New(o)
		if err != nil {
			s.t.Fatal(err)
		}
		source, conn = c, c.conn
	}
	defer conn.http.CloseIdleConnections()
	conn.calls.clock = newFakeClock().clock()
	conn.calls.breaker = newBreaker(conn.calls.clock, DefaultPatience)
	conn.calls.limiter = newLimiter(o.Rate, conn.calls.clock)
	if s.asked.path != "" && s.asked.path != "/environments" { // the environments are known by then
		if _, err := source.Organization(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.asked.do(s.t.Context(), source)
}
