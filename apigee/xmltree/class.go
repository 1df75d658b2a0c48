package xmltree

import (
	"encoding/binary"
	"unicode/utf8"
)

// What the bytes of ASCII can be to the scanner, which passes over most of a file by these alone.
const (
	space      = 1 << iota
	plainText  // stands for itself between tags: no markup, and nothing that has to be looked at
	plainValue // stands for itself in the value of an attribute, whatever its quotes
	nameStart
	nameRest // what a name may begin with included
)

var classes = classify()

func classify() (out [256]uint8) {
	for c := range utf8.RuneSelf {
		var class uint8
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':'
		if isSpace(rune(c)) {
			class |= space
		}
		if plain := c == '\t' || c == '\n' || c >= ' '; plain && c != '<' && c != '&' {
			if c != ']' { // of the end of a CDATA section, which must not stand here
				class |= plainText
			}
			if c != '"' && c != '\'' {
				class |= plainValue
			}
		}
		if letter {
			class |= nameStart
		}
		if letter || '0' <= c && c <= '9' || c == '-' || c == '.' {
			class |= nameRest
		}
		out[c] = class
	}
	return out
}

// run is how many bytes at the beginning are of a class.
func run(s string, class uint8) int {
	for i := range len(s) {
		if classes[s[i]]&class == 0 {
			return i
		}
	}
	return len(s)
}

// isASCII reports whether every byte is a character, eight at a time.
func isASCII(data []byte) bool {
	for ; len(data) >= 8; data = data[8:] {
		if binary.LittleEndian.Uint64(data)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
