package jsontext

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Shape is the members of an object that are kept, or of the objects in a list, each with its own shape. A nil shape keeps a value as
// it is.
type Shape struct {
	names  []string
	shapes []*Shape
}

// Keep is the shape that keeps these members as they are.
func Keep(names ...string) *Shape { return &Shape{names, make([]*Shape, len(names))} }

// And is the shape that also keeps a member in a shape of its own.
func (s *Shape) And(name string, shape *Shape) *Shape {
	return &Shape{append(slices.Clone(s.names), name), append(slices.Clone(s.shapes), shape)}
}

// ErrNotJSON is what [Bounds.Pick] says of a text that a decoder would refuse: the decoder says where and why.
var ErrNotJSON = errors.New("the text is not JSON")

// Pick checks that a text is JSON within the bounds, and gives what is left of it where only the members of a shape are kept. Entries
// of the lists named apart, which are members of the whole, are handed to entry one by one, each valid until it returns, and are
// not in what is left. It takes a fraction of the time of decoding: reports are large, and most of what they hold is for people.
func (b Bounds) Pick(data []byte, keep *Shape, apart []string, entry func(list string, text []byte) error) ([]byte, error) {
	p := &picker{data: data, apart: apart, entry: entry}
	end := p.space(0)
	if p.at(end) == '{' {
		end = p.keepObject(end, keep, true)
	} else {
		end = p.value(end)
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case end < 0 || p.space(end) != len(data):
		return nil, ErrNotJSON
	}
	return p.out, b.allow(p.entries, p.objects, p.values)
}

// picker is a text that is being read. Its functions take where something begins and return where it ends, -1 where it is malformed.
type picker struct {
	data  []byte
	out   []byte // what is kept
	apart []string
	entry func(list string, text []byte) error
	err   error // that entry returned

	entries, objects, values, depth int
}

// maxDepth is how deep encoding/json goes.
const maxDepth = 10_000

// at is the byte at a place, 0 beyond the end.
func (p *picker) at(i int) byte {
	if i < len(p.data) {
		return p.data[i]
	}
	return 0
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// space skips whitespace, which is a third of an indented text.
func (p *picker) space(i int) int {
	data := p.data
	for i < len(data) {
		switch data[i] {
		case '\n', ' ':
			for i++; i+8 <= len(data); i += 8 {
				if x := binary.LittleEndian.Uint64(data[i:]) ^ ' '*ones; x != 0 {
					i += bits.TrailingZeros64(x) >> 3
					break
				}
			}
		case '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// text skips a string, eight bytes at a time. Broken UTF-8 is let through, as by encoding/json.
func (p *picker) text(i int) int {
	data := p.data
	for i++; ; {
		for i+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[i:])
			quote, escape := x^'"'*ones, x^'\\'*ones
			// The lowest bit that is set is that of the first quote, backslash or control character.
			special := ((quote-ones)&^quote | (escape-ones)&^escape | (x-' '*ones)&^x) & highs
			if special != 0 {
				i += bits.TrailingZeros64(special) >> 3
				break
			}
			i += 8
		}
		switch c := p.at(i); {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = p.escape(i); i < 0 {
				return -1
			}
		case c < ' ': // or beyond the end
			return -1
		default:
			i++
		}
	}
}

func (p *picker) escape(i int) int {
	switch p.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if c := p.at(j) | 0x20; (c < '0' || c > '9' || p.at(j) < '0') && (c < 'a' || c > 'f') {
				return -1
			}
		}
		return i + 6
	}
	return -1
}

// value skips any value.
func (p *picker) value(i int) int {
	switch c := p.at(i); {
	case c == '"':
		return p.text(i)
	case c == '{':
		return p.object(i, nil, false)
	case c == '[':
		return p.list(i, skipEntries, nil, "")
	case c == '-' || c >= '0' && c <= '9':
		return p.number(i)
	case c == 't':
		return p.word(i, "true")
	case c == 'f':
		return p.word(i, "false")
	case c == 'n':
		return p.word(i, "null")
	}
	return -1
}

func (p *picker) word(i int, word string) int {
	if end := i + len(word); end <= len(p.data) && string(p.data[i:end]) == word {
		return end
	}
	return -1
}

