package reporttest

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"apigee-audit/report"
)

// CompiledSchema is the schema of the JSON report, ready to validate with [Validate].
func CompiledSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	return Compiled(t, report.Schema())
}

// Compiled is a schema, ready to validate with [Validate].
func Compiled(t testing.TB, schema []byte) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Validate returns what the schema rules out in a JSON report.
func Validate(t *testing.T, s *jsonschema.Schema, report []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}
