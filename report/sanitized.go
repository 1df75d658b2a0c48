package report

import (
	"reflect"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Sanitized is a value whose every string, however deep, is fit for a terminal, a log or a one-line message: see
// [text.Sanitize]. That includes fields that are added later. The value itself stays as it is; where all of it is
// clean, as nearly always, it is what is returned.
func Sanitized[T any](v T) T {
	if cleanValue(reflect.ValueOf(&v).Elem()) {
		return v
	}
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(sanitizedValue(reflect.ValueOf(&v).Elem()))
	return out.Interface().(T)
}

// OwnText is this program's own text with lines and headings, such as the page of a rule: [Sanitized] leaves it alone.
type OwnText string

// ExactLines is text of several lines that is written into files, where a visible escape would be an error. [Exact] makes it of
// text in which there is nothing to escape, and [Sanitized] leaves it alone.
type ExactLines string

// Exact is text as it is; ok is false where [Sanitized] would escape something in it.
func Exact(lines finding.Lines) (exact ExactLines, ok bool) {
	return ExactLines(lines), sanitizedLines(lines) == finding.Lines(strings.ReplaceAll(string(lines), "\r\n", "\n"))
}

// sealed reports whether values of a type hold no text from outside that needs to be looked at.
func sealed(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[OwnText]() || t == reflect.TypeFor[ExactLines]()
}

// cleanValue reports whether a value is clean already.
func cleanValue(v reflect.Value) bool {
	if sealed(v.Type()) {
		return true
	}
	switch v.Kind() {
	case reflect.String:
		if lines, ok := v.Interface().(finding.Lines); ok {
			return lines == sanitizedLines(lines)
		}
		return text.IsClean(v.String())
	case reflect.Pointer:
		return v.IsNil() || cleanValue(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if !cleanValue(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if !cleanValue(key) || !cleanValue(value) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !cleanValue(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// sanitizedValue copies what it changes. TestSanitizedKnowsEveryField keeps out fields of kinds that it does not know.
func sanitizedValue(v reflect.Value) reflect.Value {
	if sealed(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.String:
		if lines, ok := v.Interface().(finding.Lines); ok {
			return reflect.ValueOf(sanitizedLines(lines))
		}
		return reflect.ValueOf(text.Sanitize(v.String())).Convert(v.Type())
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(sanitizedValue(v.Elem()))
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(sanitizedValue(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for key, value := range v.Seq2() {
			out.SetMapIndex(sanitizedValue(key), sanitizedValue(value))
		}
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if f := out.Field(i); f.CanSet() {
				f.Set(sanitizedValue(v.Field(i)))
			}
		}
		return out
	}
	return v
}

// sanitizedLines keeps the lines and the tabs of XML, which writers make room for. A line of a file may end in "\r\n"; to readers
// it is a line.
func sanitizedLines(lines finding.Lines) finding.Lines {
	var b strings.Builder
	for line := strings.ReplaceAll(string(lines), "\r\n", "\n"); ; {
		i := strings.IndexAny(line, "\n\t")
		if i < 0 {
			b.WriteString(text.Sanitize(line))
			return finding.Lines(b.String())
		}
		b.WriteString(text.Sanitize(line[:i]))
		b.WriteByte(line[i])
		line = line[i+1:]
	}
}
