package xmltree

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"apigee-audit/internal/text"
)

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// isNameStart is the production NameStartChar of XML 1.0, fifth edition, outside ASCII, whose part of it [scanner.name]
// reads itself.
func isNameStart(r rune) bool {
	switch {
	case r <= 0x2FF:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7
	case r <= 0x1FFF:
		return r >= 0x370 && r != 0x37E
	case r <= 0x218F:
		return r == 0x200C || r == 0x200D || r >= 0x2070
	case r <= 0xD7FF:
		return r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001
	case r <= 0xFFFD:
		return r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0
	}
	return r >= 0x10000 && r <= 0xEFFFF
}

// isNameRest is what the production NameChar has beside NameStartChar, outside ASCII.
func isNameRest(r rune) bool {
	return r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// textBuffer collects an element's character data without copying while there is one piece only.
type textBuffer struct {
	one  string
	more []string
}

// add collects one piece more. White space in front of everything else is trimmed anyway, and often it is all there is.
func (b *textBuffer) add(s string) {
	switch {
	case b.one == "" && run(s, space) == len(s):
	case b.one == "":
		b.one = s
	default:
		b.more = append(b.more, s)
	}
}

func (b *textBuffer) trimmed() string {
	if b.more == nil {
		return trim(b.one)
	}
	return trim(b.one + strings.Join(b.more, ""))
}

func trim(s string) string {
	s = s[run(s, space):]
	for s != "" && classes[s[len(s)-1]]&space != 0 {
		s = s[:len(s)-1]
	}
	return s
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// unescape resolves the predefined entities and character references. On failure it returns the offset and the reason.
func unescape(raw string, content bool) (plain string, bad int, reason string) {
	if i := invalidCharacter(raw); i >= 0 {
		return "", i, "character that XML does not allow"
	}
	if content {
		if i := strings.Index(raw, "]]>"); i >= 0 {
			return "", i, `"]]>" outside a CDATA section; write ]]&gt;`
		}
	}
	raw, amp := normalizeNewlines(raw), 0
	if amp = strings.IndexByte(raw, '&'); amp < 0 {
		return raw, 0, ""
	}
	var b strings.Builder
	b.Grow(len(raw))
	for at := 0; ; {
		b.WriteString(raw[at:amp])
		end := strings.IndexByte(raw[amp:], ';')
		if end < 0 {
			return "", amp, `"&" that starts no entity; write &amp;`
		}
		name := raw[amp+1 : amp+end]
		if s, ok := entities[name]; ok {
			b.WriteString(s)
		} else if r, ok := characterReference(name); ok {
			b.WriteRune(r)
		} else {
			return "", amp, fmt.Sprintf("unknown entity %q; only the five predefined ones and character references are read", text.Clip("&"+name, 20))
		}
		at = amp + end + 1
		next := strings.IndexByte(raw[at:], '&')
		if next < 0 {
			b.WriteString(raw[at:])
			return b.String(), 0, ""
		}
		amp = at + next
	}
}

func characterReference(name string) (rune, bool) {
	digits, base := strings.TrimPrefix(name, "#"), 10
	if digits == name {
		return 0, false
	}
	if hex := strings.TrimPrefix(digits, "x"); hex != digits {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || v > unicode.MaxRune || !isXMLCharacter(rune(v)) {
		return 0, false
	}
	return rune(v), true
}

// isXMLCharacter is the production Char of XML 1.0.
func isXMLCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// invalidCharacter is the offset of the first character XML does not allow, -1 when there is none.
func invalidCharacter(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !isXMLCharacter(r) {
			return i
		}
		i += size
	}
	return -1
}

// normalizeNewlines does what XML 1.0 section 2.11 asks of every parser.
func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// decodeText turns a file into UTF-8 by its byte order mark or its XML declaration.
func decodeText(data []byte) (string, encoding, error) {
	switch {
	case len(data) >= 3 && string(data[:3]) == byteOrderMark:
		return string(data[3:]), encodingMarkedUTF8, nil
	case len(data) >= 2 && (data[0] == 0xFE && data[1] == 0xFF || data[0] == 0xFF && data[1] == 0xFE):
		return decodeUTF16(data), encodingUTF16, nil
	}
	src := string(data)
	declared := declaredEncoding(src)
	if declared == "" || declared == "UTF-8" {
		return src, encodingUTF8, nil
	}
	switch strings.ToLower(declared) {
	case "utf-8", "utf8":
		return src, encodingUTF8, nil
	case "us-ascii", "ascii":
		return src, encodingASCII, nil
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		var b strings.Builder
		for _, c := range data {
			b.WriteRune(decode1252(c))
		}
		return b.String(), encoding1252, nil
	}
	return "", 0, errors.New("text encoding " + strconv.Quote(text.Clip(declared, 20)) + " is not read; save the file as UTF-8")
}

func decodeUTF16(data []byte) string {
	big := data[0] == 0xFE
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		if big {
			units = append(units, uint16(data[i])<<8|uint16(data[i+1]))
		} else {
			units = append(units, uint16(data[i+1])<<8|uint16(data[i]))
		}
	}
	return string(utf16.Decode(units))
}

// declaredEncoding is the encoding pseudo-attribute of the XML declaration, "" when there is none.
func declaredEncoding(src string) string {
	if !strings.HasPrefix(src, "<?xml") {
		return ""
	}
	decl, _, _ := strings.Cut(src, "?>")
	_, v, ok := strings.Cut(decl, "encoding")
	v = strings.TrimLeft(v, " \t\r\n=")
	if !ok || v == "" {
		return ""
	}
	if end := strings.IndexByte(v[1:], v[0]); end >= 0 {
		return v[1 : 1+end]
	}
	return ""
}

// high1252 are the characters of windows-1252 from 0x80 to 0x9F, where it differs from ISO-8859-1.
const high1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

// decode1252 reads a byte of windows-1252, the superset of ISO-8859-1 that people mean by either name.
func decode1252(c byte) rune {
	if c < 0x80 || c > 0x9F {
		return rune(c)
	}
	return []rune(high1252)[c-0x80]
}
