package html

import (
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"

	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/picture"
)

// drawing is the picture of a report on the page.
type drawing struct {
	Reading string
	Legend  []picture.Look
	Notes   []string
	Parts   []drawnPart
}

type drawnPart struct {
	Title, Counts string
	Open          bool
	SVG           template.HTML
}

// mostDrawn bounds the picture on the page, and mostOpen how many parts of it are unfolded.
func mostDrawn() picture.Limits {
	most := picture.Readable()
	most.Parts = 24
	return most
}

const mostOpen = 2

// drawingOf draws the edges of a report; nil for one without.
func drawingOf(d *report.Document, ids *anchors) *drawing {
	p := picture.New(d, mostDrawn())
	if len(p.Parts) == 0 {
		return nil
	}
	out := &drawing{Reading: picture.Reading(), Legend: picture.Legend(), Notes: p.Notes}
	open := 0
	for i := range p.Parts {
		part := &p.Parts[i]
		bundles, findings := counted(part)
		one := drawnPart{Title: part.Title(), Counts: text.Count(bundles, "bundle"), SVG: template.HTML(drawPart(part, ids))}
		if findings > 0 {
			one.Counts += ", " + text.Count(findings, "red arrow")
			one.Open = open < mostOpen
			open++
		}
		out.Parts = append(out.Parts, one)
	}
	if open == 0 {
		out.Parts[0].Open = true
	}
	return out
}

// counted are the bundles and the findings of a part.
func counted(part *picture.Part) (bundles, findings int) {
	for i := range part.Nodes {
		if n := &part.Nodes[i]; n.Kind != picture.Nothing && n.Kind != picture.DeadPolicy {
			bundles += len(n.Names)
		}
	}
	for i := range part.Arrows {
		if part.Arrows[i].Finds() {
			findings++
		}
	}
	return bundles, findings
}

// Sizes of text in a picture.
const (
	titleHeight = 19
	rowHeight   = 15
	boxPadding  = 9
	titleChars  = 26
	rowChars    = 32
	labelChars  = 26
	mostRows    = 6
)

