package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func stored() audit.StoredTokens {
	return audit.StoredTokens{
		Organization: "acme", From: time.Date(2026, 10, 21, 6, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC),
		IssuedPerDay: 1300.5, UpperBound: 1234567, NeverRefreshed: 1200000, Unbounded: true,
		Proxies: []audit.ProxyTokens{
			{Environment: "prod", Name: "kiosk", Calls: 30, NeverExpires: true, Refreshed: true, Arithmetic: "30 calls in 30 days = 1 a day, kept for ever"},
			{Environment: "prod", Name: "login", Calls: 36000, KeptDays: 1000, UpperBound: 1200000, Arithmetic: "36,000 calls in 30 days = 1,200 a day × 1,000 days = 1,200,000", Assumptions: []string{"Guessed."}},
			{Environment: "prod", Name: "pay", Calls: 3000, KeptDays: 345.67, UpperBound: 34567, Refreshed: true, Arithmetic: "3,000 calls"},
			{Environment: "test", Name: "login"},
		},
		Assumptions: []string{"The pace holds."},
	}
}

// withTraffic is a report of findings of which one place is busy, one silent, one unused and one unknown.
func withTraffic() *Document {
	findingOf := func(name string, t *audit.FindingTraffic) audit.Finding {
		f := neverRefreshed()
		f.Name, f.Fingerprint, f.Traffic = name, "f-"+name, t
		return f
	}
	calls := func(n, proxy int64, note string) *audit.FindingTraffic {
		return &audit.FindingTraffic{From: stored().From, To: stored().To, Calls: audit.Calls{Calls: n, Successes: n}, ProxyCalls: proxy, Note: note}
	}
	unused := findingOf("a-unused", calls(0, 0, "not called in 30 days: unused"))
	busy := findingOf("z-busy", calls(900, 900, "900 calls in 30 days"))
	busy.URLs, busy.Products, busy.Apps = []string{"https://api.example/oauth/token"}, []string{"gold"}, []string{"shop"}
	s := stored()
	return New(testTool(), []*audit.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod"}},
		Findings:     []audit.Finding{unused, findingOf("b-unknown", nil), findingOf("c-silent", calls(0, 5, "0 calls in 30 days")), busy},
		StoredTokens: &s,
	}})
}

func TestFindingsAreRankedByCalls(t *testing.T) {
	var names []string
	for _, f := range withTraffic().Findings {
		names = append(names, f.Name)
	}
	if want := []string{"z-busy", "b-unknown", "c-silent", "a-unused"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestTrafficInTheReports(t *testing.T) {
	d := withTraffic()
	json := write(t, "json", d, Options{})
	if err := validate(t, compiled(t), json); err != nil {
		t.Error(err)
	}
	again, err := Read(bytes.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(json, write(t, "json", again, Options{})) {
		t.Error("a report read and written again differs")
	}
	table := string(write(t, "table", d, Options{}))
	for _, want := range []string{
		"[900 calls in 30 days]", "[not called in 30 days: unused]",
		"Organization acme: 1,234,567 (1,301 issued a day), 1,200,000 of them of proxies without a refresh flow of their own; beside them tokens that never end",
		"login in prod: 36,000 calls in 30 days = 1,200 a day × 1,000 days = 1,200,000, never refreshed there. Guessed.",
		"Assumed: The pace holds.",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if strings.Contains(table, "login in test") {
		t.Error("a proxy that issues nothing is in the summary")
	}
	var b strings.Builder
	if err := Explain(&b, d, "f-z-busy", Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://api.example/oauth/token", "gold", "shop"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the explanation lacks %q", want)
		}
	}
}

func TestStoredTokensChart(t *testing.T) {
	s := stored()
	s.Proxies[1].Name = hostile
	chart := StoredTokensChart(s)
	d := xml.NewDecoder(strings.NewReader(chart))
	rects, texts := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, chart)
		}
		if e, ok := token.(xml.StartElement); ok {
			switch e.Name.Local {
			case "rect":
				rects++
			case "text":
				texts++
			case "svg", "g", "title":
			default:
				t.Errorf("element %s", e.Name.Local)
			}
		}
	}
	if rects != 3 || texts != 6 {
		t.Errorf("%d bars and %d texts, want 3 and 6", rects, texts)
	}
	for _, want := range []string{`class="endless" x="260" y="6" width="280"`, `class="bare" x="260" y="30" width="280"`, `width="8"`, "no bound", "1,200,000, never refreshed", "34,567"} {
		if !strings.Contains(chart, want) {
			t.Errorf("the chart lacks %q:\n%s", want, chart)
		}
	}
	if strings.Contains(chart, "href") || strings.ContainsAny(chart, "\x1b\x07\n") || strings.Contains(chart, "<b>") {
		t.Errorf("a name got through:\n%s", chart)
	}
	if StoredTokensChart(audit.StoredTokens{Organization: "x", Proxies: []audit.ProxyTokens{{Name: "idle"}}}) != "" {
		t.Error("a chart of nothing")
	}
}

func TestChartIsBounded(t *testing.T) {
	s := audit.StoredTokens{}
	for range 100 {
		s.Proxies = append(s.Proxies, audit.ProxyTokens{Name: strings.Repeat("n", 200), Calls: 1, UpperBound: math.MaxInt64})
	}
	chart := StoredTokensChart(s)
	if n := strings.Count(chart, "<rect"); n != chartMost {
		t.Errorf("%d bars", n)
	}
	if !strings.Contains(chart, `width="280"`) || strings.Contains(chart, `width="-`) {
		t.Error("bars of the largest numbers have no good width")
	}
}

func TestMergeKeepsStoredTokens(t *testing.T) {
	other := withTraffic()
	other.Organizations[0].Name, other.StoredTokens[0].Organization = "beta", "beta"
	for i := range other.Findings {
		other.Findings[i].Organization = "beta"
	}
	m, err := Merge(testTool(), []Stored{{"a.json", withTraffic()}, {"b.json", other}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.StoredTokens) != 2 || m.StoredTokens[0].Organization != "acme" || m.StoredTokens[1].Organization != "beta" {
		t.Errorf("stored tokens of %d organizations", len(m.StoredTokens))
	}
}
