package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

func deployment(environment string, kind apigee.Kind, name, number string) apigee.Deployment {
	return apigee.Deployment{Environment: environment, Revision: apigee.Revision{Kind: kind, Name: name, Number: number}}
}

func TestDeployments(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"/deployments": `{"deployments":[
			{"environment":"test","apiProxy":"login","revision":"10","deployStartTime":"1700000000000","proxyDeploymentType":"STANDARD"},
			{"environment":"prod","apiProxy":"login","revision":"10"},
			{"environment":"prod","apiProxy":"login","revision":"9"},
			{"environment":"prod","apiProxy":"login","revision":"9"},
			{"environment":"prod","apiProxy":"a b.c_d-e","revision":"1"}]}`,
		"/deployments?sharedFlows": `{"deployments":[{"environment":"prod","apiProxy":"auth","revision":"2"}]}`,
	}))
	listing, err := c.Deployments(t.Context())
	got, problems := listing.Deployments, listing.Problems
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	want := []apigee.Deployment{
		deployment("prod", apigee.KindProxy, "a b.c_d-e", "1"),
		deployment("prod", apigee.KindProxy, "login", "9"),
		deployment("prod", apigee.KindProxy, "login", "10"),
		deployment("prod", apigee.KindSharedFlow, "auth", "2"),
		deployment("test", apigee.KindProxy, "login", "10"),
	}
	want[4].DeployedAt = 1700000000000
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNothingDeployedIsNoError(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{"/deployments": `{}`, "/deployments?sharedFlows": `{}`}))
	listing, err := c.Deployments(t.Context())
	got, problems := listing.Deployments, listing.Problems
	if len(got) > 0 || len(problems) > 0 || err != nil {
		t.Error(got, problems, err)
	}
}

func TestBadDeploymentsAreProblems(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"/deployments": `{"deployments":[
			{"environment":"prod","apiProxy":"..","revision":"1"},
			{"environment":"prod","apiProxy":"../../x","revision":"1"},
			{"environment":"prod\u001b[2J","apiProxy":"login","revision":"1"},
			{"environment":"prod","apiProxy":"login","revision":"1/../2"},
			{"environment":"prod","apiProxy":"","revision":"1"},
			null,
			{"environment":"prod","apiProxy":"login","revision":"7"}]}`,
		"/deployments?sharedFlows": `{"deployments":[{"environment":"prod","apiProxy":"a?b","revision":"1"}]}`,
	}))
	listing, err := c.Deployments(t.Context())
	got, problems := listing.Deployments, listing.Problems
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]apigee.Deployment{deployment("prod", apigee.KindProxy, "login", "7")}, got); diff != "" {
		t.Error(diff)
	}
	const audited = "; the deployment was not audited"
	problem := func(environment string, kind apigee.Kind, name, text string) apigee.Problem {
		return apigee.Problem{Organization: "acme", Environment: environment, Kind: kind, Name: name, Operation: "list deployments", Error: text + audited}
	}
	want := []apigee.Problem{
		problem("prod", apigee.KindProxy, "", `".." is not a valid proxy name`),
		problem("prod", apigee.KindProxy, "", `"../../x" is not a valid proxy name`),
		problem("", apigee.KindProxy, "login", `"prod\x1b[2J" is not a valid environment name`),
		problem("prod", apigee.KindProxy, "login", `"1/../2" is not a revision number`),
		problem("prod", apigee.KindProxy, "", "the proxy has no name"),
		problem("", apigee.KindProxy, "", "the environment has no name"),
		problem("prod", apigee.KindSharedFlow, "", `"a?b" is not a valid shared flow name`),
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedListsFallBackToEnvironments(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"":                                `{"name":"acme","environments":["test","prod","no/where"]}`,
		"/deployments":                    "refuse 403",
		"/deployments?sharedFlows":        `{"deployments":[{"environment":"prod","apiProxy":"auth","revision":"2"}]}`,
		"/environments/prod/deployments":  `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
		"/environments/test/deployments":  "refuse 403",
		"/environments/other/deployments": `{"deployments":[{"environment":"other","apiProxy":"secret","revision":"3"}]}`,
	}))
	listing, err := c.Deployments(t.Context())
	got, problems := listing.Deployments, listing.Problems
	if err != nil {
		t.Fatal(err)
	}
	want := []apigee.Deployment{deployment("prod", apigee.KindProxy, "login", "3"), deployment("prod", apigee.KindSharedFlow, "auth", "2")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const meaning = "; the proxies deployed there were not audited, and a refresh flow among them was not seen"
	wantProblems := []apigee.Problem{
		{Organization: "acme", Kind: apigee.KindProxy, Operation: "list deployments",
			Error: `"no/where" is not a valid environment name` + meaning},
		{Organization: "acme", Environment: "test", Kind: apigee.KindProxy, Operation: "list deployments",
			Error: `the server answered 403 Forbidden: "not for you"; this account needs the permission apigee.deployments.list; the role roles/apigee.readOnlyAdmin has it` + meaning},
		{Organization: "acme", Environment: "no/where", Operation: "read environment",
			Error: `"no/where" is not a valid environment name; nothing deployed in it can be seen, and whether it deploys archives, which the lists do not show, is unknown`},
	}
	if diff := cmp.Diff(wantProblems, problems); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedSharedFlowsFallBackOnTheirOwn(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		"":                         `{"name":"acme","environments":["prod"]}`,
		"/deployments":             `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
		"/deployments?sharedFlows": "refuse 403",
		"/environments/prod/deployments?sharedFlows": "refuse 403",
	}))
	listing, err := c.Deployments(t.Context())
	got, problems := listing.Deployments, listing.Problems
	if err != nil || len(got) != 1 || len(problems) != 1 {
		t.Fatal(got, problems, err)
	}
	if p := problems[0]; p.Environment != "prod" || p.Kind != apigee.KindSharedFlow {
		t.Errorf("%+v", p)
	}
}

