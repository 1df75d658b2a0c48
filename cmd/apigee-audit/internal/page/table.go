package page

import (
	"slices"
	"strings"

	extended "github.com/yuin/goldmark/extension/ast"

	"apigee-audit/internal/text"
)

// table lays out a table: cells are wrapped in columns that share the width, and a line is under the header.
func (m *markdown) table(t *extended.Table, indent string) {
	m.Gap()
	var rows [][]string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			s := m.inline(cell)
			if row.Kind() == extended.KindTableHeader {
				s = m.styled(bold, plain(s))
			}
			cells = append(cells, s)
		}
		rows = append(rows, cells)
	}
	const gap = 2
	widths := shares(rows, m.width-columns(indent), gap)
	rule := make([]string, len(widths))
	for i, w := range widths {
		rule[i] = strings.Repeat("-", w)
	}
	for i, cells := range rows {
		m.row(indent, cells, widths, gap)
		if i == 0 && t.FirstChild().Kind() == extended.KindTableHeader {
			m.row(indent, rule, widths, gap)
		}
	}
	m.flush(indent)
}

// row writes one row of a table, with as many lines as its longest cell needs.
func (m *markdown) row(indent string, cells []string, widths []int, gap int) {
	var wrapped [][]string
	lines := 0
	for i, cell := range cells {
		if slices.ContainsFunc(strings.Fields(cell), func(word string) bool { return columns(word) > widths[i] }) {
			cell = plain(cell) // a word is broken, and what sets a style must not be
		}
		w := text.Wrap(cell, widths[i], columns)
		wrapped, lines = append(wrapped, w), max(lines, len(w))
	}
	for i := range lines {
		line := indent
		for j, w := range wrapped {
			part := ""
			if i < len(w) {
				part = w[i]
			}
			line += part + strings.Repeat(" ", max(0, widths[j]-columns(part)+gap))
		}
		m.Line(line)
	}
}

// shares are the widths of columns that together have so much room: as wide as their widest cells if there is enough, else the
// widest give way.
func shares(rows [][]string, room, gap int) []int {
	var widths []int
	for _, cells := range rows {
		for i, cell := range cells {
			if i == len(widths) {
				widths = append(widths, 1)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	room -= gap * (len(widths) - 1)
	for {
		total, widest := 0, 0
		for i, w := range widths {
			total += w
			if w > widths[widest] {
				widest = i
			}
		}
		if total <= room || len(widths) == 0 || widths[widest] <= 1 {
			return widths
		}
		widths[widest]--
	}
}
