package html

import (
	"cmp"
	"slices"
)

// layered is where the boxes and lines of a picture stand: in columns, every line from a column to one further to the right.
type layered struct {
	boxes  []box
	lines  []line
	height int
}

// box is a node. Its column and place are found, its height is known.
type box struct {
	height    int
	x, y      int
	column    int
	linked    bool
	left, out []int // lines that end and begin here, from top to bottom
}

// line is an arrow. Where it has to lead back to the left, it is laid from its end to its beginning.
type line struct {
	from, to int  // boxes
	first    bool // what decides the columns before others do
	rows     int  // of its label
	back     bool
	points   []bend // where it leaves the first box, passes columns and enters the last box
}

type bend struct{ x, y int }

// Sizes in SVG user units, which are pixels until the page scales it.
const (
	boxWidth  = 218
	columnGap = 180
	boxGap    = 16
	labelRow  = 15 // of a line's label
	lineGap   = 9  // between lines that end at a box
)

// layOut finds the places of linked boxes, which are at least as high as they are.
func layOut(boxes []box, lines []line) *layered {
	l := &layered{boxes: boxes, lines: lines}
	l.orient()
	l.grow()
	l.assignColumns()
	columns := l.columns()
	order(columns)
	l.place(columns)
	l.route(columns)
	return l
}

// orient turns lines round that would close a circle, those last that say who refreshes for whom.
func (l *layered) orient() {
	next := make([][]int, len(l.boxes))
	reaches := func(from, to int) bool {
		seen := make([]bool, len(l.boxes))
		for list := []int{from}; len(list) > 0; {
			n := list[len(list)-1]
			list = list[:len(list)-1]
			if n == to {
				return true
			}
			if !seen[n] {
				seen[n] = true
				list = append(list, next[n]...)
			}
		}
		return false
	}
	for _, first := range []bool{true, false} {
		for i := range l.lines {
			a := &l.lines[i]
			if a.first != first {
				continue
			}
			if a.back = reaches(a.to, a.from); a.back {
				next[a.to] = append(next[a.to], a.from)
			} else {
				next[a.from] = append(next[a.from], a.to)
			}
			l.boxes[a.from].linked, l.boxes[a.to].linked = true, true
		}
	}
}

// ends are the boxes of a line, the left one first.
func (a *line) ends() (left, right int) {
	if a.back {
		return a.to, a.from
	}
	return a.from, a.to
}

// grow makes boxes high enough for the lines at their sides.
func (l *layered) grow() {
	begin, end := make([]int, len(l.boxes)), make([]int, len(l.boxes))
	for i := range l.lines {
		left, right := l.lines[i].ends()
		begin[left] += l.room(left, i)
		end[right] += l.room(right, i)
	}
	for i := range l.boxes {
		l.boxes[i].height = max(l.boxes[i].height, begin[i], end[i])
	}
}

// assignColumns puts every box as far to the left as the lines that lead to it allow.
func (l *layered) assignColumns() {
	for moved := true; moved; {
		moved = false
		for i := range l.lines {
			left, right := l.lines[i].ends()
			if need := l.boxes[left].column + 1; l.boxes[right].column < need {
				l.boxes[right].column, moved = need, true
			}
		}
	}
}

// cell is what stands in a column: a box, or where a line passes it.
type cell struct {
	box         int // -1 where a line passes
	line        int
	height      int
	middle      float64
	left, right []*cell // what it is joined to in the columns beside
}

// columns lists what stands in each column, and joins it.
func (l *layered) columns() [][]*cell {
	var out [][]*cell
	at := make([]*cell, len(l.boxes))
	for i := range l.boxes {
		if b := &l.boxes[i]; b.linked {
			for len(out) <= b.column {
				out = append(out, nil)
			}
			at[i] = &cell{box: i, height: b.height}
			out[b.column] = append(out[b.column], at[i])
		}
	}
	join := func(a, b *cell) { a.right, b.left = append(a.right, b), append(b.left, a) }
	for i := range l.lines {
		left, right := l.lines[i].ends()
		from := at[left]
		for column := l.boxes[left].column + 1; column < l.boxes[right].column; column++ {
			passing := &cell{box: -1, line: i, height: labelRow}
			out[column] = append(out[column], passing)
			join(from, passing)
			from = passing
		}
		join(from, at[right])
	}
	return out
}

// order sorts the columns so that few lines cross: each cell near the middle of those that it is joined to.
func order(columns [][]*cell) {
	const rounds = 12
	number := func(column []*cell) {
		for i, c := range column {
			c.middle = float64(i)
		}
	}
	for _, column := range columns {
		number(column)
	}
	sweep := func(column []*cell, beside func(*cell) []*cell) {
		want := map[*cell]float64{}
		for i, c := range column {
			want[c] = float64(i)
			if near := beside(c); len(near) > 0 {
				want[c] = mean(near)
			}
		}
		slices.SortStableFunc(column, func(a, b *cell) int { return cmp.Compare(want[a], want[b]) })
		number(column)
	}
	best, fewest := snapshot(columns), crossings(columns)
	for range rounds {
		for i := 1; i < len(columns); i++ {
			sweep(columns[i], func(c *cell) []*cell { return c.left })
		}
		for i := len(columns) - 2; i >= 0; i-- {
			sweep(columns[i], func(c *cell) []*cell { return c.right })
		}
		if n := crossings(columns); n < fewest {
			best, fewest = snapshot(columns), n
		}
	}
	for i := range columns {
		copy(columns[i], best[i])
		number(columns[i])
	}
}

