package reporttest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"apigee-audit/report"
)

// CheckSanitizable reports fields of a type, however deep, that [report.Sanitized] would pass through as they are.
func CheckSanitizable(t *testing.T, root reflect.Type) {
	t.Helper()
	seen := map[reflect.Type]bool{}
	texts := 0
	var walk func(name string, of reflect.Type)
	walk = func(name string, of reflect.Type) {
		if seen[of] || of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[report.OwnText]() || of == reflect.TypeFor[report.ExactLines]() { // hold no text from outside, or only what is harmless
			return
		}
		seen[of] = true
		switch of.Kind() {
		case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Float64: // hold no text
		case reflect.String:
			texts++
		case reflect.Pointer, reflect.Slice:
			if of.Elem() == reflect.TypeFor[byte]() {
				t.Errorf("%s holds bytes, which Sanitized does not read", name)
			}
			walk(name, of.Elem())
		case reflect.Map:
			walk(name, of.Key())
			walk(name, of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				f := of.Field(i)
				if !f.IsExported() && strings.HasPrefix(of.PkgPath(), reflect.TypeFor[report.Document]().PkgPath()) {
					t.Errorf("%s.%s is not exported, so Sanitized cannot change it", of.Name(), f.Name)
				}
				if f.IsExported() || f.Anonymous {
					walk(of.Name()+"."+f.Name, f.Type)
				}
			}
		default:
			t.Errorf("%s is of kind %s, which Sanitized leaves as it is: teach it that kind", name, of.Kind())
		}
	}
	walk(root.Name(), root)
	if texts == 0 {
		t.Error("no string was found at all: the walk is broken")
	}
}
