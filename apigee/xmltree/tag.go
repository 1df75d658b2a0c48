package xmltree

import (
	"strings"
	"unicode/utf8"
)

// startTag reads "<Name a="b">" or "<Name/>"; closed is true for the second.
func (s *scanner) startTag() (n *Node, closed bool, err *SyntaxError) {
	n = s.arena.node()
	n.Start = s.pos
	n.Name = s.name(s.pos + 1)
	if n.Name == "" {
		return nil, false, s.fail("\"<\" that does not start an element; write &lt;")
	}
	p := s.pos + 1 + len(n.Name)
	for {
		q := s.skipSpace(p)
		if q >= len(s.src) {
			return nil, false, s.fail("start tag <%s> is not closed", n.Name)
		}
		switch {
		case s.src[q] == '>':
			s.pos = q + 1
			n.InnerStart = s.pos
			return n, false, nil
		case s.src[q] == '/':
			if q+1 >= len(s.src) || s.src[q+1] != '>' {
				s.pos = q
				return nil, false, s.fail("\"/\" inside the tag <%s>", n.Name)
			}
			s.pos = q + 2
			n.InnerStart, n.InnerEnd, n.End = s.pos, s.pos, s.pos
			return n, true, nil
		}
		var a Attr
		if a, err = s.attribute(q); err != nil {
			return nil, false, err
		}
		if _, twice := n.Attr(a.Name); twice {
			s.pos = a.Start
			return nil, false, s.fail("attribute %s appears twice in <%s>", a.Name, n.Name)
		}
		if len(n.Attrs) >= maxAttributes {
			return nil, false, s.fail("element <%s> has more than %d attributes", n.Name, maxAttributes)
		}
		n.Attrs = s.arena.extend(n.Attrs, a)
		p = a.End
	}
}

func (s *scanner) attribute(p int) (Attr, *SyntaxError) {
	a := Attr{Name: s.name(p), Start: p}
	if a.Name == "" {
		s.pos = p
		return a, s.fail("character %q where an attribute was expected", firstRune(s.src[p:]))
	}
	p = s.skipSpace(p + len(a.Name))
	if p >= len(s.src) || s.src[p] != '=' {
		s.pos = p
		return a, s.fail("attribute %s has no value", a.Name)
	}
	p = s.skipSpace(p + 1)
	if p >= len(s.src) || s.src[p] != '"' && s.src[p] != '\'' {
		s.pos = p
		return a, s.fail("value of attribute %s is not in quotes", a.Name)
	}
	p++
	quote := s.src[p-1]
	end := p + run(s.src[p:], plainValue)
	if end < len(s.src) && s.src[end] == quote {
		a.Value, a.End = s.src[p:end], end+1
		return a, nil
	}
	i := strings.IndexByte(s.src[end:], quote)
	if i < 0 {
		s.pos = p - 1
		return a, s.fail("value of attribute %s is not closed", a.Name)
	}
	raw := s.src[p : end+i]
	if i := strings.IndexByte(raw, '<'); i >= 0 {
		s.pos = p + i
		return a, s.fail("\"<\" in the value of attribute %s; write &lt;", a.Name)
	}
	value, bad, err := unescape(raw, false)
	if err != "" {
		s.pos = p + bad
		return a, s.fail("%s", err)
	}
	a.Value, a.End = value, p+len(raw)+1
	return a, nil
}

// name reads a Name of XML 1.0, fifth edition, at p: "" when there is none. Colons are letters like any other there; what
// Namespaces in XML makes of them is not asked.
func (s *scanner) name(p int) string {
	start := p
	for p < len(s.src) {
		c := s.src[p]
		if c < utf8.RuneSelf {
			if p == start && classes[c]&nameStart == 0 {
				return ""
			}
			n := run(s.src[p:], nameRest)
			if n == 0 {
				return s.src[start:p]
			}
			p += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s.src[p:])
		if r == utf8.RuneError && size == 1 || !isNameStart(r) && (p == start || !isNameRest(r)) {
			return s.src[start:p]
		}
		p += size
	}
	return s.src[start:p]
}

func (s *scanner) skipSpace(p int) int {
	for p < len(s.src) && classes[s.src[p]]&space != 0 {
		p++
	}
	return p
}
