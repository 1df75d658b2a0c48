package table

import (
	"strings"

	"apigee-audit/report"
)

const (
	// minWidth is what a terminal is taken to have at least; below it the terminal breaks the lines.
	minWidth = 40
	// minText is the narrowest column in which sentences are still read.
	minText = 20
	// minDeployed is the narrowest column in which a list of environments still reads well; below it the list gets lines of its own.
	minDeployed = 16
)

// Indents of what stands under a heading: what is found, and the findings that say so.
const (
	claimIndent = "  "
	rowIndent   = "    "
)

// layout is where the parts of a row go: the width of each column, 0 for what stands below the row.
type layout struct {
	name, location, deployed int
	short                    bool // locations in organizations without their folder
}

// widths are the widest of the parts of all rows.
type widths struct{ name, location, short, deployed int }

// layouts are those that a terminal has room for, the best first.
func layouts(w widths, width int) []layout {
	room := width - len(rowIndent) - fingerprintLength - len(gap)
	var beside, below []layout
	for _, l := range []layout{{location: w.location}, {location: w.short, short: true}} {
		for _, share := range []int{4, 5} { // of the line, for a name
			l.name = min(w.name, max(width/share, minText/2))
			if l.location = min(l.location, room-l.name-len(gap)); w.deployed > 0 { // else the rest of the line is free
				l.location = min(l.location, width*2/5)
			}
			left := room - l.name - len(gap) - l.location
			if l.deployed = left - len(gap); w.deployed > 0 && l.deployed >= min(w.deployed, minDeployed) {
				beside = append(beside, l)
			}
			if l.deployed = 0; left >= 0 {
				below = append(below, l)
			}
		}
	}
	return append(append(beside, below...), layout{name: room})
}

// choose takes the layout in which the rows are shortest together.
func choose(rows []*row, width int) layout {
	var w widths
	for _, r := range rows {
		w.name, w.location, w.short = max(w.name, r.name.width), max(w.location, r.location.width), max(w.short, r.short.width)
		w.deployed = max(w.deployed, r.deployed.width)
	}
	var best layout
	least := -1
	for _, l := range layouts(w, width) {
		n := 0
		for _, r := range rows {
			n += r.height(l, width)
		}
		if least < 0 || n < least {
			best, least = l, n
		}
	}
	return best
}

// part is a text with its width.
type part struct {
	text  string
	width int
}

func newPart(text string) part { return part{text, displayWidth(text)} }

// lines is how many lines a part takes in a column.
func (p part) lines(limit int) int {
	if p.width <= limit {
		return 1
	}
	return len(wrap(p.text, limit))
}

// cells are the parts of a row that a layout has columns for, each wrapped into its own.
func (r *row) cells(l layout) [][]string {
	all := [][]string{{r.fingerprint}, wrap(r.name.text, l.name)}
	if l.location > 0 {
		all = append(all, wrap(r.at(l).text, l.location))
	}
	if l.deployed > 0 {
		all = append(all, wrap(r.deployed.text, l.deployed))
	}
	return all
}

// below are the parts that stand under the row.
func (r *row) below(l layout) []remark {
	var all []remark
	if l.location == 0 {
		all = append(all, remark{r.at(l).text, r.atURL})
	}
	if l.deployed == 0 && r.deployed.text != "" {
		all = append(all, remark{text: r.deployed.text})
	}
	for _, text := range r.remarks {
		all = append(all, remark{text: text})
	}
	return all
}

// remark is a text with a line of its own, and where it leads.
type remark struct{ text, url string }

func (r *row) at(l layout) part {
	if l.short || l.location == 0 {
		return r.short
	}
	return r.location
}

// height is how many lines a row takes, without its remarks, which every layout has below it. A place that is broken counts as
// one more: it is there to be copied or clicked.
func (r *row) height(l layout, width int) int {
	n, under := r.name.lines(l.name), width-len(rowIndent)-fingerprintLength-len(gap)
	if l.location > 0 {
		n = max(n, r.at(l).lines(l.location))
		if r.at(l).width > l.location {
			n++
		}
	} else {
		n += r.at(l).lines(under)
	}
	switch {
	case r.deployed.text == "":
	case l.deployed > 0:
		n = max(n, r.deployed.lines(l.deployed))
	default:
		n += r.deployed.lines(under)
	}
	return n
}

// columns is how wide a table is for people.
func columns(o report.Options) int { return max(o.Width, minWidth) }

// hang indents text under a row's name.
func hang(text string, width int) string {
	return paragraph(rowIndent+strings.Repeat(" ", fingerprintLength)+gap, text, width)
}
