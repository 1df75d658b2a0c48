package api

import (
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
)

// TestDeploymentsThatMayNotWork reads deployments of each state that the servers can be in.
func TestDeploymentsThatMayNotWork(t *testing.T) {
	server := func(id, status, more string) string {
		return fmt.Sprintf(`{"uUID":%q,"status":%q,"type":["message-processor"],"pod":{"name":"gateway-1","region":"eu-west-1"}%s}`, id, status, more)
	}
	router := `{"uUID":"r","status":"error","type":["router"],"pod":{"name":"gateway-1"}}`
	up, down := server("a", "deployed", ""), server("b", "error", `,"error":"Call timed out","errorCode":"x.Timeout"`)
	const some, none = `is in state "error" and may run on some servers only`, `is in state "error" and may run on no server`
	for name, test := range map[string]struct {
		servers string // the list, as JSON
		want    string // of Partly
		gone    bool   // a proxy is not audited
	}{
		"one of them down":      {"[" + up + "," + down + "]", some + ": of 2 message processors, 1 has it deployed, and not b in pod gateway-1, region eu-west-1 (error: Call timed out)", false},
		"all say they have it":  {"[" + up + "]", some + ", although the one message processor told to deploy it says that it did", false},
		"all of several":        {"[" + up + "," + up + "]", some + ", although all 2 message processors told to deploy it say that they did", false},
		"none of them":          {"[" + down + "," + down + "]", none + ": none of 2 message processors has it deployed", true},
		"routers run no flows":  {"[" + router + "," + up + "]", some + ", although the one", false},
		"routers prove nothing": {"[" + router + "]", some + "; which ones is not known", false},
		"no servers":            {"[]", some + "; which ones is not known", false},
		"not told":              {"null", some + "; which ones is not known", false},
		"strange":               {`[7,"x",{"status":{}},` + up + `]`, some + ": of 4 message processors, 1 has it deployed", false},
		"strange altogether":    {`{"a":1}`, some + "; which ones is not known", false},
		"hostile":               {"[" + up + `,{"uUID":"\u001b[2J","status":"\nerror","pod":{"name":"` + strings.Repeat("x", 500) + `"}}]`, `not \x1b[2J in pod xxx`, false},
		"many down": {
			"[" + up + strings.Repeat(","+server("m", "error", ""), 9) + "]",
			some + ": of 10 message processors, 1 has it deployed, and not m in pod gateway-1, region eu-west-1 (error), m in pod gateway-1, region eu-west-1 (error), " +
				"m in pod gateway-1, region eu-west-1 (error) and 6 more", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t, edgeRoutes(map[string]string{
				"/deployments":                   `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"4","state":"error"}]}]}]}`,
				"/environments/prod/deployments": `{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"4","state":"error","server":` + test.servers + `}]}]}`,
				"/sharedflows":                   `["auth"]`,
				"/sharedflows/auth/deployments":  `{"name":"auth","environment":[{"name":"prod","revision":[{"name":"1","state":"error","server":` + test.servers + `}]}]}`,
			}))
			listing, err := e.Deployments(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[apigee.Kind]string{}
			for _, d := range listing.Deployments {
				kinds[d.Kind] = d.Partly
			}
			if got := kinds[apigee.KindSharedFlow]; !strings.Contains(got, test.want) || strings.ContainsAny(got, "\x1b\n") {
				t.Errorf("shared flow: %q, want %q", got, test.want)
			}
			got, there := kinds[apigee.KindProxy]
			if test.gone {
				if there || len(listing.Problems) != 1 || !strings.Contains(listing.Problems[0].Error, "the deployment "+test.want+", so it was not audited: deploy it again") {
					t.Errorf("proxy: %q, problems %+v", got, listing.Problems)
				}
				return
			}
			if got != kinds[apigee.KindSharedFlow] || len(listing.Problems) > 0 {
				t.Errorf("proxy: %q, problems %+v", got, listing.Problems)
			}
		})
	}
}

// TestServersThatCannotBeRead keeps the proxies, and says why more is not known.
func TestServersThatCannotBeRead(t *testing.T) {
	e := newEdge(t, edgeRoutes(map[string]string{
		"/deployments":                   `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"4","state":"progressing"}]}]}]}`,
		"/environments/prod/deployments": "!403",
		"/sharedflows":                   `[]`,
	}))
	listing, err := e.Deployments(t.Context())
	if err != nil || len(listing.Deployments) != 1 || len(listing.Problems) > 0 || len(listing.Notices) != 1 {
		t.Fatalf("%+v, %v", listing, err)
	}
	if got, want := listing.Deployments[0].Partly, `is in state "progressing" and may run on some servers only; which ones is not known`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if n := listing.Notices[0]; n.Environment != "prod" || !strings.Contains(n.Error, "readonlyadmin") {
		t.Errorf("%+v", n)
	}
}
