// Package mermaid writes the picture of a report as a flowchart of Mermaid, which GitHub, GitLab and others draw.
package mermaid

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"apigee-audit/report"
	"apigee-audit/report/picture"
)

// mostText is less than the 50,000 characters that Mermaid takes by default. It also takes 500 arrows, more than any picture has.
// Source: mermaid.js.org/config/schema-docs/config.html, "maxTextSize" and "maxEdges".
const mostText = 48_000

// settings is the only directive there is: text from outside has no percent sign.
const settings = `%%{init: {"flowchart": {"wrappingWidth": 400}}}%%` + "\n"

// Write writes the picture as a flowchart, and what no node or arrow says in comments before it.
func Write(w io.Writer, d *report.Document, _ report.Options) error {
	chart, _ := Chart(d, mostText)
	if chart == "" {
		p := picture.New(d, picture.Readable())
		chart = flowchart(p, p.Explanation(d))
	}
	var b strings.Builder
	b.WriteString(settings)
	for _, line := range report.Remarks(d) {
		b.Write(report.BreakCommandsInText([]byte("%% " + strings.ReplaceAll(line, "%", "#37;") + "\n")))
	}
	b.WriteString(strings.TrimPrefix(chart, settings))
	_, err := io.WriteString(w, b.String())
	return err
}

// Chart is the flowchart alone, grouped until it has at most so many bytes. It is empty where there is nothing to draw; fits is false
// where it is too large even then, and says so.
func Chart(d *report.Document, mostBytes int) (chart string, fits bool) {
	sketch := picture.NewSketch(d)
	for _, most := range []picture.Limits{
		picture.Readable(), {Nodes: 24, Arrows: 200, Parts: 30}, {Nodes: 16, Arrows: 100, Parts: 16}, {Nodes: 12, Arrows: 50, Parts: 8}, {Nodes: 8, Arrows: 20, Parts: 3},
	} {
		p := sketch.Picture(most)
		if len(p.Parts) == 0 {
			return "", true
		}
		if chart = flowchart(p, p.Explanation(d)); len(chart) <= mostBytes {
			return chart, true
		}
	}
	return flowchart(&picture.Picture{}, []string{"The picture is too large: narrow the report with --env or --proxy."}), false
}

func flowchart(p *picture.Picture, explanation []string) string {
	c := chart{classes: map[string][]string{}, strokes: map[string][]string{}}
	c.b.WriteString(settings)
	c.line("flowchart LR")
	for i := range p.Parts {
		c.part(i+1, &p.Parts[i])
	}
	c.line("  legend[%s]", quoted(strings.Join(explanation, " "), wide))
	c.classes["legend"] = []string{"legend"}
	c.styles()
	return c.b.String()
}

// chart is a flowchart in the making.
type chart struct {
	b       strings.Builder
	arrows  int
	classes map[string][]string // the nodes of each class
	strokes map[string][]string // the numbers of the arrows of each class
}

func (c *chart) line(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

// Columns of text in nodes, and in those that explain.
const (
	narrow = 48
	wide   = 90
)

func (c *chart) part(number int, part *picture.Part) {
	c.line("  subgraph g%d[%s]", number, quoted(part.Title(), wide))
	c.line("    direction LR")
	c.classes["part"] = append(c.classes["part"], fmt.Sprintf("g%d", number))
	for i := range part.Nodes {
		n := &part.Nodes[i]
		id := fmt.Sprintf("n%d_%d", number, i+1)
		begin, end := shape(n)
		c.line("    %s%s%s%s", id, begin, label(n), end)
		c.classes[n.Class()] = append(c.classes[n.Class()], id)
		if n.Asked {
			c.classes["asked"] = append(c.classes["asked"], id)
		}
	}
	for i := range part.Arrows {
		c.arrow(number, &part.Arrows[i])
	}
	c.line("  end")
}

func (c *chart) arrow(number int, a *picture.Arrow) {
	line, class := "-->", a.Class()
	if class == picture.Accepted || class == picture.Barred {
		line = "-.->"
	}
	c.strokes[class] = append(c.strokes[class], fmt.Sprint(c.arrows))
	c.arrows++
	c.line("    n%d_%d %s|%s| n%d_%d", number, a.From+1, line, quoted(a.Clipped(), narrow), number, a.To+1)
}

// styles are fit for light and dark pages: each class brings its own ink and paper.
func (c *chart) styles() {
	for _, class := range []struct{ name, style string }{
		{"issuer", "fill:#e7f1fb,stroke:#1a5899,color:#1b2129"},
		{"complete", "fill:#e4f3ea,stroke:#136a3c,color:#1b2129"},
		{"refresher", "fill:#f3faf6,stroke:#136a3c,color:#1b2129"},
		{"shared", "fill:#f2ebfa,stroke:#6a3aa8,color:#1b2129"},
		{"reader", "fill:#f3f5f7,stroke:#56606c,color:#1b2129"},
		{"dead", "fill:#fdecea,stroke:#b01e14,color:#1b2129,stroke-dasharray:5 3"},
		{"nothing", "fill:#b01e14,stroke:#b01e14,color:#ffffff"},
		{"legend", "fill:none,stroke:none"},
		{"part", "fill:none,stroke:#8a94a0"},
		{"asked", "stroke-width:4px"},
	} {
		if nodes := c.classes[class.name]; len(nodes) > 0 {
			c.line("  classDef %s %s", class.name, class.style)
			c.line("  class %s %s", strings.Join(nodes, ","), class.name)
		}
	}
	for _, class := range []struct{ name, style string }{
		{picture.Severe, "stroke:#d1372c,stroke-width:3px"},
		{picture.Finds, "stroke:#d1372c,stroke-width:1.5px"},
		{picture.Accepted, "stroke:#a8651a,stroke-width:1.5px"},
		{picture.Barred, "stroke:#8a94a0,stroke-width:1px"},
	} {
		if arrows := c.strokes[class.name]; len(arrows) > 0 {
			c.line("  linkStyle %s %s", strings.Join(arrows, ","), class.style)
		}
	}
}

// shape is what a node is drawn as.
func shape(n *picture.Node) (begin, end string) {
	switch n.Kind {
	case picture.SharedFlow:
		return "[[", "]]"
	case picture.Nothing:
		return "{{", "}}"
	}
	return "[", "]"
}

func label(n *picture.Node) string {
	rows := []string{escape(n.Title())}
	for _, line := range n.Lines() {
		rows = append(rows, broken(line, narrow))
	}
	return `"` + strings.Join(rows, "<br/>") + `"`
}

func quoted(s string, width int) string { return `"` + broken(s, width) + `"` }

// broken is a text in lines.
func broken(s string, width int) string {
	rows := picture.Wrap(s, width)
	for i := range rows {
		rows[i] = escape(rows[i])
	}
	return strings.Join(rows, "<br/>")
}

// escape makes a text part of a quoted label or a comment that shows it, whatever it holds. Mermaid has no syntax for that but its own
// entities; letters, digits and a few signs need none.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" -_.,()/·→…", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
