package report

import (
	"path"
	"strings"
)

const (
	// minWidth is what a terminal is taken to have at least; below it the terminal breaks the lines.
	minWidth = 60
	// minMessage is the narrowest column in which a message still reads well; below it messages get lines of their own.
	minMessage = 40
)

// layout is how much the table shows in its columns, and how wide each may be.
type layout struct {
	shortLocation bool // the file without its directory
	deployments   deploymentDetail
	below         bool // messages stand under their rows
	limits        []int
}

// layouts are tried in this order until one fits: the most said, in columns, first.
func layouts() []layout {
	return []layout{
		{},
		{shortLocation: true},
		{shortLocation: true, deployments: countedDeployments},
		{below: true},
		{below: true, shortLocation: true},
		{below: true, shortLocation: true, deployments: countedDeployments},
	}
}

// fit finds the layout for a terminal of width columns; the last one fits always, because long cells wrap.
func fit(t *findingTable, width int) layout {
	if width == 0 {
		return layout{}
	}
	width = max(width, minWidth)
	var l layout
	for _, l = range layouts() {
		used := 0
		l.limits = t.widths(l)
		for i := range l.limits {
			l.limits[i] = min(l.limits[i], t.columns[i].most(width))
			used += l.limits[i] + len(gap)
		}
		switch {
		case l.below && used-len(gap) <= width:
			return l
		case !l.below && width-used >= minMessage:
			l.limits = append(l.limits, width-used)
			return l
		}
	}
	return l
}

// most is the widest that a column may get, so that one long name does not take the room of all messages.
func (c column) most(width int) int {
	if c.share == 0 {
		return width
	}
	return width / c.share
}

func (t *findingTable) widths(l layout) []int {
	var all []int
	for _, c := range t.columns {
		n := displayWidth(c.title)
		for i := range t.findings {
			n = max(n, displayWidth(c.cell(&t.findings[i], l)))
		}
		all = append(all, n)
	}
	return all
}

// shortPath drops the bundle's root from a file inside it, and all directories where room is short.
func shortPath(file string, short bool) string {
	if short {
		return path.Base(file)
	}
	return strings.TrimPrefix(strings.TrimPrefix(file, "apiproxy/"), "sharedflowbundle/")
}
