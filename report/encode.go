package report

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"apigee-audit/internal/crew"
	"apigee-audit/internal/text"
)

// Encode writes indented JSON that is safe to look at in a terminal. The lists of a document, which can have ten thousands of elements,
// are written a few elements at a time: nothing holds all of the text. Elements are made into text side by side, so whatever makes
// JSON of itself must bear that.
func Encode(w io.Writer, v any) error {
	e := newEncoder(w)
	e.value(reflect.ValueOf(&v).Elem(), "")
	return e.finish()
}

// encoder writes JSON piece by piece, up to the first error.
type encoder struct {
	to    io.Writer
	out   []byte       // what is not written yet
	piece bytes.Buffer // what was made of a value, before it is written
	json  *json.Encoder
	side  []*encoder // each makes the text of a stretch of a list; none until there is a long one
	// alone are structs of one field each, by the struct and the field.
	alone   map[fieldOf]reflect.Type
	written int // bytes, without those in out
	err     error
}

type fieldOf struct {
	of reflect.Type
	i  int
}

// atOnce is about how much is written at once, in bytes.
const atOnce = 64 << 10

func newEncoder(w io.Writer) *encoder {
	e := &encoder{to: w, out: make([]byte, 0, 2*atOnce)}
	e.json = json.NewEncoder(&e.piece)
	e.json.SetEscapeHTML(false)
	return e
}

func (e *encoder) finish() error {
	e.write("\n")
	e.flush()
	return e.err
}

func (e *encoder) write(s string) { e.out = append(e.out, s...) }

func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.to.Write(e.out)
	}
	e.written += len(e.out)
	e.out = e.out[:0]
}

// flushMuch writes once there is enough to be written. An encoder of a stretch leaves that to the one that it works for.
func (e *encoder) flushMuch() {
	if e.to != nil && len(e.out) >= atOnce {
		e.flush()
	}
}

// value writes a value: fields of structs and elements of lists one by one, the rest as a whole.
func (e *encoder) value(v reflect.Value, indent string) {
	switch {
	case v.Kind() == reflect.Interface && !v.IsNil():
		e.value(v.Elem(), indent)
	case v.Kind() == reflect.Pointer && !v.IsNil() && isPlainStruct(v.Type().Elem()):
		e.fields(v.Elem(), indent)
	case isPlainStruct(v.Type()):
		e.fields(v, indent)
	case isList(v):
		e.list(v, indent)
	default:
		e.lines(e.text(v), indent)
	}
}

// isPlainStruct reports whether the JSON of a type is one field after the other.
func isPlainStruct(t reflect.Type) bool {
	p := reflect.PointerTo(t) // which has the methods of both
	return t.Kind() == reflect.Struct && !p.Implements(reflect.TypeFor[json.Marshaler]()) && !p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) &&
		!slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous })
}

func isList(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct
}

// fields writes a struct. What encoding/json makes of a field, and whether it leaves it out, it says itself: of a struct that has no
// other one.
func (e *encoder) fields(v reflect.Value, indent string) {
	open, within := "{\n", indent+"  "
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" && isList(v.Field(i)) {
			e.write(open + within + `"` + cmp.Or(name, f.Name) + `": `)
			e.list(v.Field(i), within)
			open = ",\n"
			continue
		}
		alone := reflect.New(e.aloneType(v.Type(), i)).Elem()
		alone.Field(0).Set(v.Field(i))
		if field := bytes.TrimSuffix(bytes.TrimPrefix(e.text(alone), []byte("{")), []byte("}")); len(field) > 0 {
			e.write(open + within)
			e.lines(field, within)
			open = ",\n"
		}
	}
	if open == "{\n" {
		e.write("{}")
		return
	}
	e.write("\n" + indent + "}")
}

// aloneType is a struct that has no field but one of another struct.
func (e *encoder) aloneType(t reflect.Type, i int) reflect.Type {
	of := fieldOf{t, i}
	if e.alone[of] == nil {
		if e.alone == nil {
			e.alone = map[fieldOf]reflect.Type{}
		}
		e.alone[of] = reflect.StructOf([]reflect.StructField{t.Field(i)})
	}
	return e.alone[of]
}

// maxSide is how many encoders make a long list into text side by side at most.
const maxSide = 8

// list writes the first few elements one by one, for they may hold long lists, and of more as much at once as the first ones took.
func (e *encoder) list(v reflect.Value, indent string) {
	n, within := v.Len(), indent+"  "
	e.write("[\n" + within)
	few := min(n, 16)
	before := e.written + len(e.out)
	for i := range few {
		e.between(i, within)
		e.value(v.Index(i), within)
	}
	stretch := max(1, atOnce*few/max(1, e.written+len(e.out)-before))
	for from := few; from < n && e.err == nil; {
		from = e.stretches(v, from, stretch, within)
	}
	e.write("\n" + indent + "]")
}

