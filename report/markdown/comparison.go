package markdown

import (
	"fmt"
	"io"
	"strings"

	"apigee-audit/report"
)

// WriteComparison writes what changed as one table for each list that has findings.
func WriteComparison(w io.Writer, c *report.Comparison, o report.Options) error {
	var b strings.Builder
	b.WriteString("# Refresh tokens: what changed\n\n")
	for _, l := range c.Closing() {
		b.WriteString(escape(l) + "\n")
	}
	for _, s := range c.Changes() {
		if len(s.Findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| severity | rule | organization | proxy | deployed | location | message |\n|---|---|---|---|---|---|---|\n", s.Heading)
		for i := range s.Findings {
			f := &s.Findings[i]
			for _, cell := range []string{
				f.Severity.String(), f.RuleID, f.Organization, report.BundleName(f.Kind, f.Name), report.DeployedIn(f.Deployments),
				report.Location(f, o.WorkingDirectory, false), report.Message(f),
			} {
				b.WriteString("| " + escape(cell) + " ")
			}
			b.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
