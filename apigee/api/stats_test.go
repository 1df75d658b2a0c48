package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

const statsDay = 24 * time.Hour

var statsEnd = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)

func back(d time.Duration) apigee.Window {
	return apigee.Window{Start: statsEnd.Add(-d), End: statsEnd}
}

// statsServer answers queries with rows of proxies p0, p1, … and remembers them.
type statsServer struct {
	runtime string
	rows    int    // how many there are
	most    int    // how many it sends at once, whatever the limit; 0 is the limit
	notice  string // of answers that are cut
	mu      sync.Mutex
	queries []*http.Request
}

func (s *statsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/v1/organizations/acme" {
		fmt.Fprintf(w, `{"name":"acme","runtimeType":%q}`, s.runtime)
		return
	}
	s.mu.Lock()
	s.queries = append(s.queries, r)
	s.mu.Unlock()
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	if s.most > 0 {
		limit = min(limit, s.most)
	}
	var rows []any
	for i := offset; i < min(offset+limit, s.rows); i++ {
		name := "p" + strconv.Itoa(i)
		rows = append(rows, map[string]any{"name": name, "individualNames": []string{name},
			"metrics": []any{map[string]any{"name": "sum(message_count)", "values": []string{"2.0"}}}})
	}
	notices := []string{"Source:Big Query"}
	if s.notice != "" && offset+limit < s.rows {
		notices = append(notices, s.notice)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"environments": []any{map[string]any{"name": "prod", "dimensions": rows}}, "metaData": map[string]any{"notices": notices},
	})
}

func newStatsClient(t *testing.T, h http.Handler) (*X, *fakeClock) {
	t.Helper()
	c, fake := newClient(t, h)
	c.stats = c.conn.calls.withStats()
	return c, fake
}

func TestTrafficWindows(t *testing.T) {
	for _, tt := range []struct {
		runtime string
		days    int
		want    []string
	}{
		{"CLOUD", 92, []string{"08/23/2026 12:30~11/23/2026 12:30"}},
		{"CLOUD", 93, []string{"08/22/2026 12:30~11/22/2026 12:30", "11/22/2026 12:30~11/23/2026 12:30"}},
		{"HYBRID", 14, []string{"11/09/2026 12:30~11/23/2026 12:30"}},
		{"HYBRID", 15, []string{"11/08/2026 12:30~11/22/2026 12:30", "11/22/2026 12:30~11/23/2026 12:30"}},
	} {
		s := &statsServer{runtime: tt.runtime, rows: 1}
		c, _ := newStatsClient(t, s)
		got, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(time.Duration(tt.days) * statsDay), Dimensions: []string{"apiproxy"}})
		if err != nil {
			t.Fatal(err)
		}
		var ranges []string
		for _, q := range s.queries {
			ranges = append(ranges, q.URL.Query().Get("timeRange"))
		}
		if diff := cmp.Diff(tt.want, ranges); diff != "" {
			t.Errorf("%s, %d days:\n%s", tt.runtime, tt.days, diff)
		}
		want := []apigee.TrafficRow{{Values: []string{"p0"}, Calls: int64(2 * len(tt.want))}}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Errorf("%s, %d days: parts do not add up:\n%s", tt.runtime, tt.days, diff)
		}
	}
}

func TestTrafficPages(t *testing.T) {
	for _, tt := range []struct {
		name    string
		server  *statsServer
		queries int
		rows    int
		cut     bool
	}{
		{"one page", &statsServer{rows: statsRows - 1}, 1, statsRows - 1, false},
		{"a full page may not be all", &statsServer{rows: statsRows}, 2, statsRows, false},
		{"two pages", &statsServer{rows: statsRows + 1}, 2, statsRows + 1, false},
		{"cut below the limit with a notice", &statsServer{rows: 25, most: 10, notice: "Result truncated to 10 rows"}, 3, 25, false},
		{"no end", &statsServer{rows: 1 << 30, most: 10, notice: "Result TRUNCATED"}, statsPages, 10 * statsPages, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.server
			c, _ := newStatsClient(t, s)
			got, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.queries) != tt.queries || len(got.Rows) != tt.rows || got.Truncated != tt.cut {
				t.Errorf("%d queries, %d rows, truncated %v; want %d, %d, %v", len(s.queries), len(got.Rows), got.Truncated, tt.queries, tt.rows, tt.cut)
			}
			for i, q := range s.queries[1:] {
				if q.URL.Query().Get("offset") == s.queries[i].URL.Query().Get("offset") {
					t.Errorf("query %d has the offset of the one before", i+1)
				}
			}
		})
	}
}

