package csv

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// row is one row by column.
type row map[string]string

// sheet is a table with a header.
type sheet struct {
	w       *bufio.Writer
	columns []string
}

func newSheet(w io.Writer, columns []string) *sheet {
	s := &sheet{bufio.NewWriter(w), columns}
	s.record(columns)
	return s
}

func (s *sheet) put(r row) {
	cells := make([]string, len(s.columns))
	for i, c := range s.columns {
		cells[i] = r[c]
	}
	s.record(cells)
}

// record quotes every cell: a name with a separator of another locale must not start a cell of its own.
func (s *sheet) record(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			_ = s.w.WriteByte(',')
		}
		_, _ = s.w.WriteString(`"` + strings.ReplaceAll(harmlessCell(cell), `"`, `""`) + `"`)
	}
	_, _ = s.w.WriteString("\r\n")
}

// close ends the table, and returns the first error of all.
func (s *sheet) close() error { return s.w.Flush() }

// list joins things in a cell by what is ASCII: without a byte order mark, Excel shows other characters as two.
func list(parts []string) string { return strings.Join(parts, "; ") }

// scopeRows are the first rows of every table: the change, if the report is about one, and for each organization how much of it was
// looked at, and what narrows that. So a table without findings says of what.
func scopeRows(d *report.Document) []row {
	var rows []row
	if l := report.ChangeText(d); l != "" {
		rows = append(rows, row{"type": "change", "message": l})
	}
	for _, org := range d.Parts() {
		scoped := *d
		if org.Scope != nil {
			scoped.Scope = org.Scope
		}
		own := report.Document{Organizations: []report.Organization{org}}
		r := row{
			"type": "scope", "status": "complete", "organization": org.Name, "environments": strings.Join(org.Environments, ", "),
			"message": strings.TrimSpace(report.CoverageLine(&own) + " " + report.ScopeText(&scoped) + " " + report.RequestText(&scoped)),
		}
		if n := unread(d, org); n > 0 || org.Audited < org.Revisions || len(d.Organizations) == 0 {
			r["status"] = "incomplete"
			if n > 0 {
				r["message"] = fmt.Sprintf("%s could not be looked at. %s", text.Count(n, "thing"), r["message"])
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// unread counts the problems of an organization.
func unread(d *report.Document, org report.Organization) (n int) {
	for _, p := range d.Problems {
		if p.Organization == org.Name {
			n += p.Count()
		}
	}
	return n
}
