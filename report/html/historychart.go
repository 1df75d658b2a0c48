package html

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report/history"
)

// Sizes of the charts of a history, in SVG user units. The large ones are never scaled below these, so that they can be read; the small
// ones hold no text and are stretched to the room they get.
const (
	timeWidth  = 960
	timeLeft   = 44 // of the numbers
	timeRight  = 12
	areaHeight = 240
	barsHeight = 120
	axisHeight = 24
	dateWidth  = 84 // that a date takes
	smallWidth = 300
	smallHigh  = 40
	stripHigh  = 10
)

// axis puts times on a line: audits where they were, and room behind the newest for what it found.
type axis struct {
	from, to    time.Time
	left, width float64
}

// newAxis is an axis so many units wide.
func newAxis(audits []history.Audit, left, width float64) axis {
	last := audits[len(audits)-1].At
	tail := last.Sub(audits[0].At) / time.Duration(max(len(audits)-1, 1))
	return axis{audits[0].At, last.Add(max(tail, time.Hour)), left, width}
}

// at is where a time is; what was before is at the beginning.
func (a axis) at(t time.Time) float64 {
	x := a.left + a.width*float64(t.Sub(a.from))/float64(a.to.Sub(a.from))
	return min(max(x, a.left), a.left+a.width)
}

// end is where the axis ends.
func (a axis) end() float64 { return a.left + a.width }

// ends is where the period that begins with an audit ends.
func (a axis) ends(audits []history.Audit, i int) float64 {
	if i+1 < len(audits) {
		return a.at(audits[i+1].At)
	}
	return a.end()
}

