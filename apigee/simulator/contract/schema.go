package contract

import (
	"encoding/json"
	"fmt"
	"go/build"
	"os"
	"path"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is what Google publishes of one message of one of its services, strict about unknown fields:
// Schema("run/v1", "Job"). The discovery documents of all services come with the Go module of the Apigee client.
func Schema(service, message string) (*jsonschema.Schema, error) {
	data, err := discovery(service)
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	schemas, err := compile(d.Schemas)
	if err != nil {
		return nil, fmt.Errorf("compile the schemas of %s: %w", service, err)
	}
	if schemas[message] == nil {
		return nil, fmt.Errorf("%s has no message %s", service, message)
	}
	return schemas[message], nil
}

// discovery is the discovery document of a service.
func discovery(service string) ([]byte, error) {
	pkg, err := build.Import("google.golang.org/api/"+service, ".", build.FindOnly)
	if err != nil {
		return nil, fmt.Errorf("find the module google.golang.org/api: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(pkg.Dir, path.Dir(service)+"-api.json"))
	if err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	return data, nil
}
