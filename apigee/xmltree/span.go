package xmltree

import (
	"slices"
	"strings"
)

// Span is a region of a file. Lines and columns are 1-based, columns count Unicode code points, and the end is one past
// the last character. The zero Span means unknown. Files are at most a few megabytes, so 32 bits do, and an organization
// has a great many of them.
type Span struct {
	Line, Column       int32
	EndLine, EndColumn int32
}

// Text is a string from a bundle with the place it stands in.
type Text struct {
	Value string
	Span  Span
}

// lineIndex turns byte offsets of one text into lines and columns.
type lineIndex struct {
	text   string
	ascii  bool  // every byte is a character
	starts []int // byte offset of the start of each line; built on first use
	// last is the index in starts of the line that was found last: the next one is near it. It stays as it is where several goroutines
	// look for lines.
	last  int
	fixed bool
	// blocks are the characters before each block of the text; built when a line is too long to be counted again and again.
	blocks []int32
}

const blockSize = 1024

func (x *lineIndex) position(offset int) (line, column int) {
	line = x.line(offset)
	start := x.starts[line-1]
	if x.ascii {
		return line, 1 + offset - start
	}
	if offset-start <= blockSize {
		return line, 1 + characters(x.text[start:offset])
	}
	return line, 1 + x.before(offset) - x.before(start)
}

// line is the number of the line that an offset is in.
func (x *lineIndex) line(offset int) int {
	x.findLines()
	for near := x.last; near < min(x.last+3, len(x.starts)) && x.starts[near] <= offset; near++ {
		if near+1 == len(x.starts) || offset < x.starts[near+1] {
			if !x.fixed {
				x.last = near
			}
			return near + 1
		}
	}
	line, _ := slices.BinarySearch(x.starts, offset+1)
	if !x.fixed {
		x.last = line - 1
	}
	return line
}

func (x *lineIndex) findLines() {
	if x.starts != nil {
		return
	}
	x.starts = append(make([]int, 0, strings.Count(x.text, "\n")+1), 0)
	for at := 0; ; {
		i := strings.IndexByte(x.text[at:], '\n')
		if i < 0 {
			return
		}
		at += i + 1
		x.starts = append(x.starts, at)
	}
}

func (x *lineIndex) countBlocks() {
	if x.blocks != nil {
		return
	}
	n := 0
	for at := 0; at <= len(x.text); at += blockSize {
		x.blocks = append(x.blocks, int32(n))
		n += characters(x.text[at:min(at+blockSize, len(x.text))])
	}
}

// before counts the characters before an offset.
func (x *lineIndex) before(offset int) int {
	x.countBlocks()
	block := offset / blockSize
	return int(x.blocks[block]) + characters(x.text[block*blockSize:offset])
}

// characters counts the code points of UTF-8 without decoding it.
func characters(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 { // continuation bytes are not characters
			n++
		}
	}
	return n
}

func (x *lineIndex) span(start, end int) Span {
	line, column := x.position(start)
	endLine, endColumn := x.position(end)
	return Span{int32(line), int32(column), int32(endLine), int32(endColumn)}
}
