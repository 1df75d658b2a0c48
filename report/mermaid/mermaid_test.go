package mermaid

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

var entity = regexp.MustCompile(`#(\d+);`)

// FuzzEscape: a label holds nothing that Mermaid reads as anything but text, and shows what it was made of.
func FuzzEscape(f *testing.F) {
	for _, s := range reporttest.Spells() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		out := escape(s)
		for _, r := range entity.ReplaceAllString(out, "") {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_.,()/·→…", r) {
				t.Errorf("%q becomes %q with %q", s, out, r)
			}
		}
		shown := entity.ReplaceAllStringFunc(out, func(e string) string {
			n, err := strconv.Atoi(strings.Trim(e, "#;"))
			if err != nil {
				t.Error(err)
			}
			return string(rune(n))
		})
		if shown != s {
			t.Errorf("%q is shown as %q", s, shown)
		}
	})
}

// TestEveryLineIsOurs: no name begins a statement or a directive.
func TestEveryLineIsOurs(t *testing.T) {
	statement := regexp.MustCompile(`^(%% |flowchart LR$|  subgraph g\d+\["[^"]*"\]$|    direction LR$|    n\d+_\d+(\["[^"]*"\]|\[\["[^"]*"\]\]|\{\{"[^"]*"\}\})$|` +
		`    n\d+_\d+ (-->|-\.->)\|"[^"]*"\| n\d+_\d+$|  end$|  legend\["[^"]*"\]$|  classDef [a-z]+ [a-z0-9:#,; -]+$|  class [a-z0-9_,]+ [a-z]+$|  linkStyle [0-9,]+ [a-z0-9:#,.-]+$)`)
	out := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Pictured()), report.Options{}))
	rest, ok := strings.CutPrefix(out, settings)
	if !ok {
		t.Fatalf("the directive is not first: %.80q", out)
	}
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		if !statement.MatchString(line) {
			t.Errorf("a line is something else: %q", line)
		}
		if strings.Contains(strings.TrimPrefix(line, "%% "), "%") {
			t.Errorf("a line has a percent sign: %q", line)
		}
	}
}

// TestChartFits: a chart has at most as many bytes as it may, and says where it is too large.
func TestChartFits(t *testing.T) {
	var edges []finding.Edge
	for i := range 2000 {
		edges = append(edges, finding.Edge{
			Organization: "acme", Environment: fmt.Sprint("env-", i%40), From: finding.Endpoint{Kind: apigee.KindProxy, Name: strings.Repeat("x", 50) + fmt.Sprint(i)},
			Relation: finding.RelationNeverRefreshed,
		})
	}
	d := report.New(reporttest.Tool(), []*finding.Result{{Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX}, Edges: edges}})
	for most, want := range map[int]bool{48_000: true, 12_000: true, 3_000: true, 500: false} {
		chart, fits := Chart(d, most)
		if fits != want || fits && len(chart) > most {
			t.Errorf("of %d bytes: %d, fits %v", most, len(chart), fits)
		}
		if !fits && !strings.Contains(chart, "too large") {
			t.Errorf("it does not say that it is too large: %s", chart)
		}
	}
	if chart, fits := Chart(reporttest.CleanBill(), 10); chart != "" || !fits {
		t.Errorf("a report without edges has the chart %q", chart)
	}
}
