package history

import _ "embed" // the schema travels inside the program

//go:embed history.schema.json
var schema string

// Schema is the JSON Schema (2020-12) of a history in JSON, with every field described.
func Schema() []byte { return []byte(schema) }
