package table

const (
	// minWidth is what a terminal is taken to have at least; below it the terminal breaks the lines.
	minWidth = 60
	// minMessage is the narrowest column in which a message still reads well; below it messages get lines of their own.
	minMessage = 40
)

// layout is how much the table shows in its columns, and how wide each may be.
type layout struct {
	shortLocation bool // the file without its directory
	folded        bool // where it is deployed stands under the row
	below         bool // messages stand under their rows
	limits        []int
}

// layouts are tried in this order until one fits: the most said, in columns, first.
func layouts() []layout {
	return []layout{
		{},
		{shortLocation: true},
		{below: true},
		{below: true, shortLocation: true},
		{below: true, folded: true},
		{below: true, shortLocation: true, folded: true},
	}
}

// fit finds the layout for a terminal of width columns; the last one is squeezed until it fits.
func fit(t *findingTable, width int) layout {
	if width == 0 {
		return layout{}
	}
	width = max(width, minWidth)
	var l layout
	for _, l = range layouts() {
		l.limits = t.widths(l, width)
		room := width - total(l.limits) - len(gap)
		if !l.below && room >= minMessage {
			l.limits = append(l.limits, room)
			break
		}
		if l.below && total(l.limits) <= width {
			break
		}
	}
	squeeze(l.limits, width)
	return l
}

// total is how wide columns are together.
func total(limits []int) int {
	n := len(gap) * (len(limits) - 1)
	for _, w := range limits {
		n += w
	}
	return n
}

// squeeze takes from the widest column, one at a time, until all fit.
func squeeze(limits []int, width int) {
	for total(limits) > width {
		widest := 0
		for i, n := range limits {
			if n > limits[widest] {
				widest = i
			}
		}
		limits[widest]--
	}
}

// widths are what the columns need to show every finding unwrapped, up to their shares of the terminal's width.
func (t *findingTable) widths(l layout, width int) []int {
	var all []int
	for _, c := range t.shown(l) {
		n := displayWidth(c.title)
		for i := range t.findings {
			n = max(n, displayWidth(c.cell(&t.findings[i], l)))
		}
		if c.share > 0 {
			n = min(n, width/c.share)
		}
		all = append(all, n)
	}
	return all
}
