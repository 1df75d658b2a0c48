package html

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report/internal/reporttest"
)

func TestStoredTokensChart(t *testing.T) {
	s := reporttest.StoredTokens()
	s.Proxies[1].Name = reporttest.Hostile
	chart := storedTokensChart(s)
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
	for _, want := range []string{`class="endless" x="260" y="6" width="280"`, `class="bare" x="260" y="30" width="280"`, `width="8"`, "no limit", "1,200,000, never refreshed", "34,567"} {
		if !strings.Contains(chart, want) {
			t.Errorf("the chart lacks %q:\n%s", want, chart)
		}
	}
	if strings.Contains(chart, "href") || strings.ContainsAny(chart, "\x1b\x07\n") || strings.Contains(chart, "<b>") {
		t.Errorf("a name got through:\n%s", chart)
	}
	if storedTokensChart(finding.StoredTokens{Organization: "x", Proxies: []finding.ProxyTokens{{Name: "idle"}}}) != "" {
		t.Error("a chart of nothing")
	}
}

func TestChartIsBounded(t *testing.T) {
	s := finding.StoredTokens{}
	for range 100 {
		s.Proxies = append(s.Proxies, finding.ProxyTokens{Name: strings.Repeat("n", 200), Calls: 1, UpperBound: math.MaxInt64})
	}
	chart := storedTokensChart(s)
	if n := strings.Count(chart, "<rect"); n != chartMost {
		t.Errorf("%d bars", n)
	}
	if !strings.Contains(chart, `width="280"`) || strings.Contains(chart, `width="-`) {
		t.Error("bars of the largest numbers have no good width")
	}
}
