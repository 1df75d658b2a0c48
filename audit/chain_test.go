package audit

import (
	"fmt"
	"slices"
	"testing"

	"apigee-audit/apigee"
)

func proxyAt(name, basePath string) *endpoint {
	return &endpoint{Endpoint: &apigee.Endpoint{Role: apigee.ProxyEndpoint, Name: name, BasePath: apigee.Text{Value: basePath}}}
}

func TestEndpointTakes(t *testing.T) {
	for _, tt := range []struct {
		base, path string
		want       bool
	}{
		{"/login", "/login", true},
		{"/login", "/login/v1/token", true},
		{"/login/", "/login", true},
		{"/login/", "/login/token", true},
		{"/login", "/login-old", false},
		{"/login", "/", false},
		{"/login/v1", "/login", false},
		{"/", "/anything", true},
	} {
		if got := proxyAt("default", tt.base).takes(tt.path); got != tt.want {
			t.Errorf("base path %s takes %s: %v, want %v", tt.base, tt.path, got, tt.want)
		}
	}
	target := &endpoint{Endpoint: &apigee.Endpoint{Role: apigee.TargetEndpoint}}
	if target.takes("/login") {
		t.Error("a target endpoint takes requests of clients")
	}
}

func TestReachWithinAddress(t *testing.T) {
	at := proxyAt("admin", "/admin")
	for name, tt := range map[string]struct {
		at   *endpoint
		to   address
		want bool
	}{
		"the proxy by name":                {at, address{proxy: "p"}, true},
		"the endpoint by name":             {at, address{proxy: "p", endpoint: "admin"}, true},
		"another endpoint by name":         {at, address{proxy: "p", endpoint: "default"}, false},
		"its path":                         {at, address{path: "/admin/token"}, true},
		"another path":                     {at, address{path: "/token"}, false},
		"a hook, by endpoint":              {nil, address{proxy: "p", endpoint: "default"}, true},
		"a hook, by path":                  {nil, address{path: "/token"}, true},
		"the path counts for no more here": {at, address{proxy: "p", path: "/token"}, true},
	} {
		r := &Reach{spot: spot{proxy: tt.at}}
		if got := r.within(tt.to); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// chained makes the walk of a proxy that hands over to addresses, by its target endpoint, which a route leads to.
func chained(name string, refreshes bool, to ...address) *Walk {
	at := proxyAt("default", "/"+name)
	target := &endpoint{Endpoint: &apigee.Endpoint{Role: apigee.TargetEndpoint, Name: "t"}, addresses: to}
	w := &Walk{
		Unit:   &Unit{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: name}, endpoints: []*endpoint{at, target}},
		routed: map[*endpoint]bool{target: true},
	}
	if refreshes {
		w.Reaches = []*Reach{{Policy: &Policy{OAuth: &OAuthV2{Operation: "RefreshAccessToken"}}, spot: spot{proxy: at}}}
	}
	return w
}

func TestRefreshesThroughChain(t *testing.T) {
	byName := func(name string) address { return address{proxy: name, local: true, called: true} }
	byPath := func(path string) address { return address{path: path, local: true, called: true} }
	unrouted := chained("a", false, byName("b"))
	unrouted.routed = nil
	calls := chained("a", false)
	calls.Reaches = []*Reach{{Policy: &Policy{addresses: []address{byName("b")}}}}
	hub := chained("b", true)
	hub.Unit.Revision.Kind = apigee.KindSharedFlow
	for name, tt := range map[string]struct {
		walks []*Walk // the first is asked
		want  bool
	}{
		"by name":                   {[]*Walk{chained("a", false, byName("b")), chained("b", true)}, true},
		"by path":                   {[]*Walk{chained("a", false, byPath("/b/token")), chained("b", true)}, true},
		"to another":                {[]*Walk{chained("a", false, byName("c")), chained("b", true), chained("c", false)}, false},
		"to another endpoint":       {[]*Walk{chained("a", false, address{proxy: "b", endpoint: "other", local: true}), chained("b", true)}, false},
		"through a third":           {[]*Walk{chained("a", false, byName("c")), chained("b", true), chained("c", false, byName("b"))}, true},
		"in a ring":                 {[]*Walk{chained("a", false, byName("b")), chained("b", false, byName("c")), chained("c", false, byName("b"), byName("a"))}, false},
		"one of several":            {[]*Walk{chained("a", false, byName("b"), byPath("/c")), chained("b", false), chained("c", true)}, true},
		"by a policy":               {[]*Walk{calls, chained("b", true)}, true},
		"by a target without route": {[]*Walk{unrouted, chained("b", true)}, false},
		"over the network":          {[]*Walk{chained("a", false, address{path: "/b", called: true}), chained("b", true)}, false},
		"a shared flow of that name": {[]*Walk{chained("a", false, byName("b")), hub},
			false},
		"what the first does itself is none": {[]*Walk{chained("a", true, byName("a"))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Environment{Walks: tt.walks}
			if got := e.refreshesThroughChain(tt.walks[0]); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestUnknownChain(t *testing.T) {
	for to, want := range map[address]bool{
		{proxy: "b", local: true}:              false,
		{proxy: "{flow.proxy}", local: true}:   true,
		{path: "/{flow.version}", local: true}: true,
		{path: "/b", local: true}:              false,
		{path: "/{flow.version}"}:              false, // the network is not the environment
	} {
		if got := chained("a", false, to).UnknownChain(); got != want {
			t.Errorf("%+v: %v, want %v", to, got, want)
		}
	}
}

// TestChainsAreListedOnce: an address that several policies share is one.
func TestChainsAreListedOnce(t *testing.T) {
	b, c := address{proxy: "b", local: true}, address{proxy: "c", local: true}
	w := chained("a", false, b, c)
	for i := range 3 {
		w.Reaches = append(w.Reaches, &Reach{Policy: &Policy{Name: fmt.Sprint(i), addresses: []address{c}}})
	}
	if got := w.chains(); !slices.Equal(got, []address{c, b}) {
		t.Errorf("%+v", got)
	}
}

// TestLongChains: chains of proxies are followed to their end, each proxy once.
func TestLongChains(t *testing.T) {
	var walks []*Walk
	for i := range 60 {
		var to []address
		for k := range 60 { // each hands over to all of them
			to = append(to, address{proxy: fmt.Sprint("p", k), local: true})
		}
		walks = append(walks, chained(fmt.Sprint("p", i), false, to...))
	}
	e := &Environment{Walks: walks}
	if e.refreshesThroughChain(walks[0]) {
		t.Error("nothing refreshes there")
	}
}
