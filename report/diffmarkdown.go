package report

import (
	"fmt"
	"io"
	"strings"
)

func writeComparisonMarkdown(w io.Writer, c *Comparison, o Options) error {
	var b strings.Builder
	b.WriteString("# Refresh tokens: what changed\n\n")
	for _, l := range c.closing() {
		b.WriteString(markdownText(l) + "\n")
	}
	for _, s := range c.changes() {
		if len(s.findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| severity | rule | organization | proxy | deployed | location | message |\n|---|---|---|---|---|---|---|\n", s.heading)
		for i := range s.findings {
			f := &s.findings[i]
			for _, cell := range []string{
				f.Severity.String(), f.RuleID, f.Organization, bundleName(f), deployedIn(f.Deployments),
				location(f, o.WorkingDirectory, false), message(f),
			} {
				b.WriteString("| " + markdownText(cell) + " ")
			}
			b.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
