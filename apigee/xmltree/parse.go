package xmltree

import (
	"fmt"
	"strings"
)

// SyntaxError says where and why a file is not well-formed XML.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string { return e.Message }

// maxAttributes bounds the attributes of one element; Apigee's own elements have at most a handful.
const maxAttributes = 1000

// Parse reads one file into a tree, refusing what is not well-formed. Document type declarations are refused too, so
// no entity is ever expanded or fetched. The error is a *[SyntaxError].
//
// A scanner of our own instead of encoding/xml: it keeps the position of every element and attribute, checks duplicate
// attributes, and where the files of a bundle share their memory it takes about a sixth of the time. A fuzz test holds it against
// encoding/xml.
func Parse(file string, data []byte, maxDepth int) (*Document, error) {
	return new(Arena).Parse(file, data, maxDepth)
}

// Parse is [Parse] for one of several files that share their memory.
func (a *Arena) Parse(file string, data []byte, maxDepth int) (*Document, error) {
	src, enc, err := decodeText(data)
	if err != nil {
		return nil, &SyntaxError{Line: 1, Column: 1, Message: err.Error()}
	}
	d := &Document{File: file, Source: src, encoding: enc, lines: lineIndex{text: src, ascii: isASCII(data)}}
	s := scanner{src: src, maxDepth: maxDepth, arena: a}
	root, serr := s.document()
	if serr != nil {
		serr.Line, serr.Column = d.lines.position(min(s.pos, len(src)))
		return nil, serr
	}
	d.Root = root
	for _, c := range s.directives {
		d.Directives = append(d.Directives, Text{Value: c.text, Span: d.lines.span(c.start, c.end)})
	}
	return d, nil
}

type scanner struct {
	src      string
	pos      int
	maxDepth int
	arena    *Arena
	// directives are the comments that start with DirectiveMark.
	directives []directive
}

func (s *scanner) fail(format string, args ...any) *SyntaxError {
	return &SyntaxError{Message: fmt.Sprintf(format, args...)}
}

// open is one element whose end tag has not been seen.
type open struct {
	node *Node
	text textBuffer
}

func (s *scanner) document() (*Node, *SyntaxError) {
	var root *Node
	stack := make([]open, 0, 16)
	for s.pos < len(s.src) {
		if s.src[s.pos] != '<' {
			if err := s.characters(stack); err != nil {
				return nil, err
			}
			continue
		}
		var second byte
		if s.pos+1 < len(s.src) {
			second = s.src[s.pos+1]
		}
		switch second {
		case '!':
			if err := s.declaration(stack); err != nil {
				return nil, err
			}
		case '?':
			if err := s.instruction(); err != nil {
				return nil, err
			}
		case '/':
			if err := s.endTag(&stack); err != nil {
				return nil, err
			}
		default:
			if root != nil && len(stack) == 0 {
				return nil, s.fail("more than one root element")
			}
			n, closed, err := s.startTag()
			if err != nil {
				return nil, err
			}
			if root == nil {
				root = n
			} else {
				parent := stack[len(stack)-1].node
				if parent.last == nil {
					parent.first = n
				} else {
					parent.last.next = n
				}
				parent.last = n
			}
			if !closed {
				if len(stack) >= s.maxDepth {
					return nil, s.fail("elements are nested deeper than %d", s.maxDepth)
				}
				stack = append(stack, open{node: n})
			}
		}
	}
	if len(stack) > 0 {
		return nil, s.fail("element <%s> is not closed", stack[len(stack)-1].node.Name)
	}
	if root == nil {
		return nil, s.fail("no XML element in the file")
	}
	return root, nil
}

