package fix

import (
	"errors"
	"regexp"
	"strings"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
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
		return splice{slash, n.End, ">" + policyxml.Characters(text) + "</" + n.Name + ">"}, nil
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
		return splice{n.InnerEnd, n.InnerEnd, policyxml.Characters(text)}, nil
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
		return splice{start, end, policyxml.Characters(text)}, nil
	}
	return splice{}, errSplitText
}

// setAttr gives an attribute another value, or adds it behind the element's name.
func setAttr(doc *xmltree.Document, n *xmltree.Node, name, value string) splice {
	for _, a := range n.Attrs {
		if a.Name == name {
			quote := doc.Source[a.End-1 : a.End]
			start := a.Start + strings.Index(doc.Source[a.Start:a.End], quote) + 1
			return splice{start, a.End - 1, strings.ReplaceAll(policyxml.Characters(value), quote, "&#34;")}
		}
	}
	at := n.Start + len("<") + len(n.Name)
	return splice{at, at, " " + name + `="` + strings.ReplaceAll(policyxml.Characters(value), `"`, "&#34;") + `"`}
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

// insertBefore puts an element in front of another one, on a line of its own where that one has one.
func insertBefore(doc *xmltree.Document, n *xmltree.Node, xml string) splice {
	indent, own := indentation(doc, n)
	return splice{n.Start, n.Start, style(doc).write(xml, indent, own) + separator(doc, indent, own)}
}

// remarks are comments that stand behind an element on its line, and speak of it.
var remarks = regexp.MustCompile(`^(?:[ \t]*<!--[^\n]*?-->)+[ \t]*(?:\r?\n|$)`)

// insertAfter puts an element behind another one, and behind the comments on that one's line.
func insertAfter(doc *xmltree.Document, n *xmltree.Node, xml string) splice {
	indent, own := indentation(doc, n)
	at := n.End
	if own {
		at += len(strings.TrimRight(remarks.FindString(doc.Source[n.End:]), " \t\r\n"))
	}
	return splice{at, at, separator(doc, indent, own) + style(doc).write(xml, indent, own)}
}

// insertLast puts an element behind the last child of another one; in one without children it becomes the only one.
func insertLast(doc *xmltree.Document, parent *xmltree.Node, xml string) splice {
	var last *xmltree.Node
	for c := range parent.Children() {
		last = c
	}
	if last != nil {
		return insertAfter(doc, last, xml)
	}
	indent, own := indentation(doc, parent)
	s := style(doc)
	inside := s.write(xml, indent+s.unit, own)
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

// childText gives a child of an element a text; one that is not there is put behind the first of some others that is.
func childText(doc *xmltree.Document, parent *xmltree.Node, name, text string, behind ...string) (splice, error) {
	if n := parent.Child(name); n != nil {
		return setText(doc, n, text)
	}
	return insertChild(doc, parent, policyxml.Element(name, text), behind...), nil
}

// insertChild puts an element behind the first of some children that is there, else behind the last child.
func insertChild(doc *xmltree.Document, parent *xmltree.Node, xml string, behind ...string) splice {
	for _, name := range behind {
		if n := parent.Child(name); n != nil {
			return insertAfter(doc, n, xml)
		}
	}
	return insertLast(doc, parent, xml)
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

// moveBefore puts an element in front of another one that stands before it, each on its own line where it has one.
func moveBefore(doc *xmltree.Document, n, first *xmltree.Node) []splice {
	indent, own := indentation(doc, first)
	return []splice{{first.Start, first.Start, doc.Source[n.Start:n.End] + separator(doc, indent, own)}, remove(doc, n)}
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

// write is XML of several lines, which are indented by two spaces a level, as it stands behind an indentation; all on one line where
// it has none of its own.
func (s styling) write(xml, indent string, own bool) string {
	lines := strings.Split(xml, "\n")
	for i, l := range lines {
		text := strings.TrimLeft(l, " ")
		if !own {
			lines[i] = text
			continue
		}
		lines[i] = strings.Repeat(s.unit, (len(l)-len(text))/2) + text
	}
	if !own {
		return strings.Join(lines, "")
	}
	return strings.Join(lines, s.newline+indent)
}

// newlineOf is how the lines of a file end.
func newlineOf(doc *xmltree.Document) string {
	if i := strings.IndexByte(doc.Source, '\n'); i > 0 && doc.Source[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
