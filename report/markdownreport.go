package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

const (
	// DefaultMarkdownBytes is what a comment on GitHub may hold, in characters; never fewer than bytes. A job's step
	// summary may be 1 MiB.
	DefaultMarkdownBytes = 65_536
	// minMarkdownBytes holds a title and the sentence that says what is missing.
	minMarkdownBytes = 2_000
	// markdownMessage bounds a message in the table and markdownDetail every text of the details, in characters.
	markdownMessage = 300
	markdownDetail  = 1_500
)

// writeMarkdown writes the report as GitHub-flavoured Markdown for a comment or $GITHUB_STEP_SUMMARY: a line that sums up,
// a table of the findings, what was not looked at, and the proofs folded away. What does not fit is counted, the least
// severe first.
func writeMarkdown(w io.Writer, d *Document, o Options) error {
	page := markdownPage{left: max(cmp.Or(o.MaxBytes, DefaultMarkdownBytes), minMarkdownBytes)}
	page.left -= markdownReserve
	page.add(markdownHead(d))
	findings := shown(d, o)
	rows, several := 0, len(d.Subjects()) > 1
	for i := range findings {
		row := markdownRow(&findings[i], several)
		if i == 0 {
			row = markdownColumns(d, several) + row
		}
		if !page.add(row) {
			break
		}
		rows++
	}
	if n := len(findings) - rows; n > 0 {
		page.force(fmt.Sprintf("\n**%s in the full report.**\n", text.Count(n, "more finding")))
	}
	page.fold("Accepted", markdownAccepted(d, o))
	page.fold("Not looked at", markdownProblems(d.Problems))
	page.fold(fixedTitle(d), markdownGone(d.Fixed))
	page.fold(notLookedAtTitle(d), markdownGone(d.NotLookedAt))
	page.fold("Worth knowing", markdownProblems(d.Notices))
	for i := range findings[:rows] {
		if !page.add(markdownDetails(&findings[i])) {
			page.force(fmt.Sprintf("\nDetails of %s are in the full report.\n", text.Count(rows-i, "finding")))
			break
		}
	}
	_, err := io.WriteString(w, page.b.String())
	return err
}

// markdownReserve is kept for the sentences that say what is missing.
const markdownReserve = 1_000

// markdownPage grows until its bytes are used up.
type markdownPage struct {
	b    strings.Builder
	left int
}

// add takes a part that fits, or nothing of it.
func (p *markdownPage) add(part string) bool {
	if len(part) > p.left {
		return false
	}
	p.left -= len(part)
	p.b.WriteString(part)
	return true
}

// force adds a sentence that markdownReserve has room for.
func (p *markdownPage) force(part string) { p.b.WriteString(part) }

// fold adds a folded list, as much of it as fits.
func (p *markdownPage) fold(title string, lines []string) {
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

func markdownHead(d *Document) string {
	var lines []string
	if l := changeText(d); l != "" {
		lines = append(lines, "**"+markdownText(text.Shorten(l, markdownDetail))+"**")
	}
	lines = append(lines, foundLine(d), coverageLine(d))
	if l := scopeText(d); l != "" {
		lines = append(lines, markdownText(text.Shorten(l, markdownDetail)))
	}
	if l := request(d); l != "" {
		lines = append(lines, markdownText(text.Shorten(l, markdownDetail)))
	}
	if l := standing(d); l != "" {
		lines = append(lines, l)
	}
	if !d.Complete {
		lines = append(lines, "**The audit is incomplete: there may be findings that it does not show.**")
	}
	return "### apigee-audit\n\n" + strings.Join(lines, "\n") + "\n\n"
}

func markdownColumns(d *Document, several bool) string {
	columns := []string{"Severity", "Rule"}
	if several {
		columns = append(columns, "Organization")
	}
	where := "Deployed"
	if !slices.ContainsFunc(d.Findings, func(f audit.Finding) bool { return isDeployed(&f) }) {
		where = "Path" // bundles from disk are deployed nowhere
	}
	columns = append(columns, "Bundle", where, "Finding")
	return "| " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat("---|", len(columns)) + "\n"
}

func markdownRow(f *audit.Finding, several bool) string {
	cells := []string{f.Severity.String(), markdownText(f.RuleID)}
	if several {
		cells = append(cells, markdownCode(short(f.Organization)))
	}
	name := markdownCode(short(f.Name))
	if f.Kind == apigee.KindSharedFlow {
		name += " (shared flow)"
	}
	line := markdownText(text.Shorten(f.Message, markdownMessage))
	switch {
	case f.Suppression != nil:
		line += " *" + markdownText(text.Shorten(accepted(f.Suppression), markdownMessage)) + "*"
	case f.Status != audit.StatusNew:
		line += " *" + markdownText(string(f.Status)) + "*"
	}
	cells = append(cells, name, markdownText(text.Shorten(deployedIn(f.Deployments, fullDeployments), markdownMessage)), line)
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// short bounds a name, which is at most 255 characters in Apigee and anything on disk.
func short(name string) string { return text.Shorten(name, 100) }

func markdownProblems(problems []apigee.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, markdownText(text.Shorten(p.Subject()+": "+p.Operation+": "+p.Error, markdownDetail)))
	}
	return lines
}

// markdownAccepted lists what is accepted and why, where the table does not show it.
func markdownAccepted(d *Document, o Options) []string {
	var lines []string
	for _, f := range hidden(d, o) {
		lines = append(lines, f.Severity.String()+" "+markdownText(f.RuleID)+" "+f.Kind.Noun()+" "+markdownCode(short(f.Name))+": "+
			markdownText(text.Shorten(acceptance(&f), markdownDetail)))
	}
	return lines
}

func markdownGone(findings []audit.Finding) []string {
	var lines []string
	for i := range findings {
		f := &findings[i]
		lines = append(lines, f.Severity.String()+" "+markdownText(f.RuleID)+" "+f.Kind.Noun()+" "+markdownCode(short(f.Name)))
	}
	return lines
}

// markdownDetails is one finding with its proof, folded.
func markdownDetails(f *audit.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>%s %s in %s</summary>\n\n", f.Severity, markdownText(f.RuleID), markdownCode(short(f.Name)))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "- %s: %s\n", name, value)
		}
	}
	shown := func(s string) string { return markdownText(text.Shorten(s, markdownDetail)) }
	line("Finding", shown(f.Message))
	line("Place", markdownCode(text.Shorten(withPosition(fullPath(f, ""), f.Place), markdownMessage)))
	line("Also in", shown(strings.Join(elsewhere(f), ", ")))
	line("Searched", shown(f.Searched))
	line("Fix", shown(f.Remediation))
	if len(f.Path) > 0 {
		var steps []string
		for _, h := range f.Path {
			steps = append(steps, h.Label)
		}
		line("Path", shown(strings.Join(steps, " → ")))
	}
	line("Fingerprint", markdownCode(f.Fingerprint))
	b.WriteString("\n</details>\n")
	return b.String()
}
