package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestEmptyEnvironmentsAreLookedAt: an environment that deploys archives shows in no list of deployments.
func TestEmptyEnvironmentsAreLookedAt(t *testing.T) {
	answers := routes(map[string]string{
		"":                         `{"name":"acme","environments":["prod","archives","plain","secret","deleted"]}`,
		"/deployments":             `{"deployments":[{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
		"/deployments?sharedFlows": `{}`,
		"/environments/archives":   `{"name":"archives","deploymentType":"ARCHIVE"}`,
		"/environments/plain":      `{"name":"plain","deploymentType":"PROXY"}`,
		"/environments/secret":     "refuse 403",
	})
	var mu sync.Mutex
	asked := map[string]int{}
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		answers.ServeHTTP(w, r)
	}))
	if _, err := c.Organization(t.Context()); err != nil {
		t.Fatal(err)
	}
	listing, err := c.Deployments(t.Context())
	problems := listing.Problems
	if err != nil || len(problems) != 2 {
		t.Fatal(problems, err)
	}
	for i, want := range []struct{ environment, says string }{{"archives", "deploys archives"}, {"secret", "apigee.environments.get"}} {
		if p := problems[i]; p.Environment != want.environment || !strings.Contains(p.Error, want.says) || !strings.Contains(p.Error, "not") {
			t.Errorf("%+v", p)
		}
	}
	if n := asked["/v1/organizations/acme/environments/prod"]; n != 0 {
		t.Errorf("%d requests about an environment with deployments", n)
	}
}