// between writes what stands between an element and the one before it.
func (e *encoder) between(i int, indent string) {
	if i > 0 {
		e.write(",\n" + indent)
	}
}

// stretches writes some elements of a list, so many at a time made into text by each of several encoders side by side, and returns
// where the next one is.
func (e *encoder) stretches(v reflect.Value, from, stretch int, indent string) (next int) {
	n := min(runtime.GOMAXPROCS(0), maxSide, (v.Len()-from+stretch-1)/stretch)
	for len(e.side) < n {
		e.side = append(e.side, newEncoder(nil))
	}
	crew.Each(n, n, func(i int) {
		one := e.side[i]
		one.out = one.out[:0]
		one.elements(v, from+i*stretch, min(from+(i+1)*stretch, v.Len()), indent)
	})
	for _, one := range e.side[:n] {
		if e.err = one.err; e.err != nil {
			break
		}
		e.out = append(e.out, one.out...)
		e.flushMuch()
	}
	return min(from+n*stretch, v.Len())
}

// elements writes the elements of a list from one up to another, which are made into text at once: there may be thousands of a few
// words each.
func (e *encoder) elements(v reflect.Value, from, to int, indent string) {
	e.between(from, indent)
	list := e.text(v.Slice(from, to))
	e.lines(bytes.TrimSuffix(bytes.TrimPrefix(list, []byte("[")), []byte("]")), indent)
}

// text is a value as encoding/json writes it. It is valid until the next call.
func (e *encoder) text(v reflect.Value) []byte {
	if e.err != nil {
		return nil
	}
	e.piece.Reset()
	if v.CanAddr() {
		v = v.Addr()
	}
	e.err = e.json.Encode(v.Interface())
	return bytes.TrimSuffix(e.piece.Bytes(), []byte("\n"))
}

// lines writes text of encoding/json, which has no blanks outside of strings, indented as its own Indent does: that one checks the
// text byte by byte again, and takes two and a half times as long.
func (e *encoder) lines(text []byte, indent string) {
	line := []byte("\n" + indent)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '"':
			n := 0
			e.out, n = appendString(e.out, text[i:])
			i += n - 1
		case '{', '[':
			e.out = append(e.out, c)
			if next := text[i+1]; next != '}' && next != ']' {
				line = append(line, "  "...)
				e.out = append(e.out, line...)
			}
		case '}', ']':
			if text[i-1] != '{' && text[i-1] != '[' {
				line = line[:len(line)-2]
				e.out = append(e.out, line...)
			}
			e.out = append(e.out, c)
		case ',':
			e.out = append(append(e.out, c), line...)
		case ':':
			e.write(": ")
		default:
			e.out = append(e.out, c)
		}
	}
	e.flushMuch()
}

// EncodeLine writes JSON in one line that is safe to look at in a terminal.
func EncodeLine(w io.Writer, v any) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(line.Bytes()))
	return err
}

// escapeJSON spells every character that a terminal might obey or hide as \uXXXX, and the second of two with which a
// command to a CI service begins: see [text.Sanitize]. Such characters can only stand inside strings, so the meaning stays the
// same; encoding/json itself lets bidi controls and the C1 set through.
// It spells broken UTF-8 as \ufffd; so every replacement character is, or a report read and written again would change.
func escapeJSON(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		n := harmless(in)
		out, in = append(out, in[:n]...), in[n:]
		if len(in) > 0 {
			out, n = appendEscaped(out, in)
			in = in[n:]
		}
	}
	return out
}

// appendString appends the string of encoding/json with which text begins, with the escapes of [escapeJSON], and says how long it was.
func appendString(out, text []byte) (_ []byte, length int) {
	out, i := append(out, '"'), 1
	for {
		n := harmless(text[i:])
		out = append(out, text[i:i+n]...)
		switch i += n; text[i] {
		case '"':
			return append(out, '"'), i + 1
		case '\\':
			out, n = append(out, text[i], text[i+1]), 2
		default:
			out, n = appendEscaped(out, text[i:])
		}
		i += n
	}
}

// harmless is how many bytes at the beginning stand for themselves, and for nothing else: nearly all of a report.
func harmless(in []byte) int {
	for i, c := range in {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == ':' || c == '#' {
			return i
		}
	}
	return len(in)
}

// appendEscaped appends the first character, and the second where both begin a command, as [escapeJSON] spells them. It says how many
// bytes these were.
func appendEscaped(out, in []byte) (_ []byte, n int) {
	if commandAt(in, 0) {
		return fmt.Appendf(out, `%c\u%04x`, in[0], in[1]), 2
	}
	r, n := utf8.DecodeRune(in)
	switch {
	case text.Visible(r) && r != utf8.RuneError || r == '\n':
		return append(out, in[:n]...), n
	case r > 0xffff:
		hi, lo := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, hi, lo), n
	}
	return fmt.Appendf(out, `\u%04x`, r), n
}