func TestTrafficRespectsTheQuota(t *testing.T) {
	const hundred = 100 // a minute, by Apigee's limits
	var at []time.Time
	var fake *fakeClock
	inner := &statsServer{rows: 1}
	c, f := newStatsClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/stats/") {
			at = append(at, fake.clock().now())
		}
		inner.ServeHTTP(w, r)
	}))
	fake = f
	for range 400 {
		if _, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range at {
		if i >= hundred && at[i].Sub(at[i-hundred]) < time.Minute {
			t.Fatalf("queries %d to %d came within %v", i-hundred, i, at[i].Sub(at[i-hundred]))
		}
	}
	if took := at[len(at)-1].Sub(at[0]); took < 4*time.Minute || took > 8*time.Minute {
		t.Errorf("400 queries took %v", took)
	}
}

func TestTrafficFiltersProxies(t *testing.T) {
	s := &statsServer{rows: 1}
	c, _ := newStatsClient(t, s)
	var names []string
	for i := range statsProxies + 1 {
		names = append(names, fmt.Sprintf("proxy %d", i))
	}
	q := apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy", "request_verb"}, Proxies: names}
	if _, err := c.Traffic(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if len(s.queries) != 2 || s.queries[1].URL.Query().Get("filter") != "(apiproxy in 'proxy 40')" ||
		!strings.HasPrefix(s.queries[0].URL.Query().Get("filter"), "(apiproxy in 'proxy 0','proxy 1',") {
		t.Errorf("%d queries, the last filter %q", len(s.queries), s.queries[len(s.queries)-1].URL.Query().Get("filter"))
	}
	if p := s.queries[0].URL.Path; p != "/v1/organizations/acme/environments/prod/stats/apiproxy,request_verb" {
		t.Errorf("path %s", p)
	}
}

func TestTrafficRefusesWhatMustNotBeAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		query apigee.TrafficQuery
		want  string
	}{
		"access tokens":       {apigee.TrafficQuery{Environment: "prod", Window: back(1), Dimensions: []string{"apiproxy", "access_token"}}, "holds credentials"},
		"in capitals":         {apigee.TrafficQuery{Environment: "prod", Window: back(1), Dimensions: []string{"Access_Token"}}, "holds credentials"},
		"hostile dimension":   {apigee.TrafficQuery{Environment: "prod", Window: back(1), Dimensions: []string{"a,access_token"}}, "not a dimension"},
		"path as dimension":   {apigee.TrafficQuery{Environment: "prod", Window: back(1), Dimensions: []string{"../x"}}, "not a dimension"},
		"hostile proxy":       {apigee.TrafficQuery{Environment: "prod", Window: back(1), Dimensions: []string{"apiproxy"}, Proxies: []string{"a') or ('1"}}, "not a valid proxy name"},
		"hostile environment": {apigee.TrafficQuery{Environment: "../x", Window: back(1), Dimensions: []string{"apiproxy"}}, "not a valid environment name"},
		"no window":           {apigee.TrafficQuery{Environment: "prod", Dimensions: []string{"apiproxy"}}, "a window"},
	} {
		s := &statsServer{}
		c, _ := newStatsClient(t, s)
		_, err := c.Traffic(t.Context(), tt.query)
		wantError(t, err, tt.want)
		if len(s.queries) > 0 {
			t.Errorf("%s: a query was sent", name)
		}
	}
}

