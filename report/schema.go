package report

import _ "embed" // the schema travels inside the program

//go:embed schema/report.schema.json
var schema string

// Schema is the JSON Schema (2020-12) of the JSON report, with every field and its unit described.
func Schema() []byte { return []byte(schema) }
