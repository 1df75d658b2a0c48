package reporttest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Property is a part of a JSON Schema.
type Property struct {
	Description string              `json:"description"`
	Required    []string            `json:"required"`
	Properties  map[string]Property `json:"properties"`
	Items       *Property           `json:"items"`
	Ref         string              `json:"$ref"`
	Defs        map[string]Property `json:"$defs"`
}

// Properties is the whole of a schema.
func Properties(t *testing.T, schema []byte) Property {
	t.Helper()
	var root Property
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// Follows holds the properties of an object against the fields of a struct.
func (p Property) Follows(t *testing.T, name string, v any) {
	t.Helper()
	fields, required := jsonFields(reflect.TypeOf(v))
	if described := slices.Sorted(maps.Keys(p.Properties)); !slices.Equal(fields, described) {
		t.Errorf("%s: the struct has the fields %v, the schema the properties %v", name, fields, described)
	}
	if demanded := slices.Sorted(slices.Values(p.Required)); !slices.Equal(required, demanded) {
		t.Errorf("%s: the fields %v are always written, the schema requires %v", name, required, demanded)
	}
}

// jsonFields lists the names that a struct has in JSON, embedded structs included, and those that are always written.
func jsonFields(typ reflect.Type) (all, required []string) {
	for f := range typ.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" {
			a, r := jsonFields(f.Type)
			all, required = append(all, a...), append(required, r...)
			continue
		}
		all = append(all, tag)
		if options == "" {
			required = append(required, tag)
		}
	}
	slices.Sort(all)
	slices.Sort(required)
	return all, required
}

// Describes demands a sentence for every part of a schema, and that what it refers to is defined.
func (p Property) Describes(t *testing.T, name string) {
	t.Helper()
	var walk func(name string, q Property)
	walk = func(name string, q Property) {
		if !strings.HasSuffix(q.Description, ".") {
			t.Errorf("%s has no description in a whole sentence: %q", name, q.Description)
		}
		if target, ok := strings.CutPrefix(q.Ref, "#/$defs/"); ok {
			if _, found := p.Defs[target]; !found {
				t.Errorf("%s refers to %s, which is not defined", name, q.Ref)
			}
		}
		for n, r := range q.Properties {
			walk(name+"."+n, r)
		}
		if q.Items != nil {
			walk(name+"[]", *q.Items)
		}
	}
	walk(name, p)
	for n, q := range p.Defs {
		walk(n, q)
	}
}
