// Package apigeeaudit holds what lies at the root of the repository and travels inside the program.
package apigeeaudit

import _ "embed" // the configuration travels inside the program

//go:embed config.example.yaml
var exampleConfig string

// ExampleConfig is a configuration file that sets every key to its default and says what it means.
func ExampleConfig() []byte { return []byte(exampleConfig) }
