package table

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// gap stands between two columns.
const gap = "  "

// displayWidth is how many terminal columns a text takes. Ambiguous characters count as one, whatever the locale says,
// so that a report looks the same everywhere.
func displayWidth(s string) int { return twwidth.WidthWithOptions(s, twwidth.Options{}) }

// padded fills a text with blanks up to a width.
func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(width-displayWidth(s), 0))
}

// natural are the widths that columns need to show everything unwrapped.
func natural(header []string, rows [][]string) []int {
	widths := make([]int, len(header))
	for i := range header {
		widths[i] = displayWidth(header[i])
		for _, row := range rows {
			widths[i] = max(widths[i], displayWidth(row[i]))
		}
	}
	return widths
}

// total is how wide columns are together.
func total(widths []int) int {
	n := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		n += w
	}
	return n
}

// squeeze takes from the widest column, one at a time, until all fit or each is as narrow as it may be.
func squeeze(widths, least []int, width int) {
	for total(widths) > width {
		widest := -1
		for i, n := range widths {
			if n > least[i] && (widest < 0 || n > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// gridOfLines is [grid] for cells of several lines. It gives the titles, and apart from them the lines of each row.
func gridOfLines(header []string, rows [][][]string) (titles string, drawn [][]string, err error) {
	cells := make([][]string, len(rows))
	heights := make([]int, len(rows))
	for i, row := range rows {
		for _, lines := range row {
			cells[i], heights[i] = append(cells[i], strings.Join(lines, "\n")), max(heights[i], len(lines))
		}
	}
	lines, err := grid(header, cells)
	if err != nil {
		return "", nil, err
	}
	if header != nil {
		titles, lines = lines[0], lines[1:]
	}
	for _, height := range heights {
		drawn, lines = append(drawn, lines[:height]), lines[height:]
	}
	return titles, drawn, nil
}

// grid draws columns without borders, under their titles where there are any. Cells come finished: sanitised, wrapped with "\n" and
// within their widths. The library is kept from doing anything of its own, because it cuts or stretches what it wraps, upper-cases
// headers, and hides write errors (which is why it draws into memory). It keeps the slices it is given.
func grid(header []string, rows [][]string) ([]string, error) {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: gap, Overwrite: true}},
	}
	var b bytes.Buffer
	t := tablewriter.NewTable(&b,
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off, TrimTab: tw.Off, TrimLine: tw.Off}}),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
	)
	if header != nil {
		t.Header(header)
	}
	for _, row := range rows {
		if err := t.Append(row); err != nil {
			return nil, err
		}
	}
	if err := t.Render(); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return lines, nil
}
