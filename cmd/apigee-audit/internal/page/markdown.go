package page

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown lays out Markdown. Headings begin at the margin and everything below them is indented. Code keeps its lines. The addresses
// of links stand in lines of their own below the text, so that they are never broken; those within the page's own folder are left
// out, because a terminal has nowhere to follow them.
func (p *Page) Markdown(source string) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table))
	doc := md.Parser().Parse(text.NewReader([]byte(source)))
	m := &markdown{Page: p, source: []byte(source)}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		m.block(n, indented(n), indented(n))
	}
}

// indented is where a block at the top of a page begins.
func indented(n ast.Node) string {
	if n.Kind() == ast.KindHeading {
		return ""
	}
	return "  "
}

// markdown is a page with the source of what is laid out on it.
type markdown struct {
	*Page
	source    []byte
	addresses []string // of the links in the block that is laid out
}

// block lays out a block: its first line behind lead, such as the mark of a list's item, and the others behind rest.
func (m *markdown) block(n ast.Node, lead, rest string) {
	switch n := n.(type) {
	case *ast.Heading:
		m.Gap()
		m.Line(lead + m.whole(bold, plain(m.inline(n))))
	case *ast.TextBlock, *ast.Paragraph:
		if n.Kind() == ast.KindParagraph && lead == rest {
			m.Gap()
		}
		m.Paragraph(lead, m.inline(n))
		m.flush(rest)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		m.Gap()
		lines := n.Lines()
		for i := range lines.Len() {
			segment := lines.At(i)
			m.Line(rest + "  " + strings.TrimRight(string(segment.Value(m.source)), "\r\n"))
		}
	case *ast.List:
		m.list(n, rest)
	case *ast.Blockquote:
		m.children(n, rest+"  ")
	case *ast.ThematicBreak:
		m.Gap()
		m.Line(rest + "----")
	case *extended.Table:
		m.table(n, rest)
	default: // HTML has no meaning here
	}
}

// children lays out the blocks of a block.
func (m *markdown) children(n ast.Node, indent string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		m.block(c, indent, indent)
	}
}

// list lays out a list. Its items follow each other closely where they do in the source.
func (m *markdown) list(l *ast.List, indent string) {
	if l.Parent().Kind() != ast.KindListItem {
		m.Gap()
	}
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		if !l.IsTight {
			m.Gap()
		}
		rest := indent + strings.Repeat(" ", len(mark))
		lead := indent + mark
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			m.block(c, lead, rest)
			lead = rest
		}
	}
}

// inline is the text of a block in one line.
func (m *markdown) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(c.Value(m.source)))))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.CodeSpan:
			b.WriteString(m.code(c))
		case *ast.Emphasis:
			style := italic
			if c.Level > 1 {
				style = bold
			}
			b.WriteString(m.styled(style, plain(m.inline(c))))
		case *ast.Link:
			b.WriteString(m.inline(c))
			if url := string(c.Destination); strings.Contains(url, "://") {
				m.addresses = append(m.addresses, url)
			}
		case *ast.AutoLink:
			b.Write(c.URL(m.source))
		default: // pictures are their text; HTML has no meaning here
			b.WriteString(m.inline(c))
		}
	}
	words := strings.Fields(b.String())
	for i, word := range words {
		if columns(word) > leastRoom {
			words[i] = plain(word) // it may have to be broken, also where its parts have styles and it has none
		}
	}
	return strings.Join(words, " ")
}

// code is a code span. Where it cannot have a style it keeps its marks: `set` and set are different things.
func (m *markdown) code(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.WriteString(strings.ReplaceAll(string(t.Value(m.source)), "\n", " "))
		}
	}
	if styled := m.styled(code, b.String()); plain(styled) != styled {
		return styled
	}
	return "`" + b.String() + "`"
}

// flush writes the addresses of the links in a block below it.
func (m *markdown) flush(indent string) {
	for _, url := range m.addresses {
		m.Line(indent + url)
	}
	m.addresses = nil
}

// plain is a text without what sets its style.
func plain(s string) string { return escape.ReplaceAllString(s, "") }
