package apigee

import (
	"sort"
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
	starts []int // byte offset of the start of each line; built on first use
}

func (x *lineIndex) position(offset int) (line, column int) {
	if x.starts == nil {
		x.starts = append(make([]int, 0, strings.Count(x.text, "\n")+1), 0)
		for at := 0; ; {
			i := strings.IndexByte(x.text[at:], '\n')
			if i < 0 {
				break
			}
			at += i + 1
			x.starts = append(x.starts, at)
		}
	}
	line = sort.SearchInts(x.starts, offset+1)
	column = 1
	for _, c := range []byte(x.text[x.starts[line-1]:offset]) {
		if c&0xC0 != 0x80 { // continuation bytes of UTF-8 are not columns
			column++
		}
	}
	return line, column
}

func (x *lineIndex) span(start, end int) Span {
	line, column := x.position(start)
	endLine, endColumn := x.position(end)
	return Span{int32(line), int32(column), int32(endLine), int32(endColumn)}
}
