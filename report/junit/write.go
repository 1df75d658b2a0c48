package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"apigee-audit/report"
)

// counts are the attributes of a suite.
type counts struct{ tests, failures, errors, skipped int }

func (s *suite) count() counts {
	n := counts{tests: len(s.cases)}
	for i := range s.cases {
		switch s.cases[i].outcome {
		case failed:
			n.failures++
		case errored:
			n.errors++
		case skipped:
			n.skipped++
		}
	}
	return n
}

// write writes the suite case by case: a large organization has more than a hundred thousand of them.
func (s *suite) write(w io.Writer, d *report.Document) {
	n := s.count()
	fmt.Fprintf(w, "  <testsuite name=%s tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\"", attribute(s.name), n.tests, n.failures, n.errors, n.skipped)
	if !d.StartedAt.IsZero() {
		fmt.Fprintf(w, " timestamp=%s", attribute(d.StartedAt.UTC().Format("2006-01-02T15:04:05")))
	}
	fmt.Fprintln(w, ">")
	change := report.ChangeText(d)
	fmt.Fprintln(w, "    <properties>")
	if change != "" {
		fmt.Fprintf(w, "      <property name=\"change\" value=%s/>\n", attribute(change))
	}
	fmt.Fprintf(w, "      <property name=\"deployments\" value=\"%d\"/>\n      <property name=\"revisions\" value=\"%d\"/>\n"+
		"      <property name=\"audited\" value=\"%d\"/>\n", s.org.Deployments, s.org.Revisions, s.org.Audited)
	scope := report.ScopeText(d)
	if scope != "" {
		fmt.Fprintf(w, "      <property name=\"scope\" value=%s/>\n", attribute(scope))
	}
	if s := d.Scope; s != nil && s.Account != "" {
		fmt.Fprintf(w, "      <property name=\"account\" value=%s/>\n", attribute(s.Account))
	}
	if s := d.Scope; s != nil && s.Command != "" {
		fmt.Fprintf(w, "      <property name=\"command\" value=%s/>\n", attribute(s.Command))
	}
	fmt.Fprintln(w, "    </properties>")
	for i := range s.cases {
		s.cases[i].write(w)
	}
	if len(s.notices) > 0 || scope != "" || change != "" {
		var b strings.Builder
		if change != "" {
			b.WriteString(change + "\n")
		}
		if scope != "" {
			b.WriteString(scope + "\n")
		}
		for _, p := range s.notices {
			b.WriteString(p.Subject() + ": " + p.Operation + ": " + p.Error + "\n")
		}
		fmt.Fprintf(w, "    <system-out>%s</system-out>\n", characters(b.String()))
	}
	fmt.Fprintln(w, "  </testsuite>")
}

func (c *testCase) write(w io.Writer) {
	fmt.Fprintf(w, "    <testcase classname=%s name=%s", attribute(c.class), attribute(c.name))
	if c.file != "" {
		fmt.Fprintf(w, " file=%s", attribute(c.file))
		if c.line > 0 {
			fmt.Fprintf(w, " line=\"%d\"", c.line)
		}
	}
	if c.outcome == passed {
		fmt.Fprintln(w, "/>")
		return
	}
	fmt.Fprintf(w, ">\n      <%[1]s message=%[2]s>%[3]s</%[1]s>\n    </testcase>\n", string(c.outcome), attribute(c.message), characters(c.text))
}

// attribute is a quoted and harmless XML attribute.
func attribute(s string) string { return `"` + characters(s) + `"` }

// characters escapes text whose only line breaks are ours; what XML does not allow has become a visible escape before.
func characters(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		said, end := strings.CutSuffix(line, "\n")
		_ = xml.EscapeText(&b, []byte(said)) // a Builder does not fail
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
