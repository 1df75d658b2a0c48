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
	all := []effects{
		{writes: []write{{name: "a"}}}, {writes: []write{{name: "a", prefix: true}}}, {writes: []write{{name: "a", ofResponse: true}}},
		{writes: []write{{name: "a", copyOf: "b"}}}, {writes: []write{{name: "a", from: "b"}}}, {writes: []write{{name: "aa"}}},
		{writes: []write{{name: "a", literal: &literal}}}, {writes: []write{{name: "a", literal: &empty}}},
		{writes: []write{{name: "a"}, {name: "a"}}}, {writes: []write{{name: "", copyOf: "a"}}},
		{addresses: []Address{{Proxy: "a"}}}, {addresses: []Address{{Host: "a"}}}, {addresses: []Address{{Path: "a"}}}, {addresses: []Address{{endpoint: "a"}}},
		{addresses: []Address{{Path: "a", Called: true}}}, {addresses: []Address{{Path: "a", Local: true}}}, {addresses: []Address{{Path: "a"}, {}}},
		{writes: []write{{name: "a"}}, addresses: []Address{{Path: "a"}}},
	}
	for i, e := range all {
		one := rd.effectsOf(nil, e.writes, e.addresses)
		if again := rd.effectsOf(nil, slices.Clone(e.writes), slices.Clone(e.addresses)); again != one {
			t.Errorf("%d is kept twice", i)
		}
		if !slices.Equal(one.writes, e.writes) || !slices.Equal(one.addresses, e.addresses) {
			t.Errorf("%d: %+v, want %+v", i, one, e)
		}
		if copying := rd.effectsOf([]Copy{{To: "a"}}, e.writes, e.addresses); copying == one || len(copying.copies) != 1 || !slices.Equal(copying.writes, e.writes) {
			t.Errorf("%d with a copy: %+v", i, copying)
		}
	}
	if rd.effectsOf(nil, nil, nil) != nil {
		t.Error("none are kept")
	}
}