func snapshot(columns [][]*cell) [][]*cell {
	out := make([][]*cell, len(columns))
	for i := range columns {
		out[i] = slices.Clone(columns[i])
	}
	return out
}

// crossings counts the pairs of lines between neighbouring columns that cross.
func crossings(columns [][]*cell) int {
	n := 0
	for _, column := range columns {
		type span struct{ from, to float64 }
		var spans []span
		for _, c := range column {
			for _, r := range c.right {
				spans = append(spans, span{c.middle, r.middle})
			}
		}
		for i, a := range spans {
			for _, b := range spans[i+1:] {
				if (a.from-b.from)*(a.to-b.to) < 0 {
					n++
				}
			}
		}
	}
	return n
}

func mean(cells []*cell) float64 {
	sum := 0.0
	for _, c := range cells {
		sum += c.middle
	}
	return sum / float64(len(cells))
}

// place finds how high everything stands: as near to what it is joined to as its neighbours in the column let it.
func (l *layered) place(columns [][]*cell) {
	for _, column := range columns {
		y := 0.0
		for _, c := range column {
			c.middle = y + float64(c.height)/2
			y += float64(c.height + boxGap)
		}
	}
	for range 6 {
		for i := 1; i < len(columns); i++ {
			settle(columns[i], func(c *cell) []*cell { return c.left })
		}
		for i := len(columns) - 2; i >= 0; i-- {
			settle(columns[i], func(c *cell) []*cell { return c.right })
		}
	}
	top := 0.0
	for _, column := range columns {
		for _, c := range column {
			top = min(top, c.middle-float64(c.height)/2)
		}
	}
	for i, column := range columns {
		for _, c := range column {
			c.middle -= top
			if c.box >= 0 {
				b := &l.boxes[c.box]
				b.x, b.y = i*(boxWidth+columnGap), max(int(c.middle)-b.height/2, 0)
				l.height = max(l.height, b.y+b.height)
			}
		}
	}
}

// settle moves the cells of a column to the middle of what they are joined to. Where they would overlap, they share the
// difference: this is the nearest that keeps their order and the room between them.
func settle(column []*cell, beside func(*cell) []*cell) {
	type block struct{ sum, n float64 }
	var blocks []block
	offsets := make([]float64, len(column)) // of each cell where they stand as close as they may
	for i, c := range column {
		if i > 0 {
			offsets[i] = offsets[i-1] + float64(column[i-1].height+c.height)/2 + boxGap
		}
		want := c.middle
		if near := beside(c); len(near) > 0 {
			want = mean(near)
		}
		blocks = append(blocks, block{want - offsets[i], 1})
		for k := len(blocks) - 1; k > 0 && blocks[k-1].sum/blocks[k-1].n > blocks[k].sum/blocks[k].n; k-- {
			blocks[k-1] = block{blocks[k-1].sum + blocks[k].sum, blocks[k-1].n + blocks[k].n}
			blocks = blocks[:k]
		}
	}
	i := 0
	for _, b := range blocks {
		for range int(b.n) {
			column[i].middle = b.sum/b.n + offsets[i]
			i++
		}
	}
}

// route gives every line its points: lines leave and enter a box in the order of where they lead.
func (l *layered) route(columns [][]*cell) {
	passing := make([][]*cell, len(l.lines))
	for _, column := range columns {
		for _, c := range column {
			if c.box < 0 {
				passing[c.line] = append(passing[c.line], c)
			}
		}
	}
	centre := func(b int) float64 { return float64(l.boxes[b].y) + float64(l.boxes[b].height)/2 }
	for i := range l.lines {
		left, right := l.lines[i].ends()
		l.boxes[left].out = append(l.boxes[left].out, i)
		l.boxes[right].left = append(l.boxes[right].left, i)
	}
	towards := func(i int, right bool) float64 { // how high a line is next to one of its ends
		from, to := l.lines[i].ends()
		switch p := passing[i]; {
		case len(p) > 0 && right:
			return p[0].middle
		case len(p) > 0:
			return p[len(p)-1].middle
		case right:
			return centre(to)
		}
		return centre(from)
	}
	for b := range l.boxes {
		sort := func(list []int, right bool) {
			slices.SortStableFunc(list, func(i, k int) int { return cmp.Compare(towards(i, right), towards(k, right)) })
		}
		sort(l.boxes[b].out, true)
		sort(l.boxes[b].left, false)
	}
	for i := range l.lines {
		a := &l.lines[i]
		left, right := a.ends()
		a.points = append(a.points, bend{l.boxes[left].x + boxWidth, l.port(left, l.boxes[left].out, i)})
		for k, c := range passing[i] {
			x := (l.boxes[left].column + 1 + k) * (boxWidth + columnGap)
			a.points = append(a.points, bend{x, int(c.middle)}, bend{x + boxWidth, int(c.middle)})
		}
		a.points = append(a.points, bend{l.boxes[right].x, l.port(right, l.boxes[right].left, i)})
	}
}

// port is how high a line meets a box. Lines that leave have room for the rows of their labels.
func (l *layered) port(b int, list []int, i int) int {
	total, at := 0, 0
	for _, k := range list {
		if k == i {
			at = total + l.room(b, k)/2
		}
		total += l.room(b, k)
	}
	return l.boxes[b].y + (l.boxes[b].height-total)/2 + at
}

// room is how much height a line needs at a box.
func (l *layered) room(b, i int) int {
	if left, _ := l.lines[i].ends(); left != b {
		return lineGap
	}
	return labelRow * (l.lines[i].rows + 1)
}
