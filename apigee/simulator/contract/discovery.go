package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// api is the discovery document made ready for checking.
type api struct {
	methods []*method                     // GET only
	global  map[string]parameter          // query parameters that every method takes
	schemas map[string]*jsonschema.Schema // by name in the document
}

// document is as much of a discovery document as checking needs.
type document struct {
	Parameters map[string]parameter `json:"parameters"`
	Resources  map[string]resource  `json:"resources"`
	Schemas    json.RawMessage      `json:"schemas"`
}

type resource struct {
	Methods   map[string]*method  `json:"methods"`
	Resources map[string]resource `json:"resources"`
}

type parameter struct {
	Location string `json:"location"`
	Type     string `json:"type"`
	Repeated bool   `json:"repeated"`
}

// read finds the document in the module cache or the vendor directory.
func read() (*api, error) {
	data, err := discovery("apigee/v1")
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	a := &api{global: d.Parameters}
	if a.schemas, err = compile(d.Schemas); err != nil {
		return nil, fmt.Errorf("compile the schemas of the discovery document: %w", err)
	}
	return a, a.collect(resource{Resources: d.Resources})
}

// pathsOf matches the paths that a method takes.
func pathsOf(flatPath string) (*regexp.Regexp, error) {
	parts := regexp.MustCompile(`\{[^}]+\}`).Split(flatPath, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	paths, err := regexp.Compile("^/" + strings.Join(parts, "[^/:]+") + "$")
	if err != nil {
		return nil, fmt.Errorf("path %s: %w", flatPath, err)
	}
	return paths, nil
}

// collect gathers the GET methods of a resource and of those below it.
func (a *api) collect(r resource) error {
	for _, m := range r.Methods {
		if m.HTTPMethod != "GET" {
			continue
		}
		var err error
		if m.path, err = pathsOf(m.FlatPath); err != nil {
			return err
		}
		a.methods = append(a.methods, m)
	}
	for _, below := range r.Resources {
		if err := a.collect(below); err != nil {
			return err
		}
	}
	return nil
}

// compile turns the document's schemas, a dialect of its own, into JSON Schemas.
func compile(raw json.RawMessage) (map[string]*jsonschema.Schema, error) {
	defs, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:discovery:apigee", map[string]any{"$defs": convert(defs)}); err != nil {
		return nil, err
	}
	schemas := map[string]*jsonschema.Schema{}
	for name := range defs.(map[string]any) {
		if schemas[name], err = c.Compile("urn:discovery:apigee#/$defs/" + name); err != nil {
			return nil, err
		}
	}
	return schemas, nil
}

// convert rewrites bare references, drops "any", gives int64 strings a pattern and closes objects to unknown fields.
func convert(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = convert(v[i])
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			v["$ref"] = "#/$defs/" + ref
		}
		if v["type"] == "any" {
			delete(v, "type")
		}
		if v["type"] == "string" && (v["format"] == "int64" || v["format"] == "uint64") {
			v["pattern"] = "^-?[0-9]+$"
		}
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for k := range v {
			v[k] = convert(v[k])
		}
	}
	return v
}
