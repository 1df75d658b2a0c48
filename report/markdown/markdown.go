// Package markdown writes a report and a comparison as GitHub-flavoured Markdown, for comments and job summaries.
package markdown

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/mermaid"
)

const (
	// commentBytes is what a comment on GitHub may hold, in characters; never fewer than bytes.
	commentBytes = 65_536
	// summaryBytes is less than the 1 MiB that GitHub takes as summary from a step of a job, which may write more than the report.
	// Source: docs.github.com/actions/reference/workflows-and-actions/workflow-commands, "Adding a job summary".
	summaryBytes = 1_000_000
	// minBytes holds a title and the sentence that says what is missing.
	minBytes = 3_000
	// messageLength bounds a message in the table and detailLength every text of the details, in characters.
	messageLength = 300
	detailLength  = 1_500
)

// WriteSummary writes what [Write] does, as much as fits in the summary of a job.
func WriteSummary(w io.Writer, d *report.Document, o report.Options) error {
	o.MaxBytes = cmp.Or(o.MaxBytes, summaryBytes)
	return Write(w, d, o)
}

// Write writes the report as GitHub-flavoured Markdown for a comment: a line that sums up, a table of the findings, new ones first,
// what was not looked at, and the proofs folded away. What does not fit is counted; of new findings, texts are cut first.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	page := boundedPage{left: max(cmp.Or(o.MaxBytes, commentBytes), minBytes)}
	page.left -= reserve
	page.add(head(d))
	findings := report.NewFirst(report.Shown(d, o))
	several := len(d.Subjects()) > 1
	rows := page.table(columnHeads(d, several), findings, several)
	page.force(left(findings[rows:]))
	page.fold("Accepted", acceptedLines(d, o))
	page.fold("Not looked at", problemLines(d.Problems))
	page.fold(report.FixedTitle(d), goneLines(d.Fixed))
	page.fold(report.NotLookedAtTitle(d), goneLines(d.NotLookedAt))
	page.fold("Notices", problemLines(d.Notices))
	page.fold("Requirements of standards (passed means that the rules found nothing, not that a requirement is met)", controlLines(d))
	page.picture(d)
	for i, part := range allDetails(d, findings[:rows], page.left) {
		if !page.add(part) {
			page.force(fmt.Sprintf("\nDetails of %s are in the full report.\n", text.Count(rows-i, "finding")))
			break
		}
	}
	_, err := io.WriteString(w, page.b.String())
	return err
}

// reserve is kept for the sentences that say what is missing.
const reserve = 1_500

// boundedPage grows until its bytes are used up.
type boundedPage struct {
	b    strings.Builder
	left int
}

// add takes a part that fits, or nothing of it.
func (p *boundedPage) add(part string) bool {
	if len(part) > p.left {
		return false
	}
	p.left -= len(part)
	p.b.WriteString(part)
	return true
}

// force adds a sentence that reserve has room for.
func (p *boundedPage) force(part string) { p.b.WriteString(part) }

// fold adds a folded list, as much of it as fits.
func (p *boundedPage) fold(title string, lines []string) {
	const end = "\n</details>\n"
	if len(lines) == 0 {
		return
	}
	p.left -= len(end)
	defer func() { p.left += len(end) }()
	if !p.add(fmt.Sprintf("\n<details><summary>%s: %d</summary>\n\n", title, len(lines))) {
		p.force(fmt.Sprintf("\n%s: %d, see the full report.\n", title, len(lines)))
		return
	}
	for i, line := range lines {
		if !p.add("- " + line + "\n") {
			p.force(fmt.Sprintf("- %d more in the full report\n", len(lines)-i))
			break
		}
	}
	p.b.WriteString(end)
	p.left -= len(end)
}

// picture adds who refreshes for whom as a folded flowchart. Details of findings keep most of the room.
func (p *boundedPage) picture(d *report.Document) {
	chart, fits := mermaid.Chart(d, p.left/3)
	switch {
	case chart == "":
	case !fits:
		p.force("\nThe picture of who refreshes for whom is in the full report.\n")
	default:
		p.add("\n<details><summary>Who refreshes for whom</summary>\n\n" + fenced("mermaid", strings.TrimSuffix(chart, "\n")) + "\n</details>\n")
	}
}

func head(d *report.Document) string {
	var lines []string
	if l := report.ChangeText(d); l != "" {
		lines = append(lines, "**"+escape(text.Shorten(l, detailLength))+"**")
	}
	lines = append(lines, report.FoundLine(d), report.CoverageLine(d))
	if l := report.ScopeText(d); l != "" {
		lines = append(lines, escape(text.Shorten(l, detailLength)))
	}
	if l := report.RequestText(d); l != "" {
		lines = append(lines, escape(text.Shorten(l, detailLength)))
	}
	if l := report.Standing(d); l != "" {
		lines = append(lines, l)
	}
	if !d.Complete {
		lines = append(lines, "**The audit is incomplete: there may be findings that it does not show.**")
	}
	return "### apigee-audit\n\n" + strings.Join(lines, "\n") + "\n\n"
}

