package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func TestEdgeTraffic(t *testing.T) {
	s := &statsServer{rows: 2}
	e := newEdge(t, s)
	q := apigee.TrafficQuery{Environment: "prod", Window: back(32 * statsDay), Dimensions: []string{"apiproxy"}, Proxies: []string{"login", "pay one"}}
	got, err := e.Traffic(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(4, len(got.Rows)+len(s.queries)); diff != "" || got.Rows[0].Calls != 4 {
		t.Errorf("%d queries, rows %v", len(s.queries), got.Rows)
	}
	v := s.queries[0].URL.Query()
	if v.Get("filter") != "(apiproxy in 'login','pay one')" || v.Get("timeRange") != "10/22/2026 12:30~11/22/2026 12:30" || s.queries[0].Header.Get("Accept") != "application/json" {
		t.Errorf("query %v", v)
	}
	if sent := s.queries[0].URL.RawQuery; strings.ContainsAny(sent, "+") || !strings.Contains(sent, "%27login%27,%27pay%20one%27") || !strings.Contains(sent, "2026%2012") {
		t.Errorf("query %s", sent)
	}
}

// quotaServer is analytics with a quota of queries a minute for each environment, counted as strictly as can be: in any
// minute.
type quotaServer struct {
	now     func() time.Time
	granted int
	notice  string
	mu      sync.Mutex
	asked   map[string][]time.Time // that were answered
	refused int
}

func (s *quotaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	env := strings.Split(r.URL.Path, "/")[5]
	s.mu.Lock()
	defer s.mu.Unlock()
	now, recent := s.now(), 0
	for _, at := range s.asked[env] {
		if now.Sub(at) < time.Minute {
			recent++
		}
	}
	if recent >= s.granted {
		s.refused++
		edgeRefuse(w, 429, "policies.ratelimit.QuotaViolation", "too many queries")
		return
	}
	s.asked[env] = append(s.asked[env], now)
	fmt.Fprintf(w, `{"environments":[{"name":%q,"dimensions":[]}],"metaData":{"errors":[],"notices":["query served by:x",%q]}}`, env, s.notice)
}

// TestEdgeTrafficRespectsTheQuotas asks six environments 48 times each. No query is refused, all environments are read side
// by side, and it takes no longer than the quotas demand.
func TestEdgeTrafficRespectsTheQuotas(t *testing.T) {
	for _, tt := range []struct {
		name, notice string
		granted      int
		longest      time.Duration
	}{
		{"BigQuery", "Source:BigQuery", 12, 3*time.Minute + 5*time.Second},
		{"Postgres", "Source:Postgres", 40, time.Minute + 2*time.Second},
		{"unknown", "Table used: x", 12, 3*time.Minute + 5*time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fake := newFakeClock()
			s := &quotaServer{now: fake.clock().now, granted: tt.granted, notice: tt.notice, asked: map[string][]time.Time{}}
			var told []string
			e := newEdge(t, s, func(o *Options) { o.Waiting = func(why string) { told = append(told, why) } })
			e.conn.calls.clock = fake.clock()
			start := fake.time
			for range 48 {
				for _, env := range []string{"a", "b", "c", "d", "e", "f"} {
					if _, err := e.Traffic(t.Context(), apigee.TrafficQuery{Environment: env, Window: back(statsDay), Dimensions: []string{"apiproxy"}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if s.refused > 0 {
				t.Errorf("%d queries were refused", s.refused)
			}
			if want := fmt.Sprintf("no more than %d analytics queries a minute can be sent for one environment", tt.granted); len(told) < 2 || told[0] != want || told[1] != "" {
				t.Errorf("told of waiting: %q, want %q", told, want)
			}
			if took := fake.time.Sub(start); took > tt.longest {
				t.Errorf("it took %v, want at most %v", took, tt.longest)
			}
		})
	}
}

// TestEdgeTrafficWhereOthersUseTheQuota gets its answers from what is left of it.
func TestEdgeTrafficWhereOthersUseTheQuota(t *testing.T) {
	fake := newFakeClock()
	s := &quotaServer{now: fake.clock().now, granted: 5, asked: map[string][]time.Time{}}
	e := newEdge(t, s)
	e.conn.calls.clock = fake.clock()
	for i := range 60 {
		if _, err := e.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}}); err != nil {
			t.Fatal(i, err)
		}
	}
	if s.refused > 30 {
		t.Errorf("%d queries were refused", s.refused)
	}
}

// TestEdgeTrafficThatRepeatsItself reads raw facts, of which Edge sends the first rows again for every offset.
func TestEdgeTrafficThatRepeatsItself(t *testing.T) {
	for name, notices := range map[string]string{
		"with a notice":    `"Result truncated to 2 rows","Spark engine used for this query"`,
		"without a notice": `"Result truncated to 2 rows"`,
	} {
		asked := 0
		e := newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			io.WriteString(w, `{"environments":[{"name":"prod","dimensions":[{"name":"a","metrics":[{"name":"sum(message_count)","values":["1"]}]},{"name":"b","metrics":[{"name":"sum(message_count)","values":["1"]}]}]}],"metaData":{"notices":[`+notices+`]}}`)
		}))
		got, err := e.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
		if err != nil || !got.Truncated || len(got.Rows) != 2 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if asked > 2 || asked > 1 && strings.Contains(notices, "Spark") {
			t.Errorf("%s: %d queries", name, asked)
		}
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

// TestEdgeTrafficKeepsToTheRate sends no more requests a minute than --rate says, whatever the quotas allow.
func TestEdgeTrafficKeepsToTheRate(t *testing.T) {
	fake := newFakeClock()
	s := &quotaServer{now: fake.clock().now, granted: 40, notice: "Source:Postgres", asked: map[string][]time.Time{}}
	e := newEdge(t, s)
	e.conn.calls.clock, e.conn.calls.limiter = fake.clock(), newLimiter(60, fake.clock())
	start := fake.time
	for _, env := range []string{"a", "b", "c"} {
		for range 10 {
			if _, err := e.Traffic(t.Context(), apigee.TrafficQuery{Environment: env, Window: back(statsDay), Dimensions: []string{"apiproxy"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if took := fake.time.Sub(start).Round(time.Second); took != 29*time.Second {
		t.Errorf("30 queries at one a second took %v", took)
	}
}
