package flow

import (
	"reflect"
	"slices"
	"testing"

	"apigee-audit/apigee/xmltree"
)

// TestPlainDefinitionsSayTheSame: whatever else a definition says tells it from another one, or keeps it from being shared.
func TestPlainDefinitionsSayTheSame(t *testing.T) {
	none, ok := (&Definition{}).plain()
	if !ok {
		t.Fatal("nothing at all is not plain")
	}
	for i := range reflect.TypeFor[Definition]().NumField() {
		var p Definition
		field := reflect.ValueOf(&p).Elem().Field(i)
		field = reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem() // unexported ones too
		switch field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Uint8:
			field.SetUint(1)
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Struct:
			field.Set(reflect.ValueOf(xmltree.Span{Line: 1}))
		default:
			t.Fatalf("the test does not know how to fill in %s", reflect.TypeFor[Definition]().Field(i).Name)
		}
		if key, ok := p.plain(); ok && key == none {
			t.Errorf("%s makes no difference", reflect.TypeFor[Definition]().Field(i).Name)
		}
	}
}

// TestEffectsAreSharedThatAreTheSame: and no others.
func TestEffectsAreSharedThatAreTheSame(t *testing.T) {
	rd, literal, empty := NewReader(), "a", ""
	lists := [][]write{
		{{name: "a"}}, {{name: "a", prefix: true}}, {{name: "a", ofResponse: true}}, {{name: "a", copyOf: "b"}}, {{name: "a", from: "b"}},
		{{name: "a", literal: &literal}}, {{name: "a", literal: &empty}}, {{name: "a"}, {name: "a"}}, {{name: "aa"}}, {{name: "", copyOf: "a"}},
	}
	for i, list := range lists {
		one := rd.effectsOf(nil, list)
		if rd.effectsOf(nil, slices.Clone(list)) != one {
			t.Errorf("%d is kept twice", i)
		}
		if !slices.Equal(one.writes, list) {
			t.Errorf("%d: %+v, want %+v", i, one, list)
		}
		if copying := rd.effectsOf([]Copy{{To: "a"}}, list); copying == one || len(copying.copies) != 1 || !slices.Equal(copying.writes, list) {
			t.Errorf("%d with a copy: %+v", i, copying)
		}
	}
	if rd.effectsOf(nil, nil) != nil {
		t.Error("none are kept")
	}
}
