package report

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// column is one column of the table of findings, the message left out. share bounds it to a fraction of the terminal's
// width, 5 for a fifth, so that one long name does not take the room of all messages; 0 leaves it unbounded.
type column struct {
	title string
	share int
	cell  func(*audit.Finding, layout) string
}

// findingTable draws the findings of a report. All organizations share one set of column widths.
type findingTable struct {
	columns  []column
	findings []audit.Finding
	options  Options
	layout   layout
}

func newFindingTable(d *Document, o Options) *findingTable {
	t := &findingTable{options: o, findings: shown(d, o)}
	t.columns = append(t.columns, column{"SEVERITY", 0, func(f *audit.Finding, _ layout) string { return f.Severity.String() }})
	// Rows that scripts read carry the organization; people read it once, above its rows.
	if o.Width == 0 && len(d.Subjects()) > 1 {
		t.columns = append(t.columns, column{"ORGANIZATION", 5, func(f *audit.Finding, _ layout) string { return f.Organization }})
	}
	t.columns = append(t.columns,
		column{"RULE", 0, func(f *audit.Finding, _ layout) string { return f.RuleID }},
		column{"PROXY", 5, func(f *audit.Finding, _ layout) string { return bundleName(f) }},
	)
	// Bundles from disk are deployed nowhere.
	if slices.ContainsFunc(t.findings, func(f audit.Finding) bool { return isDeployed(&f) }) {
		t.columns = append(t.columns, column{"DEPLOYED", 0, func(f *audit.Finding, l layout) string {
			return deployedIn(f.Deployments, l.deployments)
		}})
	}
	t.columns = append(t.columns, column{"LOCATION", 0, func(f *audit.Finding, l layout) string {
		return location(f, o.WorkingDirectory, l.shortLocation)
	}})
	t.layout = fit(t, o.Width)
	return t
}

// shown leaves out what was accepted and what a change leaves as it is, unless everything is asked for. What a change
// introduces comes first.
func shown(d *Document, o Options) []audit.Finding {
	all := slices.DeleteFunc(slices.Clone(d.Findings), func(f audit.Finding) bool {
		return !o.Verbose && (f.Status == audit.StatusSuppressed || d.Change != nil && f.Status == audit.StatusKnown)
	})
	if d.Change != nil {
		slices.SortStableFunc(all, func(a, b audit.Finding) int {
			return cmp.Compare(boolean(a.Status != audit.StatusNew), boolean(b.Status != audit.StatusNew))
		})
	}
	return all
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hidden are the accepted findings that shown leaves out.
func hidden(d *Document, o Options) []audit.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f audit.Finding) bool {
		return f.Status != audit.StatusSuppressed || o.Verbose
	})
}

func bundleName(f *audit.Finding) string {
	if f.Kind == apigee.KindSharedFlow {
		return f.Name + " (shared flow)"
	}
	return f.Name
}

func location(f *audit.Finding, wd string, short bool) string {
	file := shortPath(f.File, short)
	if f.Source != "" && !short {
		file = fullPath(f, wd)
	}
	return withPosition(file, f.Place)
}

// fullPath is a path that editors can open for bundles from disk, and the file inside the bundle for others.
func fullPath(f *audit.Finding, wd string) string { return diskPath(f.Source, f.File, wd) }

// diskPath joins a bundle's path on disk, "" for none, and a file inside it.
func diskPath(source, file, wd string) string {
	if source == "" {
		return file
	}
	if dir, ok := within(wd, source); ok {
		return path.Join(dir, file)
	}
	return path.Join(source, file)
}

func withPosition(file string, p audit.Place) string {
	if p.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// message is the finding in words with whatever lowers its weight.
func message(f *audit.Finding) string {
	m := f.Message
	if f.Confidence < audit.HighConfidence {
		m += fmt.Sprintf(" (%s confidence)", f.Confidence)
	}
	if f.Traffic != nil {
		m += " [" + f.Traffic.Note + "]"
	}
	switch {
	case f.Suppression != nil:
		m += " (" + accepted(f.Suppression) + ")"
	case f.Status != audit.StatusNew:
		m += " (" + string(f.Status) + ")"
	}
	return m
}

// rowMessage is the message of a row, which says in how many more bundles on disk the same is found.
func rowMessage(f *audit.Finding) string {
	m := message(f)
	if paths := elsewhere(f); len(paths) > 0 {
		m += " [also in " + text.ListSome(paths, mostPaths) + "]"
	}
	return m
}

// draw gives the lines of the table with the findings that keep says.
func (t *findingTable) draw(keep func(*audit.Finding) bool) ([]string, error) {
	var header []string
	for _, c := range t.columns {
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
			text := paragraph(messageIndent, rowMessage(f), max(t.options.Width, minWidth))
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
func (t *findingTable) row(f *audit.Finding) ([]string, int) {
	var cells []string
	for _, c := range t.columns {
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
	codes := map[string]string{"high": "1;31", "medium": "33", "low": "36", "info": "2"}
	code, ok := codes[name]
	if !on || !ok {
		return name
	}
	return "\x1b[" + code + "m" + name + "\x1b[0m"
}

// mostPaths is how many places on disk a line names.
const mostPaths = 3
