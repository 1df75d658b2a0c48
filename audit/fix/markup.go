package fix

import (
	"errors"
	"regexp"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// Edits keep whatever they are not about: indentation, line ends, comments, the spelling of tags.

// elementAt is the element that begins at a place, nil where none does.
func elementAt(doc *xmltree.Document, at finding.Place) *xmltree.Node {
	for n := range doc.Root.Descendants() {
		if s := doc.TagSpan(n); int(s.Line) == at.Line && int(s.Column) == at.Column {
			return n
		}
	}
	return nil
}

// parentOf is the element that a node is a child of, nil for the root.
func parentOf(doc *xmltree.Document, n *xmltree.Node) *xmltree.Node {
	for p := range doc.Root.Descendants() {
		for c := range p.Children() {
			if c == n {
				return p
			}
		}
	}
	return nil
}

// ignored is what an element may hold beside its text: comments and processing instructions.
var ignored = regexp.MustCompile(`(?s)<!--.*?-->|<\?.*?\?>`)

var errSplitText = errors.New("the text of the element is in pieces, with comments or CDATA sections between them; it is left alone")

// setText puts a text in the place of an element's own. Comments beside it stay, and so does a CDATA section around it.
func setText(doc *xmltree.Document, n *xmltree.Node, text string) (splice, error) {
	inner := doc.Inner(n)
	if n.End == n.InnerEnd { // <Name/>
		tag := doc.Source[n.Start:n.End]
		slash := n.Start + len(strings.TrimRight(strings.TrimSuffix(tag, "/>"), " \t\r\n"))
		return splice{slash, n.End, ">" + escaped(text) + "</" + n.Name + ">"}, nil
	}
	// What is left between what is ignored is text.
	var pieces [][2]int
	at := 0
	for _, skip := range append(ignored.FindAllStringIndex(inner, -1), []int{len(inner), len(inner)}) {
		piece := inner[at:skip[0]]
		if trimmed := strings.TrimLeft(piece, " \t\r\n"); trimmed != "" {
			start := skip[0] - len(trimmed)
			pieces = append(pieces, [2]int{start, start + len(strings.TrimRight(trimmed, " \t\r\n"))})
		}
		at = skip[1]
	}
	switch len(pieces) {
	case 0:
		return splice{n.InnerEnd, n.InnerEnd, escaped(text)}, nil
	case 1:
		start, end := n.InnerStart+pieces[0][0], n.InnerStart+pieces[0][1]
		if was := doc.Source[start:end]; strings.Contains(was, "<") {
			data, ok := strings.CutPrefix(was, "<![CDATA[")
			data, closed := strings.CutSuffix(data, "]]>")
			if !ok || !closed || strings.Contains(data, "]]>") || strings.Contains(text, "]]>") {
				return splice{}, errSplitText
			}
			return splice{start + len("<![CDATA["), end - len("]]>"), text}, nil
		}
		return splice{start, end, escaped(text)}, nil
	}
	return splice{}, errSplitText
}

// setAttr gives an attribute another value, or adds it behind the element's name.
func setAttr(doc *xmltree.Document, n *xmltree.Node, name, value string) splice {
	for _, a := range n.Attrs {
		if a.Name == name {
			quote := doc.Source[a.End-1 : a.End]
			start := a.Start + strings.Index(doc.Source[a.Start:a.End], quote) + 1
			return splice{start, a.End - 1, strings.ReplaceAll(escaped(value), quote, "&#34;")}
		}
	}
	at := n.Start + len("<") + len(n.Name)
	return splice{at, at, " " + name + `="` + strings.ReplaceAll(escaped(value), `"`, "&#34;") + `"`}
}

// dropAttr removes an attribute that is there, with the space before it.
func dropAttr(doc *xmltree.Document, n *xmltree.Node, name string) splice {
	for _, a := range n.Attrs {
		if a.Name == name {
			return splice{len(strings.TrimRight(doc.Source[:a.Start], " \t\r\n")), a.End, ""}
		}
	}
	return splice{n.Start, n.Start, ""}
}

// element is XML to be written.
type element struct {
	name     string
	attrs    string // as it stands in the tag, with a space in front
	text     string // escaped
	children []element
}

// leaf is an element with a text.
func leaf(name, text string) element { return element{name: name, text: escaped(text)} }

// lines writes the element, each level below it indented by one unit; without a unit all of it is one line.
func (e element) lines(unit string) []string {
	open := "<" + e.name + e.attrs
	switch {
	case len(e.children) == 0 && e.text == "":
		return []string{open + "/>"}
	case len(e.children) == 0:
		return []string{open + ">" + e.text + "</" + e.name + ">"}
	}
	out := []string{open + ">"}
	for _, c := range e.children {
		for _, l := range c.lines(unit) {
			out = append(out, unit+l)
		}
	}
	return append(out, "</"+e.name+">")
}

// insertBefore puts an element in front of another one, on a line of its own where that one has one.
func insertBefore(doc *xmltree.Document, n *xmltree.Node, e element) splice {
	indent, own := indentation(doc, n)
	return splice{n.Start, n.Start, style(doc).write(e, indent, own) + separator(doc, indent, own)}
}

// insertAfter puts an element behind another one.
func insertAfter(doc *xmltree.Document, n *xmltree.Node, e element) splice {
	indent, own := indentation(doc, n)
	return splice{n.End, n.End, separator(doc, indent, own) + style(doc).write(e, indent, own)}
}

// insertLast puts an element behind the last child of another one; in one without children it becomes the only one.
func insertLast(doc *xmltree.Document, parent *xmltree.Node, e element) splice {
	var last *xmltree.Node
	for c := range parent.Children() {
		last = c
	}
	if last != nil {
		return insertAfter(doc, last, e)
	}
	indent, own := indentation(doc, parent)
	s := style(doc)
	inside := s.write(e, indent+s.unit, own)
	if own {
		inside = s.newline + indent + s.unit + inside + s.newline + indent
	}
	if parent.End == parent.InnerEnd { // <Name/>
		tag := doc.Source[parent.Start:parent.End]
		slash := parent.Start + len(strings.TrimRight(strings.TrimSuffix(tag, "/>"), " \t\r\n"))
		return splice{slash, parent.End, ">" + inside + "</" + parent.Name + ">"}
	}
	// White space in front of the end tag gives way to that of the new child, comments before it stay.
	at := parent.InnerStart + len(strings.TrimRight(doc.Inner(parent), " \t\r\n"))
	return splice{at, parent.InnerEnd, inside}
}

// remove takes an element out, with its line where it has one of its own.
func remove(doc *xmltree.Document, n *xmltree.Node) splice {
	indent, own := indentation(doc, n)
	rest := doc.Source[n.End:]
	after := strings.TrimLeft(rest, " \t")
	if !own || after != "" && !strings.HasPrefix(after, "\n") && !strings.HasPrefix(after, "\r\n") {
		return splice{n.Start, n.End, ""}
	}
	end := n.End + len(rest) - len(after)
	if strings.HasPrefix(after, "\r") {
		end++
	}
	if end < len(doc.Source) {
		end++
	}
	return splice{n.Start - len(indent), end, ""}
}

// indentation is the white space in front of an element on its line; own is false where something else stands there.
func indentation(doc *xmltree.Document, n *xmltree.Node) (indent string, own bool) {
	line := doc.Source[strings.LastIndexByte(doc.Source[:n.Start], '\n')+1 : n.Start]
	if strings.Trim(line, " \t") == "" {
		return line, true
	}
	return "", false
}

// separator stands between two elements, where the one has a line of its own and where it has none.
func separator(doc *xmltree.Document, indent string, own bool) string {
	if !own {
		return ""
	}
	return newlineOf(doc) + indent
}

// styling is how a file is laid out.
type styling struct{ newline, unit string }

// style is the layout of a file: the unit of indentation is what sets a child apart from its parent.
func style(doc *xmltree.Document) styling {
	s := styling{newlineOf(doc), "    "}
	for p := range doc.Root.Descendants() {
		outer, own := indentation(doc, p)
		if !own {
			continue
		}
		for c := range p.Children() {
			if inner, own := indentation(doc, c); own && len(inner) > len(outer) && strings.HasPrefix(inner, outer) {
				s.unit = inner[len(outer):]
				return s
			}
		}
	}
	return s
}

// write is the element as it stands behind an indentation, on one line where it has none of its own.
func (s styling) write(e element, indent string, own bool) string {
	if !own {
		return strings.Join(e.lines(""), "")
	}
	return strings.Join(e.lines(s.unit), s.newline+indent)
}

// newlineOf is how the lines of a file end.
func newlineOf(doc *xmltree.Document) string {
	if i := strings.IndexByte(doc.Source, '\n'); i > 0 && doc.Source[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// escaped is a text as it stands between tags.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