func (s *scanner) characters(stack []open) *SyntaxError {
	end := s.pos + run(s.src[s.pos:], plainText)
	plain := end == len(s.src) || s.src[end] == '<'
	if !plain {
		if i := strings.IndexByte(s.src[end:], '<'); i >= 0 {
			end += i
		} else {
			end = len(s.src)
		}
	}
	text := s.src[s.pos:end]
	if len(stack) == 0 {
		if i := run(text, space); i < len(text) {
			s.pos += i
			return s.fail("text outside the root element")
		}
		s.pos = end
		return nil
	}
	if !plain {
		var bad int
		var err string
		if text, bad, err = unescape(text, true); err != "" {
			s.pos += bad
			return s.fail("%s", err)
		}
	}
	stack[len(stack)-1].text.add(text)
	s.pos = end
	return nil
}

// declaration reads what begins with "<!".
func (s *scanner) declaration(stack []open) *SyntaxError {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return s.comment()
	case !strings.HasPrefix(rest, "<![CDATA["):
		return s.fail("document type declarations are not read, because they can pull in other files")
	case len(stack) == 0:
		return s.fail("character data outside the root element")
	}
	end := strings.Index(rest, "]]>")
	if end < 0 {
		return s.fail("CDATA section is not closed")
	}
	data := rest[len("<![CDATA["):end]
	if i := invalidCharacter(data); i >= 0 {
		s.pos += len("<![CDATA[") + i
		return s.fail("character that XML does not allow")
	}
	stack[len(stack)-1].text.add(normalizeNewlines(data))
	s.pos += end + len("]]>")
	return nil
}

func (s *scanner) comment() *SyntaxError {
	body := s.src[s.pos+len("<!--"):]
	end := strings.Index(body, "--")
	if end < 0 {
		return s.fail("comment is not closed")
	}
	if !strings.HasPrefix(body[end:], "-->") {
		s.pos += len("<!--") + end
		return s.fail(`"--" inside a comment`)
	}
	start := s.pos
	s.pos += len("<!--") + end + len("-->")
	s.keepDirective(body[:end], start)
	return nil
}

func (s *scanner) instruction() *SyntaxError {
	target := s.name(s.pos + len("<?"))
	if target == "" {
		return s.fail("processing instruction without a name")
	}
	body := s.src[s.pos+len("<?")+len(target):]
	end := strings.Index(body, "?>")
	if end < 0 {
		return s.fail("processing instruction is not closed")
	}
	if end > 0 && !isSpace(rune(body[0])) {
		s.pos += len("<?") + len(target)
		return s.fail("character %q in the name of a processing instruction", firstRune(body))
	}
	s.pos += len("<?") + len(target) + end + len("?>")
	return nil
}

func (s *scanner) endTag(stack *[]open) *SyntaxError {
	if n := len(*stack); n > 0 { // nearly always it is the one that is expected
		name, rest := (*stack)[n-1].node.Name, s.src[s.pos+len("</"):]
		if len(rest) > len(name) && rest[len(name)] == '>' && rest[:len(name)] == name {
			s.closed(stack, s.pos+len("</>")+len(name))
			return nil
		}
	}
	name := s.name(s.pos + len("</"))
	if name == "" {
		return s.fail("end tag without a name")
	}
	if len(*stack) == 0 {
		return s.fail("end tag </%s> without a start tag", name)
	}
	if top := (*stack)[len(*stack)-1].node.Name; top != name {
		return s.fail("element <%s> is closed by </%s>", top, name)
	}
	p := s.skipSpace(s.pos + len("</") + len(name))
	if p >= len(s.src) || s.src[p] != '>' {
		s.pos = p
		return s.fail("end tag </%s> is not closed", name)
	}
	s.closed(stack, p+1)
	return nil
}

// closed takes the innermost element off the stack, whose end tag is here and ends before end.
func (s *scanner) closed(stack *[]open, end int) {
	top := &(*stack)[len(*stack)-1]
	top.node.InnerEnd, top.node.End = s.pos, end
	top.node.Text = top.text.trimmed()
	s.pos = end
	*stack = (*stack)[:len(*stack)-1]
}