// drawPart draws a part as an inline SVG: no script, no style of its own, because the page's policy allows none, and no links but to
// findings on the page. style.css has the colours.
func drawPart(part *picture.Part, ids *anchors) string {
	boxes := make([]box, len(part.Nodes))
	texts := make([][]string, len(part.Nodes))
	for i := range part.Nodes {
		texts[i] = rowsOf(&part.Nodes[i])
		boxes[i].height = 2*boxPadding + titleHeight + rowHeight*len(texts[i])
	}
	lines := make([]line, len(part.Arrows))
	labels := make([][]string, len(part.Arrows))
	for i := range part.Arrows {
		a := &part.Arrows[i]
		labels[i] = fitted(a.Label, labelChars, 2)
		lines[i] = line{from: a.From, to: a.To, first: !a.Relations[0].Runs(), rows: len(labels[i])}
	}
	l := layOut(boxes, lines)
	width, height := l.spread()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="picture" xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="xMinYMin" viewBox="-4 -4 %d %d" width="%d" height="%d" role="group" aria-label="%s">`,
		width+8, height+8, width+8, height+8, svgText(part.Title()))
	for i := range part.Arrows {
		drawArrow(&b, &part.Arrows[i], &l.lines[i], labels[i], ids)
	}
	for i := range part.Nodes {
		drawNode(&b, &part.Nodes[i], &l.boxes[i], texts[i])
	}
	b.WriteString("</svg>")
	return b.String()
}

// spread puts the boxes without lines in rows below the others, and tells the size of the whole.
func (l *layered) spread() (width, height int) {
	const across = 4
	columns := 0
	for i := range l.boxes {
		if l.boxes[i].linked {
			columns = max(columns, l.boxes[i].column+1)
		}
	}
	width = max(columns*(boxWidth+columnGap)-columnGap, 0)
	step := boxWidth + boxGap
	n, y, deepest := 0, l.height, 0
	if y > 0 {
		y += 2 * boxGap
	}
	perRow := (max(width, across*step) + boxGap) / step
	for i := range l.boxes {
		b := &l.boxes[i]
		if b.linked {
			continue
		}
		if n > 0 && n%perRow == 0 {
			y, deepest = y+deepest+boxGap, 0
		}
		b.x, b.y = n%perRow*step, y
		deepest = max(deepest, b.height)
		width = max(width, b.x+boxWidth)
		n++
	}
	if n > 0 {
		return width, y + deepest
	}
	return width, l.height
}

// rowsOf are the lines below the title of a node, short enough for its box.
func rowsOf(n *picture.Node) []string {
	var out []string
	for _, line := range n.Lines() {
		out = append(out, fitted(line, rowChars, 3)...)
	}
	if len(out) > mostRows {
		out = append(out[:mostRows-1], "…")
	}
	return out
}

// fitted breaks a text into rows of so many characters, of which wide ones count twice; what is too much is cut off.
func fitted(s string, most, mostRows int) []string {
	var out []string
	for _, row := range picture.Wrap(s, most) {
		out = append(out, cut(row, most))
	}
	if len(out) > mostRows {
		out = out[:mostRows]
		out[mostRows-1] = cut(out[mostRows-1]+" …", most)
	}
	return out
}

// cut is a text of at most so many columns.
func cut(s string, most int) string {
	columns := 0
	for i, r := range s {
		width := 1
		if r >= 0x1100 { // from here on, characters may be as wide as they are high
			width = 2
		}
		if columns += width; columns > most {
			_, size := utf8.DecodeLastRuneInString(s[:i])
			return s[:i-size] + "…"
		}
	}
	return s
}

func drawNode(b *strings.Builder, n *picture.Node, at *box, rows []string) {
	class := n.Class()
	if n.Asked {
		class += " asked"
	}
	full := strings.Join(append([]string{strings.Join(n.Names, ", ")}, n.Lines()...), "\n")
	if n.Kind == picture.Nothing {
		full = n.Title()
	}
	fmt.Fprintf(b, `<g class="node %s"><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="6"/>`, class, svgText(text.Clip(full, 1000)), at.x, at.y, boxWidth, at.height)
	y := at.y + (at.height-titleHeight-rowHeight*len(rows))/2 + 14
	fmt.Fprintf(b, `<text class="name" x="%d" y="%d">%s</text>`, at.x+11, y, svgText(cut(n.Title(), titleChars)))
	for i, row := range rows {
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`, at.x+11, y+titleHeight+rowHeight*i-1, svgText(row))
	}
	b.WriteString("</g>")
}

func drawArrow(b *strings.Builder, a *picture.Arrow, l *line, rows []string, ids *anchors) {
	class := a.Class()
	if class == picture.Severe { // drawn as others that find something, and thicker
		class = picture.Finds + " " + picture.Severe
	}
	class = strings.TrimSpace("arrow " + class)
	start, end := l.points[0], l.points[len(l.points)-1]
	fmt.Fprintf(b, `<g class="%s"><title>%s</title><path d="%s"/>`, class, svgText(text.Clip(a.Full, 1000)), curve(l))
	if l.back {
		fmt.Fprintf(b, `<path class="head" d="M%d %dl8 -4v8z"/>`, start.x, start.y)
	} else {
		fmt.Fprintf(b, `<path class="head" d="M%d %dl-8 -4v8z"/>`, end.x, end.y)
	}
	link := ""
	if a.Finding != nil {
		link = ids.card(a.Finding)
	}
	if link != "" {
		fmt.Fprintf(b, `<a href="#%s">`, svgText(link))
	}
	x := start.x + 10
	for i, row := range rows {
		y := start.y - 4
		if i > 0 {
			y = start.y + 12
		}
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`, x, y, svgText(row))
	}
	if link != "" {
		b.WriteString("</a>")
	}
	b.WriteString("</g>")
}

// curve is the way of a line: straight where its label stands and where it passes a column, bent between.
func curve(l *line) string {
	var b strings.Builder
	p := l.points
	fmt.Fprintf(&b, "M%d %d", p[0].x, p[0].y)
	from := p[0]
	if from.y != p[1].y {
		from = bend{from.x + columnGap - 64, from.y}
		fmt.Fprintf(&b, "H%d", from.x)
	}
	for i := 1; i < len(p); i++ {
		to := p[i]
		if from.y == to.y {
			fmt.Fprintf(&b, "H%d", to.x)
		} else {
			middle := (from.x + to.x) / 2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", middle, from.y, middle, to.y, to.x, to.y)
		}
		from = to
	}
	return b.String()
}
