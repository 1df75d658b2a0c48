package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

func recorded(runtime string) *simulator.Server {
	return simulator.New([]*simulator.Organization{{
		Name: "o", Environments: []simulator.Environment{{Name: "prod"}},
		Records: simulator.Records{
			Runtime: runtime,
			Traffic: []simulator.Traffic{
				{Environment: "prod", Proxy: "a", BasePath: "/a", Path: "/x", Verb: "POST", Status: "200", PerDay: 10, More: map[string]string{"dc_grant": "password"}},
				{Environment: "prod", Proxy: "a", BasePath: "/a", Verb: "GET", Status: "404", PerDay: 3},
				{Environment: "prod", Proxy: "b", BasePath: "/b", Path: "/x", Verb: "POST", Status: "200", PerDay: 7},
				{Environment: "test", Proxy: "a", BasePath: "/a", Path: "/x", Verb: "POST", Status: "200", PerDay: 99},
			},
			Products: []simulator.Product{{Name: "p1", Apps: []string{"one", "two"}}, {Name: "p2", Operations: []string{"a"}}, {Name: "p3"}},
		},
	}}, simulator.Options{})
}

const tenDays = "11/13/2026 12:00~11/23/2026 12:00"

// statistics asks for calls and writes rows as "values=count".
func statistics(t *testing.T, s http.Handler, dimensions string, query url.Values) (rows, notices []string) {
	t.Helper()
	query.Set("select", "sum(message_count)")
	if query.Get("timeRange") == "" {
		query.Set("timeRange", tenDays)
	}
	res := get(s, "/v1/organizations/o/environments/prod/stats/"+dimensions+"?"+query.Encode())
	if res.Code != http.StatusOK {
		return []string{"status " + http.StatusText(res.Code)}, nil
	}
	var answer struct {
		Environments []struct {
			Dimensions []struct {
				Name    string
				Metrics []struct{ Values []string }
			}
		}
		MetaData struct{ Notices []string }
	}
	if err := json.Unmarshal(res.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	for _, e := range answer.Environments {
		for _, d := range e.Dimensions {
			rows = append(rows, d.Name+"="+d.Metrics[0].Values[0])
		}
	}
	return rows, answer.MetaData.Notices
}

func TestStatistics(t *testing.T) {
	for name, tt := range map[string]struct {
		runtime, dimensions string
		query               url.Values
		want                string
	}{
		"by proxy":           {"", "apiproxy", url.Values{}, "a=130.0 b=70.0"},
		"by path":            {"", "apiproxy,proxy_pathsuffix", url.Values{}, "a,/x=100.0 b,/x=70.0 a,(not set)=30.0"},
		"by custom value":    {"", "dc_grant", url.Values{}, "(not set)=100.0 password=100.0"},
		"filtered":           {"", "apiproxy", url.Values{"filter": {"(apiproxy in 'b','c')"}}, "b=70.0"},
		"second row":         {"", "apiproxy", url.Values{"limit": {"1"}, "offset": {"1"}}, "b=70.0"},
		"behind the end":     {"", "apiproxy", url.Values{"offset": {"5"}}, ""},
		"half a day":         {"", "apiproxy", url.Values{"timeRange": {"11/23/2026 00:00~11/23/2026 12:00"}}, "a=6.0 b=3.0"},
		"92 days":            {"", "apiproxy", url.Values{"timeRange": {"08/23/2026 12:00~11/23/2026 12:00"}}, "a=1196.0 b=644.0"},
		"more":               {"", "apiproxy", url.Values{"timeRange": {"08/23/2026 11:59~11/23/2026 12:00"}}, "status Bad Request"},
		"14 days of hybrid":  {"HYBRID", "apiproxy", url.Values{"timeRange": {"11/09/2026 12:00~11/23/2026 12:00"}}, "a=182.0 b=98.0"},
		"more of hybrid":     {"HYBRID", "apiproxy", url.Values{"timeRange": {"11/09/2026 11:59~11/23/2026 12:00"}}, "status Bad Request"},
		"too many rows":      {"", "apiproxy", url.Values{"limit": {"14401"}}, "status Bad Request"},
		"unknown dimension":  {"", "dc_other", url.Values{}, "status Bad Request"},
		"access tokens":      {"", "access_token", url.Values{}, "status Bad Request"},
		"another filter":     {"", "apiproxy", url.Values{"filter": {"(x eq 1)"}}, "status Bad Request"},
		"times in disorder":  {"", "apiproxy", url.Values{"timeRange": {"11/23/2026 12:00~11/13/2026 12:00"}}, "status Bad Request"},
		"no number as limit": {"", "apiproxy", url.Values{"limit": {"x"}}, "status Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := statistics(t, recorded(tt.runtime), tt.dimensions, tt.query)
			if got := strings.Join(rows, " "); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	if _, notices := statistics(t, recorded(""), "apiproxy", url.Values{"limit": {"1"}}); !slices.Contains(notices, "Result truncated to 1 rows") {
		t.Errorf("notices %q", notices)
	}
}

// TestStatisticsByTime counts by a unit of time, whose points add up.
func TestStatisticsByTime(t *testing.T) {
	const url = "/v1/organizations/o/environments/prod/stats/apiproxy?select=sum(message_count)&timeUnit=day&timeRange=11/21/2026%2000:00~11/23/2026%2012:00"
	want := `[{"timestamp":1795219200000,"value":"13.0"},{"timestamp":1795305600000,"value":"13.0"},{"timestamp":1795392000000,"value":"6.0"}]`
	var answer struct {
		Environments []struct {
			Dimensions []struct {
				Metrics []struct{ Values json.RawMessage }
			}
		}
	}
	w := get(recorded(""), url)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err, w.Body)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, answer.Environments[0].Dimensions[0].Metrics[0].Values); err != nil || got.String() != want {
		t.Errorf("%s, %v, want %s", got.String(), err, want)
	}
	if w := get(recorded(""), strings.Replace(url, "day", "century", 1)); w.Code != http.StatusBadRequest {
		t.Errorf("status %d", w.Code)
	}
}

func TestProductsAndApps(t *testing.T) {
	s := recorded("")
	for url, want := range map[string]string{
		"apiproducts?expand=true&count=2":             "p1 p2",
		"apiproducts?expand=true&count=2&startKey=p2": "p2 p3",
		"apiproducts": "p1 p2 p3",
	} {
		var list struct{ APIProduct []struct{ Name string } }
		if err := json.Unmarshal(get(s, "/v1/organizations/o/"+url).Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range list.APIProduct {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	quiet, loud := get(s, "/v1/organizations/o/apps?expand=true").Body.String(), get(s, "/v1/organizations/o/apps?includeCred=true").Body.String()
	if strings.Contains(quiet, "secret-of-one") || !strings.Contains(quiet, `"one"`) || !strings.Contains(loud, "secret-of-one") {
		t.Errorf("secrets are sent to those who ask alone:\n%s\n%s", quiet, loud)
	}
}

// TestDemoRecordsAreOfTheDemo follows every name in records.json.
func TestDemoRecordsAreOfTheDemo(t *testing.T) {
	for _, o := range simulator.Demo() {
		deployed := map[string]bool{}
		environments := map[string]bool{}
		for _, e := range o.Environments {
			environments[e.Name] = true
			for _, r := range e.Deployed {
				deployed[e.Name+"/"+r.Name] = r.Kind == apigee.KindProxy
			}
		}
		anywhere := func(proxy string) bool {
			return slices.ContainsFunc(o.Environments, func(e simulator.Environment) bool { return deployed[e.Name+"/"+proxy] })
		}
		for _, c := range o.Records.Traffic {
			if !deployed[c.Environment+"/"+c.Proxy] || c.PerDay < 1 {
				t.Errorf("%s: traffic of %s in %s", o.Name, c.Proxy, c.Environment)
			}
		}
		for _, p := range o.Records.Products {
			for _, proxy := range append(slices.Clone(p.Proxies), p.Operations...) {
				if !anywhere(proxy) {
					t.Errorf("%s: product %s opens %s", o.Name, p.Name, proxy)
				}
			}
			for _, e := range p.Environments {
				if !environments[e] {
					t.Errorf("%s: product %s in environment %s", o.Name, p.Name, e)
				}
			}
		}
		for e := range o.Records.Masks {
			if !environments[e] {
				t.Errorf("%s: mask of environment %s", o.Name, e)
			}
		}
	}
}
