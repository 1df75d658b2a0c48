package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func TestEdgeTraffic(t *testing.T) {
	s := &statsServer{rows: 2}
	e := newEdge(t, s)
	q := apigee.TrafficQuery{Environment: "prod", Window: back(15 * statsDay), Dimensions: []string{"apiproxy"}, Proxies: []string{"login"}}
	got, err := e.Traffic(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(4, len(got.Rows)+len(s.queries)); diff != "" || got.Rows[0].Calls != 4 {
		t.Errorf("%d queries, rows %v", len(s.queries), got.Rows)
	}
	v := s.queries[0].URL.Query()
	if v.Get("filter") != "(apiproxy in 'login')" || v.Get("timeRange") != "11/08/2026 12:30~11/22/2026 12:30" || s.queries[0].Header.Get("Accept") != "application/json" {
		t.Errorf("query %v", v)
	}
}

func TestEdgeTrafficErrors(t *testing.T) {
	e := newEdge(t, edgeRoutes(map[string]string{"/environments/prod/stats/apiproxy": "!403"}))
	q := apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}}
	_, err := e.Traffic(t.Context(), q)
	wantError(t, err, "read analytics: ", "403", "readonlyadmin")
	q.Dimensions = []string{"access_token"}
	_, err = e.Traffic(t.Context(), q)
	wantError(t, err, "holds credentials")
}

func TestEdgeSaysWhatItDoesNotRead(t *testing.T) {
	e := newEdge(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }))
	_, groups := e.EnvironmentGroups(t.Context())
	_, products := e.Products(t.Context())
	_, apps := e.Apps(t.Context(), "p")
	_, mask := e.DebugMask(t.Context(), "prod")
	for _, err := range []error{groups, products, apps, mask} {
		if err == nil || !strings.Contains(err.Error(), "Edge") {
			t.Errorf("error %v", err)
		}
	}
}
