// Package page lays text out for people who read it in a terminal: wrapped at its width, with headings that stand out, and Markdown
// as what it means rather than as it is written.
package page

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"apigee-audit/internal/text"
)

const (
	// Standard is how wide a page is where there is no terminal.
	Standard = 80
	// widest is how wide a page is at most: longer lines are hard to read.
	widest = 100
	// narrowest keeps a few words in a line.
	narrowest = 30
	// leastRoom is how much is left for text behind a lead, however long that is.
	leastRoom = narrowest / 2
)

// Page is text on its way to a stream.
type Page struct {
	strings.Builder
	width   int
	colored bool
}

// New begins a page for a terminal of so many columns, 0 for none.
func New(columns int, colored bool) *Page {
	if columns <= 0 {
		columns = Standard
	}
	return &Page{width: max(min(columns, widest), narrowest), colored: colored}
}

// Width is how many columns a line has.
func (p *Page) Width() int { return p.width }

// The styles of text, as terminals take them.
const (
	bold   = "1"
	italic = "3"
	code   = "36"
)

// styled gives every word of a text a style, so that lines can be broken between them. A word that may have to be broken itself has
// none.
func (p *Page) styled(style, s string) string {
	if !p.colored {
		return s
	}
	words := strings.Split(s, " ")
	for i, word := range words {
		if word != "" && columns(word) <= leastRoom {
			words[i] = "\x1b[" + style + "m" + word + "\x1b[0m"
		}
	}
	return strings.Join(words, " ")
}

var escape = regexp.MustCompile("\x1b\\[[0-9]+m")

// columns is how wide a text is, without what sets its style.
func columns(s string) int {
	if strings.Contains(s, "\x1b") {
		s = escape.ReplaceAllString(s, "")
	}
	return utf8.RuneCountInString(s)
}

// Paragraph wraps a text behind a lead, under which its further lines hang.
func (p *Page) Paragraph(lead, s string) {
	p.WriteString(text.Paragraph(lead, s, p.width, leastRoom, columns))
}

// Line writes a line that is never broken.
func (p *Page) Line(s string) { p.WriteString(strings.TrimRight(s, " ") + "\n") }

// Gap is an empty line, unless there is nothing above it.
func (p *Page) Gap() {
	if s := p.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.WriteByte('\n')
	}
}

// Heading begins a section.
func (p *Page) Heading(s string) {
	p.Gap()
	p.Line(p.whole(bold, s))
}

// whole gives a text that is not broken a style.
func (p *Page) whole(style, s string) string {
	if !p.colored || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// Prose wraps paragraphs that were broken into lines in the source. One with indented lines has a form of its own and keeps it.
func (p *Page) Prose(s string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		p.Gap()
		if strings.ContainsAny(paragraph[:min(1, len(paragraph))], " \t") || strings.Contains(paragraph, "\n\t") || strings.Contains(paragraph, "\n ") {
			p.Line(paragraph)
			continue
		}
		p.Paragraph("", strings.Join(strings.Fields(paragraph), " "))
	}
}

// Row is a term and what is said about it.
type Row struct{ Term, About string }

// Longest is the width of the longest term.
func Longest(rows []Row) (n int) {
	for _, r := range rows {
		n = max(n, columns(r.Term))
	}
	return n
}

// Rows lists terms in a column of at most so many characters, and what is said about them in another. A term that is too long for
// its column has a line of its own.
func (p *Page) Rows(rows []Row, longest int) {
	const gap = "  "
	left := min(longest, p.width*2/5)
	for _, r := range rows {
		term := gap + r.Term
		switch n := columns(r.Term); {
		case r.About == "":
			p.Line(term)
			continue
		case n > left:
			p.Line(term)
			term = strings.Repeat(" ", len(gap)+left)
		default:
			term += strings.Repeat(" ", left-n)
		}
		p.Paragraph(term+gap, r.About)
	}
}

// Examples are command lines, some with a remark behind them. Lines that people copy are never broken: if there is no room for all
// remarks, each stands below its line.
func (p *Page) Examples(s string) {
	type example struct{ line, command, remark string }
	var all []example
	fits := true
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \n")
		e := example{line: line, command: line}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if i := strings.Index(line[indent:], "  "); i > 0 {
			e.command, e.remark = line[:indent+i], strings.TrimSpace(line[indent+i:])
			fits = fits && columns(line) <= p.width
		}
		all = append(all, e)
	}
	for _, e := range all {
		if fits || e.remark == "" {
			p.Line(e.line)
			continue
		}
		p.Line(e.command)
		p.Paragraph("      ", e.remark)
	}
}