func TestTrafficAnswers(t *testing.T) {
	row := func(name, individual, values string) string {
		return `{"name":"` + name + `"` + individual + `,"metrics":[{"name":"avg(x)","values":["9"]},{"name":"sum(message_count)","values":` + values + `}]}`
	}
	answer := func(rows ...string) string {
		return `{"environments":[null,{"name":"other","dimensions":[` + row("x,y", "", `["9"]`) + `]},{"name":"prod","dimensions":[` + strings.Join(rows, ",") + `]}],"metaData":{"notices":["result not truncated"]}}`
	}
	for name, tt := range map[string]struct {
		answer string
		want   []apigee.TrafficRow
		err    string
	}{
		"nothing":           {`{"environments":[],"metaData":{}}`, nil, ""},
		"without rows":      {`{"environments":[{"name":"prod","dimensions":null}]}`, nil, ""},
		"without anything":  {`{}`, nil, "does not say which environment"},
		"another's":         {`{"environments":[{"name":"other"}],"metaData":{}}`, nil, `is about environment "other"`},
		"strings":           {answer(row("a,POST", "", `["39.0"]`)), []apigee.TrafficRow{{Values: []string{"a", "POST"}, Calls: 39}}, ""},
		"integers":          {answer(row("a,POST", "", `["9007199254740993"]`)), []apigee.TrafficRow{{Values: []string{"a", "POST"}, Calls: 9007199254740993}}, ""},
		"numbers":           {answer(row("a,POST", "", `[7]`)), []apigee.TrafficRow{{Values: []string{"a", "POST"}, Calls: 7}}, ""},
		"points":            {answer(row("a,POST", "", `[{"timestamp":1,"value":"2.0"},{"timestamp":2,"value":"3.0"}]`)), []apigee.TrafficRow{{Values: []string{"a", "POST"}, Calls: 5}}, ""},
		"exponent":          {answer(row("a,POST", "", `["1.2E7"]`)), []apigee.TrafficRow{{Values: []string{"a", "POST"}, Calls: 12000000}}, ""},
		"not set":           {answer(row("(not set),(not set)", "", `["1"]`)), []apigee.TrafficRow{{Values: []string{"(not set)", "(not set)"}, Calls: 1}}, ""},
		"individual names":  {answer(row("a,b,c", `,"individualNames":["a","b,c"]`, `["1"]`)), []apigee.TrafficRow{{Values: []string{"a", "b,c"}, Calls: 1}}, ""},
		"comma in a value":  {answer(row("a,b,c", "", `["1"]`)), []apigee.TrafficRow{{Values: []string{"a", "(not set)"}, Calls: 1}}, ""},
		"null row":          {answer("null", row("a,b", "", `["1"]`)), nil, "a row is one without sum(message_count)"},
		"error":             {`{"metaData":{"errors":["invalid\u0000 dimension"]}}`, nil, "reports an error"},
		"no metric":         {`{"environments":[{"name":"prod","dimensions":[{"name":"a,b","metrics":[]}]}]}`, nil, "a row is one without sum(message_count)"},
		"word for a number": {answer(row("a,b", "", `["many"]`)), nil, `a count is "many"`},
		"negative":          {answer(row("a,b", "", `["-1"]`)), nil, "instead of a number of calls"},
		"not a number":      {answer(row("a,b", "", `["NaN"]`)), nil, "instead of a number of calls"},
		"list for a number": {answer(row("a,b", "", `[[]]`)), nil, "neither a number nor a text"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newStatsClient(t, routes(map[string]string{"": `{"name":"acme","runtimeType":"CLOUD"}`, "/environments/prod/stats/apiproxy,request_verb": tt.answer}))
			got, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy", "request_verb"}})
			if tt.err != "" {
				wantError(t, err, "read analytics: ", tt.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Rows); diff != "" || got.Truncated {
				t.Errorf("truncated %v\n%s", got.Truncated, diff)
			}
		})
	}
}

func TestTrafficForbidden(t *testing.T) {
	c, _ := newStatsClient(t, routes(map[string]string{"": `{"name":"acme"}`, "/environments/prod/stats/apiproxy": "refuse 403"}))
	_, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
	wantError(t, err, "read analytics: the server answered 403", "apigee.environments.getStats", "roles/apigee.analyticsViewer")
	if strings.Contains(err.Error(), "prod") {
		t.Error("the environment is named by the problem, not by its text, so that equal problems can be joined")
	}
}