func TestNothingListedIsAnError(t *testing.T) {
	tests := []struct {
		name    string
		answers map[string]string
		want    []string
	}{
		{"refused everywhere", map[string]string{
			"": `{"name":"acme","environments":["prod"]}`, "/deployments": "refuse 403", "/deployments?sharedFlows": "refuse 403",
			"/environments/prod/deployments": "refuse 403", "/environments/prod/deployments?sharedFlows": "refuse 403",
		}, []string{"list the proxy deployments of organization acme", "apigee.deployments.list", "roles/apigee.readOnlyAdmin"}},
		{"no environment seen", map[string]string{
			"": `{"name":"acme"}`, "/deployments": "refuse 403", "/deployments?sharedFlows": "refuse 403",
		}, []string{"apigee.deployments.list"}},
		{"the organization is refused too", map[string]string{
			"": "refuse 403", "/deployments": "refuse 403",
		}, []string{"apigee.organizations.get"}},
		{"token expires on the way", map[string]string{
			"": `{"name":"acme","environments":["prod"]}`, "/deployments": "refuse 403", "/environments/prod/deployments": "refuse 401",
		}, []string{"401", "gcloud auth"}},
		{"another answer than 403", map[string]string{}, []string{"404"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := newClient(t, routes(test.answers))
			_, err := c.Deployments(t.Context())
			wantError(t, err, test.want...)
		})
	}
}

func TestCancelDuringTheFallbackIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	inner := routes(map[string]string{"": `{"name":"acme","environments":["prod","test"]}`, "/deployments": "refuse 403"})
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/organizations/acme/environments/prod/deployments" {
			cancel()
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	}))
	_, err := c.Deployments(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestDeploymentsOutsideTheOrganizationsEnvironments: also an organization without any environment knows them all.
func TestDeploymentsOutsideTheOrganizationsEnvironments(t *testing.T) {
	for _, environments := range []string{`[]`, `["test"]`} {
		edge := newEdge(t, edgeRoutes(map[string]string{
			"/environments": environments, "/sharedflows": `[]`,
			"/deployments": `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"login","revision":[{"name":"3","state":"deployed"}]}]}]}`,
		}))
		x, _ := newClient(t, edgeRoutes(map[string]string{
			"":                   `{"name":"acme","environments":` + environments + `}`,
			"/deployments":       `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
			"/environments/test": `{"name":"test"}`,
		}))
		for _, s := range []inventory.Source{edge, x} {
			if _, err := s.Organization(t.Context()); err != nil {
				t.Fatal(err)
			}
			listing, err := s.Deployments(t.Context())
			if err != nil || len(listing.Problems) == 0 || !strings.Contains(listing.Problems[0].Error, "not among those of the organization") {
				t.Errorf("%T with environments %s: %+v, %v", s, environments, listing.Problems, err)
			}
		}
	}
}
