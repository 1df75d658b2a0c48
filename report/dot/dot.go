// Package dot writes the picture of a report in the language of Graphviz.
package dot

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"apigee-audit/report"
	"apigee-audit/report/picture"
)

// Write writes the picture as a directed graph: dot -Tsvg draws it. What no node or arrow says stands in comments.
// Source: graphviz.org/doc/info/lang.html.
func Write(w io.Writer, d *report.Document, _ report.Options) error {
	p := picture.New(d, picture.Readable())
	out := bufio.NewWriter(w)
	page := page{out}
	for _, line := range report.Remarks(d) {
		page.line("// %s", report.BreakCommandsInText([]byte(line)))
	}
	page.line(`digraph "refresh tokens" {`)
	page.line(`  graph [rankdir=LR, fontname="Helvetica,Arial,sans-serif", fontsize=12, labelloc=t, labeljust=l, nodesep=0.2, ranksep=1.4, label=%s]`,
		lines("Who issues refresh tokens, and who refreshes them", p.Explanation(d)))
	page.line(`  node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#56606c", fontname="Helvetica,Arial,sans-serif", fontsize=11, margin="0.14,0.07"]`)
	page.line(`  edge [fontname="Helvetica,Arial,sans-serif", fontsize=10, color="#56606c", fontcolor="#3a434d", arrowsize=0.7]`)
	for i := range p.Parts {
		page.part(i+1, &p.Parts[i])
	}
	page.line("}")
	return out.Flush() // which remembers the first error
}

type page struct{ out *bufio.Writer }

func (p *page) line(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }

func (p *page) part(number int, part *picture.Part) {
	p.line("  subgraph cluster_%d {", number)
	p.line(`    graph [label=%s, style="rounded", color="#c4ccd4", fontsize=13, margin=16]`, quoted(part.Title()))
	for i := range part.Nodes {
		n := &part.Nodes[i]
		p.line("    n%d_%d [label=%s, tooltip=%s%s]", number, i+1, lines(n.Title(), n.Lines()), quoted(strings.Join(n.Names, ", ")), look(n))
	}
	for i := range part.Arrows {
		a := &part.Arrows[i]
		p.line("    n%d_%d -> n%d_%d [label=%s, tooltip=%s, relation=%s%s]", number, a.From+1, number, a.To+1,
			quoted(a.Clipped()), quoted(a.Full), quoted(relations(a)), stroke(a))
	}
	p.line("  }")
}

// relations are those of the edges that the arrow stands for, for programs that read the graph.
func relations(a *picture.Arrow) string {
	var all []string
	for _, r := range a.Relations {
		all = append(all, string(r))
	}
	return strings.Join(all, " ")
}

// look is how a node is drawn.
func look(n *picture.Node) string {
	attributes := map[string]string{
		"issuer":    `fillcolor="#e7f1fb", color="#1a5899"`,
		"complete":  `fillcolor="#e4f3ea", color="#136a3c"`,
		"refresher": `fillcolor="#f3faf6", color="#136a3c"`,
		"reader":    `fillcolor="#f3f5f7"`,
		"shared":    `fillcolor="#f2ebfa", color="#6a3aa8", shape=component, style="filled"`,
		"dead":      `fillcolor="#fdecea", color="#b01e14", style="rounded,filled,dashed"`,
		"nothing":   `fillcolor="#b01e14", color="#b01e14", fontcolor="#ffffff", shape=octagon, style="filled"`,
	}[n.Class()]
	if n.Asked {
		attributes += ", penwidth=3"
	}
	return separated(attributes)
}

// stroke is how an arrow is drawn.
func stroke(a *picture.Arrow) string {
	return separated(map[string]string{
		picture.Severe:   `color="#b01e14", fontcolor="#b01e14", penwidth=2`,
		picture.Finds:    `color="#b01e14", fontcolor="#b01e14"`,
		picture.Accepted: `style=dashed, color="#8a4a00", fontcolor="#8a4a00"`,
		picture.Barred:   `style=dotted, color="#8a94a0", fontcolor="#6b7682"`,
	}[a.Class()])
}

func separated(attributes string) string {
	if attributes = strings.TrimPrefix(attributes, ", "); attributes == "" {
		return ""
	}
	return ", " + attributes
}

// columns is how long a line of a label may be.
const columns = 110

// lines is a label of several lines, the first one the title.
func lines(title string, more []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, line := range append([]string{title}, more...) {
		for _, row := range picture.Wrap(line, columns) {
			b.WriteString(escape(row) + `\l`)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoted(s string) string { return `"` + escape(s) + `"` }

// escape makes a text part of a quoted string that shows it, whatever it holds. A backslash begins an escape of Graphviz, and an
// ampersand an entity; a colon or a number sign may be half of a command to a CI service.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(`"\&<>#:`, r) || unicode.IsControl(r):
			b.WriteString(report.Entity(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
