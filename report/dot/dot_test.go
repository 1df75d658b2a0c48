package dot

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// FuzzEscape: a quoted text ends where it should, holds no escape of Graphviz, and shows what it was made of.
func FuzzEscape(f *testing.F) {
	for _, s := range reporttest.Spells() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "") // what is written is sanitised
		inside := strings.TrimSuffix(strings.TrimPrefix(quoted(s), `"`), `"`)
		if strings.ContainsAny(inside, "\"\\<>\n\r") || strings.Contains(inside, "::") || strings.Contains(inside, "##") {
			t.Errorf("%q becomes %q", s, inside)
		}
		if regexp.MustCompile(`&([^#]|$)`).MatchString(inside) {
			t.Errorf("%q becomes %q, in which an ampersand begins something else than a number", s, inside)
		}
		for _, r := range s { // HTML reads a few numbers of control characters as others
			if r >= 0x80 && r < 0xa0 || r == '\r' {
				return
			}
		}
		if got := html.UnescapeString(inside); got != s {
			t.Errorf("%q is shown as %q", s, got)
		}
	})
}

// TestEveryLineIsOurs: no name begins a statement, and each statement has as many quotation marks as it should.
func TestEveryLineIsOurs(t *testing.T) {
	statement := regexp.MustCompile(`^(//|digraph "refresh tokens" \{$|  graph \[|  node \[|  edge \[|  subgraph cluster_\d+ \{$|    graph \[|    n\d+_\d+ \[|    n\d+_\d+ -> n\d+_\d+ \[|  \}$|\}$)`)
	out := string(reporttest.Write(t, Write, report.Sanitized(reporttest.Pictured()), report.Options{}))
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if !statement.MatchString(line) {
			t.Errorf("a line begins with something else: %q", line)
		}
		if !strings.HasPrefix(line, "//") && strings.Count(line, `"`)%2 != 0 {
			t.Errorf("the quotation marks of a line do not match: %q", line)
		}
	}
	for _, no := range []string{"URL=", "href=", "image="} {
		if strings.Contains(out, no) {
			t.Errorf("the graph has %s", no)
		}
	}
}
