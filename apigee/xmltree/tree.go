// Package xmltree reads XML into trees in which every element, attribute and text knows its line and column. encoding/xml does
// not keep the positions of attributes.
package xmltree

import (
	"iter"
	"strings"
	"sync"
)

// Document is one XML file of a bundle as a tree. Offsets are bytes of Source.
type Document struct {
	File   string // name inside the bundle
	Source string // the text as UTF-8, without byte order mark
	Root   *Node
	// Directives are the comments addressed to this program, trimmed, wherever in the file they stand; at most
	// [maxDirectives].
	Directives []Text
	lines      lineIndex
	encoding   encoding
	shared     *sharing // nil for a document of one goroutine
}

// sharing is what the goroutines that share a document have made of it.
type sharing struct {
	once sync.Once
	made any
}

// Share readies a document for several goroutines. Its lines are counted now, and not when somebody asks for a place.
func (d *Document) Share() {
	d.shared = &sharing{}
	d.lines.findLines()
	d.lines.fixed = true
	if !d.lines.ascii {
		d.lines.countBlocks()
	}
}

// Made is what was made of a shared document, by whoever asks first. It lasts as long as the document, and so is made once for all the
// bundles that have the file. It is nil for a document that is not shared.
func (d *Document) Made(do func() any) any {
	if d.shared == nil {
		return nil
	}
	d.shared.once.Do(func() { d.shared.made = do() })
	return d.shared.made
}

// Node is one element. Namespace prefixes stay part of the name; processing instructions and all
// comments but [Document.Directives] are not kept.
type Node struct {
	Name  string
	Attrs []Attr
	// Text is the element's own character data (CDATA and entities resolved), surrounding white space trimmed.
	Text string

	Start, End           int // the whole element, from "<" to behind its last ">"
	InnerStart, InnerEnd int // its content, which begins behind the start tag; equal for an empty element

	first, last, next *Node
}

// Attr is an attribute of an element.
type Attr struct {
	Name, Value string
	Start, End  int // from the name to behind the closing quote
}

// Children yields the child elements in document order.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if n == nil {
			return
		}
		for c := n.first; c != nil; c = c.next {
			if !yield(c) {
				return
			}
		}
	}
}

// Child is the first child element of that name, or nil. It may be called on nil.
func (n *Node) Child(name string) *Node {
	if n == nil {
		return nil
	}
	for c := n.first; c != nil; c = c.next {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Find follows a path of child names, nil when one is missing.
func (n *Node) Find(path ...string) *Node {
	for _, name := range path {
		n = n.Child(name)
	}
	return n
}

// Descendants yields the element and everything below it in document order.
func (n *Node) Descendants() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if n == nil {
		return true
	}
	if !yield(n) {
		return false
	}
	for c := n.first; c != nil; c = c.next {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// Attr is an attribute's value and whether it is there. It may be called on nil.
func (n *Node) Attr(name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return n.Attrs[i].Value, true
		}
	}
	return "", false
}

// IsTrue reports whether an attribute is there and says true, in any case and among white space. It may be called on nil.
func (n *Node) IsTrue(attr string) bool { return n.says(attr, "true") }

// IsFalse reports whether an attribute is there and says false, as IsTrue reads it.
func (n *Node) IsFalse(attr string) bool { return n.says(attr, "false") }

func (n *Node) says(attr, word string) bool {
	v, _ := n.Attr(attr)
	return strings.EqualFold(strings.TrimSpace(v), word)
}

// String is the element's trimmed text, "" for nil.
func (n *Node) String() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// Inner is the element's raw content, markup included.
func (d *Document) Inner(n *Node) string { return d.Source[n.InnerStart:n.InnerEnd] }

// Span is the region of a whole element, or unknown for nil.
func (d *Document) Span(n *Node) Span {
	if n == nil {
		return Span{}
	}
	return d.lines.span(n.Start, n.End)
}

// Region is the region between two offsets of Source.
func (d *Document) Region(start, end int) Span { return d.lines.span(start, end) }

// TagSpan is the region of an element's start tag, which is what reports point at for long elements.
func (d *Document) TagSpan(n *Node) Span {
	if n == nil {
		return Span{}
	}
	return d.lines.span(n.Start, n.InnerStart)
}

// AttrSpan is the region of an attribute, or the start tag when it is missing.
func (d *Document) AttrSpan(n *Node, name string) Span {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return d.lines.span(n.Attrs[i].Start, n.Attrs[i].End)
		}
	}
	return d.TagSpan(n)
}

// TextOf is an element's trimmed text with the element's region; the zero Text for nil. The string is a copy that does
// not keep the document alive.
func (d *Document) TextOf(n *Node) Text {
	t := d.TextIn(n)
	t.Value = strings.Clone(t.Value)
	return t
}

// TextIn is [Document.TextOf] as a part of the document, which stays in memory as long as the string does.
func (d *Document) TextIn(n *Node) Text {
	if n == nil {
		return Text{}
	}
	return Text{Value: n.Text, Span: d.Span(n)}
}