func columnHeads(d *report.Document, several bool) string {
	columns := []string{"Severity", "Rule"}
	if several {
		columns = append(columns, "Organization")
	}
	where := "Deployed"
	if !slices.ContainsFunc(d.Findings, func(f finding.Finding) bool { return report.IsDeployed(&f) }) {
		where = "Path" // bundles from disk are deployed nowhere
	}
	columns = append(columns, "Bundle", where, "Finding")
	return "| " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat("---|", len(columns)) + "\n"
}

// tableRow is a finding with texts of at most so many characters.
func tableRow(f *finding.Finding, several bool, most int) string {
	cells := []string{f.Severity.String(), escape(f.RuleID)}
	if several {
		cells = append(cells, code(text.Shorten(short(f.Organization), most)))
	}
	name := code(text.Shorten(short(f.Name), most))
	if f.Kind == apigee.KindSharedFlow {
		name += " (shared flow)"
	}
	line := escape(text.Shorten(f.Message, most))
	switch {
	case f.Suppression != nil:
		line += " *" + escape(text.Shorten(report.SuppressionText(f.Suppression), most)) + "*"
	case f.Status != finding.StatusNew:
		line += " *" + escape(string(f.Status)) + "*"
	}
	cells = append(cells, name, escape(text.Shorten(report.DeployedIn(f.Deployments), most)), line)
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// short bounds a name, which is at most 255 characters in Apigee and anything on disk.
func short(name string) string { return text.Shorten(name, 100) }

func problemLines(problems []apigee.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, escape(text.Shorten(p.Subject()+": "+p.Operation+": "+p.Error, detailLength)))
	}
	return lines
}

// acceptedLines lists what is accepted and why, where the table does not show it.
func acceptedLines(d *report.Document, o report.Options) []string {
	var lines []string
	for _, f := range report.Hidden(d, o) {
		lines = append(lines, f.Severity.String()+" "+escape(f.RuleID)+" "+f.Kind.Noun()+" "+code(short(f.Name))+": "+
			escape(text.Shorten(report.Acceptance(&f), detailLength)))
	}
	return lines
}

func goneLines(findings []finding.Finding) []string {
	var lines []string
	for i := range findings {
		f := &findings[i]
		lines = append(lines, f.Severity.String()+" "+escape(f.RuleID)+" "+f.Kind.Noun()+" "+code(short(f.Name)))
	}
	return lines
}

// controlLines says how many bundles each requirement has in each of its lists.
func controlLines(d *report.Document) []string {
	var lines []string
	for i := range d.Controls {
		c := &d.Controls[i]
		line := c.Label() + " " + c.Title + ": " + report.ControlCounts(c)
		for _, n := range c.NotJudged {
			line += "; without " + n.RuleID + ", " + n.Why
		}
		lines = append(lines, escape(text.Shorten(line, detailLength)))
	}
	return lines
}

// allDetails are the details of findings, with diffs as long as there is room: what details without diffs leave of it, and a third
// of it in any case, in the order of the findings.
func allDetails(d *report.Document, findings []finding.Finding, room int) []string {
	plain := make([]string, len(findings))
	spare := room
	for i := range findings {
		plain[i] = details(d, &findings[i], 0)
		spare -= len(plain[i])
	}
	spare = max(spare, room/3)
	for i := range findings {
		f := &findings[i]
		if len(f.Fixes) == 0 || spare <= 0 {
			continue
		}
		full := details(d, f, mostDiffLines)
		if more := len(full) - len(plain[i]); more <= spare {
			plain[i], spare = full, spare-more
		}
	}
	return plain
}

// details is one finding with its proof, folded, with so many lines of each diff at most.
func details(d *report.Document, f *finding.Finding, diffLines int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>%s %s in %s</summary>\n\n", f.Severity, escape(f.RuleID), code(short(f.Name)))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "- %s: %s\n", name, value)
		}
	}
	shown := func(s string) string { return escape(text.Shorten(s, detailLength)) }
	line("Finding", shown(f.Message))
	if console := d.ConsoleURL(f); console != "" {
		line("Console", "[open the revision]("+console+")")
	}
	line("Place", code(text.Shorten(report.WithPosition(report.FullPath(f, ""), f.Place), messageLength)))
	line("Also in", shown(strings.Join(report.Elsewhere(f), ", ")))
	line("Age", report.AgeText(d, f))
	line("Searched", shown(f.Searched))
	line("What to do", shown(f.Remediation))
	line("No fix", shown(f.NoFix))
	if len(f.Path) > 0 {
		var steps []string
		for _, h := range f.Path {
			steps = append(steps, h.Label)
		}
		line("Path", shown(strings.Join(steps, " → ")))
	}
	line("Fingerprint", code(f.Fingerprint))
	for i := range f.Snippets {
		s := &f.Snippets[i]
		fmt.Fprintf(&b, "\nXML to paste: %s\n\n%s", shown(report.SnippetPlace(s, f, "")), fenced("xml", report.SnippetText(s)))
	}
	for i, x := range report.ShownFixes(f, "", diffLines) {
		if i > 0 { // the diff of the recommended one is enough for a comment
			x.Diff, x.Cut = nil, ""
		}
		b.WriteString(fixBlock(&x))
	}
	b.WriteString("\n</details>\n")
	return b.String()
}