// unit writes a number with one decimal.
func unit(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// openChart draws how many findings were open after each audit, by severity, the highest at the bottom; what an audit did not look at is
// hatched.
func openChart(h *history.History) template.HTML {
	x := newAxis(h.Audits, timeLeft, timeWidth-timeLeft-timeRight)
	most := 1
	for _, a := range h.Audits {
		most = max(most, a.Open.Total)
	}
	step, top := ticks(most)
	y := func(n int) float64 { return 8 + float64(areaHeight-8)*(1-float64(n)/float64(top)) }
	b := begin("open-chart", areaHeight+axisHeight, "Open findings by severity after each audit")
	b.WriteString(`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2.500" height="6"/></pattern></defs>`)
	for n := 0; n <= top; n += step {
		grid(b, y(n), strconv.Itoa(n))
	}
	low := make([]int, len(h.Audits))
	for _, severity := range finding.Severities() {
		high := slices.Clone(low)
		for i := range h.Audits {
			high[i] += h.Audits[i].Open.Of(severity)
		}
		band(b, severity.String(), h.Audits, x, y, low, high)
		low = high
	}
	unseen := slices.Clone(low)
	for i := range h.Audits {
		unseen[i] -= h.Audits[i].NotLookedAt
	}
	band(b, "unseen", h.Audits, x, y, unseen, low)
	for i, a := range h.Audits {
		fmt.Fprintf(b, `<rect class="hit" x="%s" y="0" width="%s" height="%d"><title>%s</title></rect>`, unit(x.at(a.At)), unit(x.ends(h.Audits, i)-x.at(a.At)), areaHeight, svgText(auditLine(&a)))
	}
	dates(b, h.Audits, x, areaHeight)
	return end(b)
}

// auditLine is an audit in words.
func auditLine(a *history.Audit) string {
	line := fmt.Sprintf("%s: %d open", history.Date(a.At), a.Open.Total)
	for _, s := range finding.Severities() {
		line += fmt.Sprintf(", %d %s", a.Open.Of(s), s)
	}
	if a.NotLookedAt > 0 {
		line += fmt.Sprintf("; %d of them not looked at", a.NotLookedAt)
	}
	return line
}

// changesChart draws what each audit added to what is open upwards, and what it took from it downwards.
func changesChart(h *history.History) template.HTML {
	audits := h.Audits[1:] // before the first, nobody knows
	x := newAxis(h.Audits, timeLeft, timeWidth-timeLeft-timeRight)
	up, down := 0, 0
	for _, a := range audits {
		up, down = max(up, a.Changes.Added()), max(down, a.Changes.Removed())
	}
	if up+down == 0 {
		return ""
	}
	scale := float64(barsHeight-16) / float64(up+down)
	zero := 8 + float64(up)*scale
	b := begin("changes-chart", barsHeight+axisHeight, "What each audit added to the open findings, and what it took from them")
	grid(b, zero, "0")
	if up > 0 {
		grid(b, 8, "+"+strconv.Itoa(up))
	}
	if down > 0 {
		grid(b, barsHeight-8, "−"+strconv.Itoa(down))
	}
	width := 28.0
	for i := range h.Audits {
		width = min(width, max(1.5, (x.ends(h.Audits, i)-x.at(h.Audits[i].At))*.6))
	}
	for _, a := range audits {
		above, below := zero, zero
		for _, part := range []struct {
			class, title string
			n            int
			down         bool
		}{
			{"new", "new", a.Changes.New, false}, {"reopened", "reopened", a.Changes.Reopened, false},
			{"resumed", "no longer accepted", a.Changes.NoLongerAccepted, false},
			{"fixed", "fixed", a.Changes.Fixed, true}, {"agreed", "accepted", a.Changes.Accepted, true},
		} {
			height := float64(part.n) * scale
			top := below
			if part.down {
				below += height
			} else {
				above -= height
				top = above
			}
			bar(b, part.class, x.at(a.At), top, width, height, fmt.Sprintf("%s: %d %s", history.Date(a.At), part.n, part.title))
		}
	}
	dates(b, h.Audits, x, barsHeight)
	return end(b)
}

func bar(b *strings.Builder, class string, x, y, width, height float64, title string) {
	if height > 0 {
		fmt.Fprintf(b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`, class, unit(x), unit(y), unit(width), unit(height), svgText(title))
	}
}

// begin starts a chart with its text for those who do not see it.
func begin(class string, height int, label string) *strings.Builder {
	b := &strings.Builder{}
	fmt.Fprintf(b, `<svg class="%s" viewBox="0 0 %d %d" width="100%%" role="img" aria-label="%s">`, class, timeWidth, height, svgText(label))
	return b
}

// end ends a chart. All text in it is escaped.
func end(b *strings.Builder) template.HTML {
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func grid(b *strings.Builder, y float64, label string) {
	fmt.Fprintf(b, `<line class="grid" x1="%d" x2="%d" y1="%s" y2="%s"/><text x="%d" y="%s" text-anchor="end">%s</text>`, timeLeft, timeWidth-timeRight, unit(y), unit(y), timeLeft-8, unit(y+4), label)
}

// dates writes the dates of audits below a chart, as many as there is room for, and a mark for each.
func dates(b *strings.Builder, audits []history.Audit, x axis, y int) {
	free := 0.0
	for _, a := range audits {
		at := x.at(a.At)
		fmt.Fprintf(b, `<line class="mark" x1="%s" x2="%s" y1="%d" y2="%d"/>`, unit(at), unit(at), y, y+4)
		if at >= free && at+dateWidth-10 <= timeWidth {
			fmt.Fprintf(b, `<text x="%s" y="%d">%s</text>`, unit(at), y+18, history.Date(a.At))
			free = at + dateWidth
		}
	}
}

// band fills what lies between two numbers after each audit.
func band(b *strings.Builder, class string, audits []history.Audit, x axis, y func(int) float64, low, high []int) {
	if slices.Equal(low, high) {
		return
	}
	var there, back strings.Builder
	for i, a := range audits {
		fmt.Fprintf(&there, "L%s %sH%s", unit(x.at(a.At)), unit(y(high[i])), unit(x.ends(audits, i)))
	}
	for i := len(audits) - 1; i >= 0; i-- {
		fmt.Fprintf(&back, "L%s %sH%s", unit(x.ends(audits, i)), unit(y(low[i])), unit(x.at(audits[i].At)))
	}
	fmt.Fprintf(b, `<path class="%s" d="M%sZ"/>`, class, strings.TrimPrefix(there.String(), "L")+back.String())
}

// ticks are the distance of lines, and the topmost, for numbers up to most: at most six lines.
func ticks(most int) (step, top int) {
	for decade := 1; ; decade *= 10 {
		for _, digit := range []int{1, 2, 5} {
			if step = digit * decade; most <= 5*step {
				return step, (most + step - 1) / step * step
			}
		}
	}
}

// point is a number after an audit; a gap is one that nobody looked at.
type point struct {
	n   int
	gap bool
}

// smallChart draws one row of numbers, in the scale of its own largest; what nobody looked at is dashed.
func smallChart(audits []history.Audit, label string, points []point) template.HTML {
	x := newAxis(audits, 0, smallWidth)
	most := 1
	for _, p := range points {
		most = max(most, p.n)
	}
	y := func(n int) float64 { return 3 + float64(smallHigh-6)*(1-float64(n)/float64(most)) }
	b := &strings.Builder{}
	fmt.Fprintf(b, `<svg class="small-chart" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">`, smallWidth, smallHigh, svgText(label))
	fmt.Fprintf(b, `<line class="grid" x1="0" x2="%d" y1="%s" y2="%s"/>`, smallWidth, unit(y(0)), unit(y(0)))
	var looked, unlooked strings.Builder
	for i, p := range points {
		line, from := &looked, x.at(audits[i].At)
		if p.gap {
			line = &unlooked
		}
		if i > 0 && p.gap == points[i-1].gap {
			fmt.Fprintf(line, "V%sH%s", unit(y(p.n)), unit(x.ends(audits, i)))
			continue
		}
		fmt.Fprintf(line, "M%s %sH%s", unit(from), unit(y(p.n)), unit(x.ends(audits, i)))
	}
	for _, l := range []struct {
		class string
		path  string
	}{{"line", looked.String()}, {"line gap", unlooked.String()}} {
		if l.path != "" {
			fmt.Fprintf(b, `<path class="%s" d="%s"/>`, l.class, l.path)
		}
	}
	return end(b)
}

// strip draws how one finding stood, as a bar from when it was seen first.
func strip(h *history.History, x axis, f *history.Finding) template.HTML {
	b := &strings.Builder{}
	var said []string
	for _, p := range f.Timeline {
		said = append(said, history.Date(p.At)+" "+stateWord(p.State))
	}
	fmt.Fprintf(b, `<svg class="strip" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">`, smallWidth, stripHigh, svgText(strings.Join(said, ", ")))
	for i, p := range f.Timeline {
		to := x.end()
		if i+1 < len(f.Timeline) {
			to = x.at(f.Timeline[i+1].At)
		}
		if from := x.at(p.At); to > from {
			height := stripHeight(p.State)
			fmt.Fprintf(b, `<rect class="%s" x="%s" y="%d" width="%s" height="%d"/>`, p.State, unit(from), stripHigh-height, unit(to-from), height)
		}
	}
	return end(b)
}

// stripHeight is how high the part of a strip is. Not everybody sees the colours: what is fixed is a line, and what nobody looked at is
// half of a bar.
func stripHeight(s history.State) int {
	switch s {
	case history.Fixed:
		return 2
	case history.Gap:
		return stripHigh / 2
	}
	return stripHigh
}

func stateWord(s history.State) string { return strings.ReplaceAll(string(s), "-", " ") }
