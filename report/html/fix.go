package html

import (
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// mostDiffLines is how much of a diff is shown, in lines.
const mostDiffLines = 120

// fix is a change that mends a finding.
type fix struct {
	report.ShownFix
	Blocks []diffBlock
}

// diffBlock is lines of a diff of one kind, each with its end: one element for all of them keeps pages with thousands of findings
// small.
type diffBlock struct {
	Kind report.DiffKind
	Text string
}

func newFixes(f *finding.Finding, o report.Options) []fix {
	var out []fix
	for _, shown := range report.ShownFixes(f, o.WorkingDirectory, mostDiffLines) {
		x := fix{ShownFix: shown}
		for _, line := range shown.Diff {
			if n := len(x.Blocks); n == 0 || x.Blocks[n-1].Kind != line.Kind {
				x.Blocks = append(x.Blocks, diffBlock{Kind: line.Kind})
			}
			x.Blocks[len(x.Blocks)-1].Text += line.Text + "\n"
		}
		out = append(out, x)
	}
	return out
}
