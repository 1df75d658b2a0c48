package xmltree

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// encoding is how the bytes of a file stand for its text.
type encoding uint8

const (
	encodingUTF8       encoding = iota
	encodingMarkedUTF8          // with a byte order mark
	encodingASCII
	encoding1252
	encodingUTF16
)

const byteOrderMark = "\ufeff"

// Encode turns a text that takes the place of Source into the bytes of the file, in the file's own encoding. The error says in
// words that follow "the file" why that cannot be done.
func (d *Document) Encode(text string) ([]byte, error) {
	switch d.encoding {
	case encodingUTF16:
		return nil, fmt.Errorf("is in UTF-16, which is read and not written; save it as UTF-8")
	case encodingMarkedUTF8:
		return []byte(byteOrderMark + text), nil
	case encodingASCII:
		for _, r := range text {
			if r >= utf8.RuneSelf {
				return nil, fmt.Errorf("is declared to be ASCII, which has no %q", r)
			}
		}
	case encoding1252:
		return encode1252(text)
	}
	return []byte(text), nil
}

func encode1252(text string) ([]byte, error) {
	high := []rune(high1252)
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch i := slices.Index(high, r); {
		case i >= 0:
			out = append(out, byte(0x80+i))
		case r < 0x80 || r > 0x9F && r <= 0xFF:
			out = append(out, byte(r))
		default:
			return nil, fmt.Errorf("is declared to be in a Western encoding, which has no %q", r)
		}
	}
	return out, nil
}