func (p *picker) digits(i int) int {
	from := i
	for c := p.at(i); c >= '0' && c <= '9'; c = p.at(i) {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func (p *picker) number(i int) int {
	if p.at(i) == '-' {
		i++
	}
	if p.at(i) == '0' {
		i++
	} else if i = p.digits(i); i < 0 {
		return -1
	}
	if p.at(i) == '.' {
		if i = p.digits(i + 1); i < 0 {
			return -1
		}
	}
	if p.at(i)|0x20 == 'e' {
		if i++; p.at(i) == '+' || p.at(i) == '-' {
			i++
		}
		return p.digits(i)
	}
	return i
}

// enter counts what opens, and reports whether it is not too deep.
func (p *picker) enter(object bool) bool {
	p.depth++
	p.values++
	if object {
		p.objects++
		if p.depth == 3 {
			p.entries++
		}
	}
	return p.depth <= maxDepth
}

// after is where the next entry or member begins, or where the list or object ends that such a bracket closes.
func (p *picker) after(i int, bracket byte) (next int, more bool) {
	i = p.space(i)
	switch p.at(i) {
	case bracket:
		p.depth--
		return i + 1, false
	case ',':
		p.values++
		return p.space(i + 1), true
	}
	return -1, false
}

// list goes through a list. Its entries are skipped, kept as the shape says, or handed over as those of a list apart.
func (p *picker) list(i int, as listing, shape *Shape, name string) int {
	if !p.enter(false) {
		return -1
	}
	if i = p.space(i + 1); p.at(i) == ']' {
		p.depth--
		return i + 1
	}
	begun := len(p.out)
	for more := true; more; {
		if as == keepEntries && len(p.out) > begun {
			p.out = append(p.out, ',')
		}
		switch as {
		case skipEntries:
			i = p.value(i)
		case keepEntries:
			i = p.keep(i, shape)
		case handEntries:
			i = p.hand(i, name, shape)
		}
		if i < 0 {
			return -1
		}
		i, more = p.after(i, ']')
	}
	return i
}

// listing is what becomes of the entries of a list.
type listing int

const (
	skipEntries listing = iota
	keepEntries
	handEntries
)

// object goes through an object. Of its members those that the shape names are kept, under the names that it gives them; a nil shape
// keeps none. whole says that the object is the whole text.
func (p *picker) object(i int, shape *Shape, whole bool) int {
	if !p.enter(true) {
		return -1
	}
	if i = p.space(i + 1); p.at(i) == '}' {
		p.depth--
		return i + 1
	}
	kept := false
	for more := true; more; {
		from := i
		if p.at(i) != '"' {
			return -1
		}
		if i = p.text(i); i < 0 {
			return -1
		}
		key := p.data[from+1 : i-1]
		if i = p.space(i); p.at(i) != ':' {
			return -1
		}
		i = p.space(i + 1)
		if shape == nil {
			i = p.value(i)
		} else {
			i, kept = p.keepMember(i, key, shape, whole, kept)
		}
		if i < 0 {
			return -1
		}
		i, more = p.after(i, '}')
	}
	return i
}

// keepMember keeps a member that the shape names; kept says whether one was before.
func (p *picker) keepMember(i int, key []byte, shape *Shape, whole, kept bool) (end int, keptNow bool) {
	name, inside, ok := shape.member(key)
	if !ok {
		return p.value(i), kept
	}
	if whole && p.at(i) == '[' && slices.Contains(p.apart, name) {
		return p.list(i, handEntries, inside, name), kept
	}
	if kept {
		p.out = append(p.out, ',')
	}
	p.out = append(append(append(p.out, '"'), name...), '"', ':')
	return p.keep(i, inside), true
}

// keepObject keeps of an object what the shape names.
func (p *picker) keepObject(i int, shape *Shape, whole bool) int {
	p.out = append(p.out, '{')
	end := p.object(i, shape, whole)
	p.out = append(p.out, '}')
	return end
}

// keep keeps of a value what its shape says.
func (p *picker) keep(i int, shape *Shape) int {
	switch c := p.at(i); {
	case shape == nil || c != '{' && c != '[':
		end := p.value(i)
		if end > 0 {
			p.out = append(p.out, p.data[i:end]...)
		}
		return end
	case c == '{':
		return p.keepObject(i, shape, false)
	}
	p.out = append(p.out, '[')
	end := p.list(i, keepEntries, shape, "")
	p.out = append(p.out, ']')
	return end
}

// hand hands over one entry of a list apart.
func (p *picker) hand(i int, name string, shape *Shape) int {
	before := len(p.out)
	end := p.keep(i, shape)
	if end > 0 {
		if p.err = p.entry(name, p.out[before:]); p.err != nil {
			end = -1
		}
	}
	p.out = p.out[:before]
	return end
}

// member finds the shape of a member. Decoders take other spellings of names too, which are given the one that they stand for.
func (s *Shape) member(key []byte) (name string, shape *Shape, ok bool) {
	other := -1
	for i, name := range s.names {
		switch {
		case len(name) != len(key):
		case string(key) == name:
			return name, s.shapes[i], true
		case (name[0]^key[0])&^0x20 == 0 && strings.EqualFold(name, string(key)):
			other = i
		}
	}
	if other < 0 && !plain(key) {
		other = s.escaped(key)
	}
	if other < 0 {
		return "", nil, false
	}
	return s.names[other], s.shapes[other], true
}

// plain reports whether every byte of a string stands for itself.
func plain(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

// escaped finds the member whose name stands in a string with escapes, -1 if there is none.
func (s *Shape) escaped(key []byte) int {
	var said string
	if json.Unmarshal(slices.Concat([]byte{'"'}, key, []byte{'"'}), &said) != nil {
		return -1
	}
	return slices.IndexFunc(s.names, func(name string) bool { return strings.EqualFold(name, said) })
}
