package xmltree

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPositions compares every offset of texts with long and short lines with plain counting, in order, backwards and from one end to
// the other.
func TestPositions(t *testing.T) {
	for name, text := range map[string]string{
		"short lines":      "a\nbé\n\nc",
		"one long line":    strings.Repeat("aé€", 1500),
		"long among short": "x\n" + strings.Repeat("é", 3000) + "\ny\n" + strings.Repeat("z", 1024) + "\n",
		"one late umlaut":  "abcdefgh\nabcdefghijklmno\u00fc\nabc",
		"ASCII":            "a\nbc\n\n" + strings.Repeat("z", 3000) + "\n",
		"empty":            "",
	} {
		x := lineIndex{text: text, ascii: isASCII([]byte(text))}
		for i := range 3 * (len(text) + 1) {
			offset := i % (len(text) + 1)
			if i > 2*len(text)+1 {
				offset = len(text) - offset
			} else if i > len(text) && i%2 == 0 {
				offset = len(text) / 2
			}
			line := 1 + strings.Count(text[:offset], "\n")
			column := 1 + utf8.RuneCountInString(text[strings.LastIndexByte(text[:offset], '\n')+1:offset])
			if offset < len(text) && !utf8.RuneStart(text[offset]) {
				continue
			}
			if gotLine, gotColumn := x.position(offset); gotLine != line || gotColumn != column {
				t.Fatalf("%s: offset %d is %d:%d, want %d:%d", name, offset, gotLine, gotColumn, line, column)
			}
		}
	}
}

func TestIsASCII(t *testing.T) {
	for length := range 40 {
		data := []byte(strings.Repeat("a", length))
		if !isASCII(data) {
			t.Errorf("%d letters are not", length)
		}
		for i := range data {
			data[i] = 0x80
			if isASCII(data) {
				t.Errorf("byte %d of %d was passed over", i, length)
			}
			data[i] = 'a'
		}
	}
}
