package flow

import (
	"fmt"
	"slices"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func proxyAt(name, basePath string) *endpoint {
	return &endpoint{Role: bundle.ProxyEndpoint, Name: name, basePath: basePath}
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
	target := &endpoint{Role: bundle.TargetEndpoint}
	if target.takes("/login") {
		t.Error("a target endpoint takes requests of clients")
	}
}

func TestReachWithinAddress(t *testing.T) {
	at := proxyAt("admin", "/admin")
	for name, tt := range map[string]struct {
		at   *endpoint
		to   Address
		want bool
	}{
		"the proxy by name":                {at, Address{Proxy: "p"}, true},
		"the endpoint by name":             {at, Address{Proxy: "p", endpoint: "admin"}, true},
		"another endpoint by name":         {at, Address{Proxy: "p", endpoint: "default"}, false},
		"its path":                         {at, Address{Path: "/admin/token"}, true},
		"another path":                     {at, Address{Path: "/token"}, false},
		"a hook, by endpoint":              {nil, Address{Proxy: "p", endpoint: "default"}, true},
		"a hook, by path":                  {nil, Address{Path: "/token"}, true},
		"the path counts for no more here": {at, Address{Proxy: "p", Path: "/token"}, true},
	} {
		r := &Site{spot: &spot{proxy: tt.at}}
		if got := r.within(tt.to); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// chained makes the walk of a proxy that hands over to addresses, by its target endpoint, which a route leads to.
func chained(name string, refreshes bool, to ...Address) *Trace {
	at := proxyAt("default", "/"+name)
	target := &endpoint{Role: bundle.TargetEndpoint, Name: "t", addresses: to}
	w := &Trace{
		Program: &Program{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: name}, endpoints: []*endpoint{at, target}},
		routed:  []*endpoint{target},
	}
	if refreshes {
		w.Sites = []*Site{{Policy: &Policy{Definition: &Definition{OAuth: &OAuthV2{Operation: "RefreshAccessToken"}}}, spot: &spot{proxy: at}}}
	}
	return w
}

func TestRefreshesThroughChain(t *testing.T) {
	byName := func(name string) Address { return Address{Proxy: name, Local: true, Called: true} }
	byPath := func(path string) Address { return Address{Path: path, Local: true, Called: true} }
	unrouted := chained("a", false, byName("b"))
	unrouted.routed = nil
	calls := chained("a", false)
	calls.Sites = []*Site{{Policy: &Policy{Definition: &Definition{}, effects: &effects{addresses: []Address{byName("b")}}}}}
	hub := chained("b", true)
	hub.Program.Revision.Kind = apigee.KindSharedFlow
	for name, tt := range map[string]struct {
		walks []*Trace // the first is asked
		want  bool
	}{
		"by name":                   {[]*Trace{chained("a", false, byName("b")), chained("b", true)}, true},
		"by path":                   {[]*Trace{chained("a", false, byPath("/b/token")), chained("b", true)}, true},
		"to another":                {[]*Trace{chained("a", false, byName("c")), chained("b", true), chained("c", false)}, false},
		"to another endpoint":       {[]*Trace{chained("a", false, Address{Proxy: "b", endpoint: "other", Local: true}), chained("b", true)}, false},
		"through a third":           {[]*Trace{chained("a", false, byName("c")), chained("b", true), chained("c", false, byName("b"))}, true},
		"in a ring":                 {[]*Trace{chained("a", false, byName("b")), chained("b", false, byName("c")), chained("c", false, byName("b"), byName("a"))}, false},
		"one of several":            {[]*Trace{chained("a", false, byName("b"), byPath("/c")), chained("b", false), chained("c", true)}, true},
		"by a policy":               {[]*Trace{calls, chained("b", true)}, true},
		"by a target without route": {[]*Trace{unrouted, chained("b", true)}, false},
		"over the network":          {[]*Trace{chained("a", false, Address{Path: "/b", Called: true}), chained("b", true)}, false},
		"a shared flow of that name": {[]*Trace{chained("a", false, byName("b")), hub},
			false},
		"what the first does itself is none": {[]*Trace{chained("a", true, byName("a"))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Environment{walks: overlay[*Trace]{items: tt.walks}}
			for _, w := range tt.walks {
				w.conclude()
			}
			if got := e.ChainToRefresh(tt.walks[0]) != nil; got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestUnknownChain(t *testing.T) {
	for to, want := range map[Address]bool{
		{Proxy: "b", Local: true}:              false,
		{Proxy: "{flow.proxy}", Local: true}:   true,
		{Path: "/{flow.version}", Local: true}: true,
		{Path: "/b", Local: true}:              false,
		{Path: "/{flow.version}"}:              false, // the network is not the environment
	} {
		w := chained("a", false, to)
		w.conclude()
		if got := w.UnknownChain(); got != want {
			t.Errorf("%+v: %v, want %v", to, got, want)
		}
	}
}

// TestChainsAreListedOnce: an address that several policies share is one.
func TestChainsAreListedOnce(t *testing.T) {
	b, c := Address{Proxy: "b", Local: true}, Address{Proxy: "c", Local: true}
	w := chained("a", false, b, c)
	for i := range 3 {
		w.Sites = append(w.Sites, &Site{Policy: &Policy{Definition: &Definition{Name: fmt.Sprint(i)}, effects: &effects{addresses: []Address{c}}}})
	}
	if got := w.chains(); !slices.Equal(got, []Address{c, b}) {
		t.Errorf("%+v", got)
	}
}

// TestLongChains: chains of proxies are followed to their end, each proxy once.
func TestLongChains(t *testing.T) {
	var walks []*Trace
	for i := range 60 {
		var to []Address
		for k := range 60 { // each hands over to all of them
			to = append(to, Address{Proxy: fmt.Sprint("p", k), Local: true})
		}
		walks = append(walks, chained(fmt.Sprint("p", i), false, to...))
	}
	e := &Environment{walks: overlay[*Trace]{items: walks}}
	if e.ChainToRefresh(walks[0]) != nil {
		t.Error("nothing refreshes there")
	}
}
