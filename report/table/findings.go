package table

import (
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// column is one column of the table of findings, the message left out. share bounds it to a fraction of the terminal's
// width, 5 for a fifth, so that one long name does not take the room of all messages; 0 leaves it unbounded.
type column struct {
	title string
	share int
	cell  func(*finding.Finding, layout) string
	// foldable columns stand above the message where there is no room beside the others.
	foldable bool
}

// findingTable draws the findings of a report. All organizations share one set of column widths.
type findingTable struct {
	columns  []column
	findings []finding.Finding
	options  report.Options
	layout   layout
}

func newFindingTable(d *report.Document, o report.Options) *findingTable {
	t := &findingTable{options: o, findings: listed(d, o)}
	t.columns = append(t.columns, column{title: "SEVERITY", cell: func(f *finding.Finding, _ layout) string { return f.Severity.String() }})
	// Rows that scripts read carry the organization; people read it once, above its rows.
	if o.Width == 0 && len(d.Subjects()) > 1 {
		t.columns = append(t.columns, column{title: "ORGANIZATION", share: 5, cell: func(f *finding.Finding, _ layout) string { return f.Organization }})
	}
	t.columns = append(t.columns,
		column{title: "RULE", cell: func(f *finding.Finding, _ layout) string { return f.RuleID }},
		column{title: "PROXY", share: 5, cell: func(f *finding.Finding, _ layout) string { return report.BundleName(f) }},
	)
	// Bundles from disk are deployed nowhere.
	if slices.ContainsFunc(t.findings, func(f finding.Finding) bool { return report.IsDeployed(&f) }) {
		t.columns = append(t.columns, column{title: "DEPLOYED", foldable: true, cell: func(f *finding.Finding, _ layout) string {
			return report.DeployedIn(f.Deployments)
		}})
	}
	t.columns = append(t.columns, column{title: "LOCATION", cell: func(f *finding.Finding, l layout) string {
		return report.Location(f, o.WorkingDirectory, l.shortLocation)
	}}, column{title: "FINGERPRINT", cell: func(f *finding.Finding, _ layout) string {
		return string([]rune(f.Fingerprint)[:min(fingerprintLength, len([]rune(f.Fingerprint)))])
	}})
	t.layout = fit(t, o.Width)
	return t
}

// fingerprintLength is how much of a fingerprint tells findings apart for --explain, in characters.
const fingerprintLength = 8

// shown are the columns of a layout.
func (t *findingTable) shown(l layout) []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.foldable && l.folded })
}

// rowMessage is the message of a row, which says in how many more bundles on disk the same is found.
func rowMessage(f *finding.Finding) string {
	m := report.Message(f)
	if paths := report.Elsewhere(f); len(paths) > 0 {
		m += " [also in " + text.ListSome(paths, report.MostPaths) + "]"
	}
	return m
}

// draw gives the lines of the table with the findings that keep says.
func (t *findingTable) draw(keep func(*finding.Finding) bool) ([]string, error) {
	var header []string
	for _, c := range t.shown(t.layout) {
		header = append(header, c.title)
	}
	if !t.layout.below {
		header = append(header, "MESSAGE")
	}
	var rows [][]string
	var heights []int
	var below [][]string
	for i := range t.findings {
		f := &t.findings[i]
		if !keep(f) {
			continue
		}
		row, height := t.row(f)
		rows, heights = append(rows, row), append(heights, height)
		if t.layout.below {
			var text string
			for _, c := range t.columns {
				if cell := c.cell(f, t.layout); c.foldable && t.layout.folded && cell != "" {
					text += paragraph(messageIndent, "Deployed: "+cell, max(t.options.Width, minWidth))
				}
			}
			text += paragraph(messageIndent, rowMessage(f), max(t.options.Width, minWidth))
			below = append(below, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
		}
	}
	// Equal widths for every organization: the header is padded to the width that the layout gave its column.
	for i, n := range t.layout.limits {
		header[i] += strings.Repeat(" ", max(0, n-displayWidth(header[i])))
	}
	lines, err := grid(header, rows)
	if err != nil {
		return nil, err
	}
	out, rest := []string{lines[0]}, lines[1:]
	for i, height := range heights {
		// Colours come after the drawing: the library measures and repeats escape sequences in its own way.
		severity := rows[i][0]
		out = append(out, paintSeverity(severity, t.options.Color)+strings.TrimPrefix(rest[0], severity))
		out, rest = append(out, rest[1:height]...), rest[height:]
		if t.layout.below {
			out = append(out, below[i]...)
		}
	}
	return out, nil
}

// messageIndent puts messages that stand below their rows under the rule.
const messageIndent = "          "

// row is a finding's cells, each wrapped into its column, and how many lines they take.
func (t *findingTable) row(f *finding.Finding) ([]string, int) {
	var cells []string
	for _, c := range t.shown(t.layout) {
		cells = append(cells, c.cell(f, t.layout))
	}
	if !t.layout.below {
		cells = append(cells, rowMessage(f))
	}
	height := 1
	for i, n := range t.layout.limits {
		lines := wrap(cells[i], n)
		cells[i], height = strings.Join(lines, "\n"), max(height, len(lines))
	}
	return cells, height
}

// paintSeverity colours a severity's name with the sixteen colours that every terminal theme makes readable.
func paintSeverity(name string, on bool) string {
	return paint(name, map[string]string{"high": "1;31", "medium": "33", "low": "36", "info": "2"}[name], on)
}

// paint puts a text in the colour of a code of ECMA-48, "" for none.
func paint(s, code string, on bool) string {
	if !on || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
