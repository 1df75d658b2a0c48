package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"apigee-audit/internal/text"
)

// Encode writes indented JSON that is safe to look at in a terminal.
func Encode(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// EncodeLine writes JSON in one line that is safe to look at in a terminal.
func EncodeLine(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON spells every character that a terminal might obey or hide as \uXXXX, and the second of two with which a
// command to a CI service begins: see [text.Sanitize]. Such characters can only stand inside strings, so the meaning stays the
// same; encoding/json itself lets bidi controls and the C1 set through.
// It spells broken UTF-8 as \ufffd; so every replacement character is, or a report read and written again would change.
func escapeJSON(in []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(in))
	for len(in) > 0 {
		plain := 0 // nearly all of a report
		for plain < len(in) && (in[plain] >= ' ' && in[plain] < 0x7f || in[plain] == '\n') && !commandAt(in, plain) {
			plain++
		}
		out.Write(in[:plain])
		if in = in[plain:]; len(in) == 0 {
			break
		}
		if commandAt(in, 0) {
			fmt.Fprintf(&out, `%c\u%04x`, in[0], in[1])
			in = in[2:]
			continue
		}
		r, size := utf8.DecodeRune(in)
		in = in[size:]
		switch {
		case text.Visible(r) && r != utf8.RuneError:
			out.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}
