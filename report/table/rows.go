package table

import (
	"path"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// row is one finding in the table for people: which, where, and what only it has to say.
type row struct {
	finding                         *finding.Finding
	fingerprint                     string
	name, location, short, deployed part
	remarks                         []string
	lines                           []string // as drawn
	// nameURL and atURL are where links of the name and the location lead, "" for none.
	nameURL, atURL string
}

func newRow(f *finding.Finding, d *report.Document, o report.Options) *row {
	r := &row{
		finding: f, fingerprint: beginning(f), name: newPart(report.BundleName(f.Kind, f.Name)),
		location: newPart(report.Location(f, o.WorkingDirectory, false)),
	}
	// A path on disk is there to be opened: it is never cut.
	if r.short = r.location; f.Source == "" {
		r.short = newPart(report.Location(f, o.WorkingDirectory, true))
	}
	if report.IsDeployed(f) {
		r.deployed = newPart(report.DeployedIn(f.Deployments))
	}
	if o.Links != nil {
		r.nameURL, r.atURL = d.ConsoleURL(f), fileURL(f.Source, f.File, o)
	}
	if f.Traffic != nil {
		r.remarks = append(r.remarks, f.Traffic.Note)
	}
	if elsewhere := elsewhere(f); elsewhere != "" {
		r.remarks = append(r.remarks, elsewhere)
	}
	return r
}

// namePolicy notes the policy of a row among others of one claim, where the file's name does not say it.
func (r *row) namePolicy() {
	f := r.finding
	if f.Policy != "" && strings.TrimSuffix(path.Base(f.File), ".xml") != f.Policy {
		r.remarks = append(r.remarks, "policy "+f.Policy)
	}
}

// draw gives all rows their lines, in common columns.
func draw(rows []*row, o report.Options) error {
	width := columns(o)
	l := choose(rows, width)
	cells := make([][][]string, len(rows))
	for i, r := range rows {
		cells[i] = r.cells(l)
	}
	_, drawn, err := gridOfLines(nil, cells)
	if err != nil {
		return err
	}
	for i, r := range rows {
		for number, line := range drawn[i] {
			r.lines = append(r.lines, rowIndent+r.link(line, number, cells[i]))
		}
		for _, p := range r.below(l) {
			for line := range strings.SplitSeq(strings.TrimSuffix(hang(p.text, width), "\n"), "\n") {
				text := strings.TrimLeft(line, " ")
				r.lines = append(r.lines, linked(line, []string{text}, []string{p.url}))
			}
		}
	}
	return nil
}

// link makes links in one line of a row: each piece of a broken text is one.
func (r *row) link(line string, number int, cells [][]string) string {
	var texts []string
	for _, lines := range cells {
		text := ""
		if number < len(lines) {
			text = lines[number]
		}
		texts = append(texts, text)
	}
	return linked(line, texts, []string{"", r.nameURL, r.atURL, ""})
}
