package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// flowServer is an organization of two environments for proxies, one for none and many shared flows, on a server that may or
// may not list shared flows by environment.
type flowServer struct {
	flows    map[string][]string // by environment
	proxies  map[string][]string
	ignores  bool // the flag
	refuses  string
	state    map[string]string // of shared flows
	unlisted int               // shared flows that are deployed nowhere

	mu    sync.Mutex
	asked []string
}

func (s *flowServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimPrefix(r.URL.RequestURI(), "/v1/organizations/acme"))
	s.mu.Unlock()
	named := func(names []string) []any {
		all := []any{}
		for _, name := range names {
			state := s.state[name]
			if state == "" {
				state = "deployed"
			}
			all = append(all, map[string]any{"name": name, "revision": []any{map[string]any{"name": "1", "state": state}}})
		}
		return all
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var answer any
	switch {
	case path == "/environments":
		answer = []string{"portal", "prod", "test"}
	case path == "/deployments":
		answer = map[string]any{"name": "acme", "environment": []any{
			map[string]any{"name": "prod", "aPIProxy": named(s.proxies["prod"])}, map[string]any{"name": "test", "aPIProxy": named(s.proxies["test"])},
		}}
	case path == "/sharedflows":
		answer = s.names()
	case parts[0] == "environments" && parts[1] == "portal", parts[0] == "environments" && parts[1] == s.refuses:
		edgeRefuse(w, 404, "x", "there is none")
		return
	case parts[0] == "environments":
		listed := s.flows[parts[1]]
		if s.ignores || r.URL.Query().Get("sharedFlows") != "true" {
			listed = s.proxies[parts[1]]
		}
		answer = map[string]any{"name": parts[1], "organization": "acme", "aPIProxy": named(listed)}
	default: // sharedflows/NAME/deployments
		var in []any
		for _, env := range []string{"prod", "test"} {
			if slices.Contains(s.flows[env], parts[1]) {
				in = append(in, map[string]any{"name": env, "revision": named([]string{parts[1]})[0].(map[string]any)["revision"]})
			}
		}
		if in == nil {
			edgeRefuse(w, 400, "distribution.ApplicationNotDeployed", "elsewhere")
			return
		}
		answer = map[string]any{"name": parts[1], "environment": in}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// names are all shared flows.
func (s *flowServer) names() []string {
	all := slices.Concat(s.flows["prod"], s.flows["test"])
	for i := range s.unlisted {
		all = append(all, fmt.Sprintf("idle-%d", i))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestSharedFlowsByEnvironment lists them with a request for each environment where the server can and that saves requests,
// else with one for each shared flow. What is found is the same.
func TestSharedFlowsByEnvironment(t *testing.T) {
	const many, lists = 40, 3 // environments, deployments, sharedflows
	deployed := map[string][]string{"prod": {"auth", "log"}, "test": {"auth"}}
	proxies := map[string][]string{"prod": {"login", "pay"}, "test": {"login"}}
	for name, test := range map[string]struct {
		server   *flowServer
		requests int
	}{
		"by environment":            {&flowServer{flows: deployed, proxies: proxies, unlisted: many}, lists + 3},
		"few shared flows":          {&flowServer{flows: deployed, proxies: proxies, unlisted: 6}, lists + 8},
		"the flag is ignored":       {&flowServer{flows: deployed, proxies: proxies, unlisted: many, ignores: true}, lists + 1 + 42},
		"the flag is refused":       {&flowServer{flows: deployed, proxies: proxies, unlisted: many, refuses: "prod"}, lists + 1 + 42},
		"one environment refuses":   {&flowServer{flows: deployed, proxies: proxies, unlisted: many, refuses: "test"}, lists + 3 + 42},
		"proxies of the same names": {&flowServer{flows: deployed, proxies: deployed, unlisted: many}, lists + 1 + 42},
		"ignored, with the same names": {
			&flowServer{flows: deployed, proxies: map[string][]string{"prod": {"auth", "idle-1", "log"}, "test": {"log"}}, unlisted: many, ignores: true}, lists + 1 + 42,
		},
		"more of the same names": {&flowServer{flows: deployed, proxies: map[string][]string{"prod": {"auth", "log", "login"}, "test": {"auth"}}, unlisted: many}, lists + 3},
		"deployed nowhere":       {&flowServer{proxies: proxies, unlisted: many}, lists + 1 + 40},
		"in state error":         {&flowServer{flows: deployed, proxies: proxies, unlisted: many, state: map[string]string{"auth": "error"}}, lists + 3 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t, test.server)
			if _, err := e.Organization(t.Context()); err != nil {
				t.Fatal(err)
			}
			listing, err := e.Deployments(t.Context())
			if err != nil || len(listing.Problems) > 0 {
				t.Fatalf("%v, problems %+v", err, listing.Problems)
			}
			if len(test.server.asked) != test.requests {
				t.Errorf("%d requests, want %d: %q", len(test.server.asked), test.requests, test.server.asked)
			}
			if d := cmp.Diff(test.server.flows, sharedFlowsOf(listing)); d != "" {
				t.Errorf("shared flows (-deployed +listed):\n%s", d)
			}
			for _, d := range listing.Deployments {
				if failing := test.server.state[d.Name] == "error"; failing != (d.Partly != "") {
					t.Errorf("%s: %q", d.Name, d.Partly)
				}
			}
		})
	}
}

func sharedFlowsOf(listing inventory.Listing) map[string][]string {
	var found map[string][]string
	for _, d := range listing.Deployments {
		if d.Kind == apigee.KindSharedFlow {
			if found == nil {
				found = map[string][]string{}
			}
			found[d.Environment] = append(found[d.Environment], d.Name)
		}
	}
	return found
}
