package markdown

import (
	"fmt"
	"strings"

	"apigee-audit/internal/text"
	"apigee-audit/report"
)

const (
	// mostDiffLines is how much of a diff is shown, in lines, and longDiff from how many on it is folded.
	mostDiffLines = 60
	longDiff      = 20
)

// fixBlock is a change that mends a finding. The diff is a block of code and no suggestion: GitHub offers to apply those only in
// comments on the very lines of a pull request that they replace. This report is a comment on the whole, or none on a pull request,
// and a fix may change several files, add some, and change lines that the pull request leaves alone.
// Source: docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request.
func fixBlock(x *report.ShownFix) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %s\n\n", x.Title, escape(text.Shorten(x.Description, detailLength)))
	for _, r := range x.Remarks {
		fmt.Fprintf(&b, "- %s: %s\n", r.Label, escape(text.Shorten(r.Text, detailLength)))
	}
	var lines []string
	for _, l := range x.Diff {
		lines = append(lines, l.Text)
	}
	if len(lines) > longDiff {
		fmt.Fprintf(&b, "\n<details><summary>Diff: %s</summary>\n", text.Count(len(lines), "line"))
	}
	if len(lines) > 0 {
		b.WriteString("\n" + fenced("diff", strings.Join(lines, "\n")))
	}
	if len(lines) > longDiff {
		b.WriteString("\n</details>\n")
	}
	if x.Cut != "" {
		b.WriteString("\n" + escape(x.Cut) + "\n")
	}
	return b.String()
}
