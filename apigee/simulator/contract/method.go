package contract

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Call is what Google publishes of one method of one of its services.
type Call struct {
	HTTPMethod string
	FlatPath   string // with names in braces for its parts
	Parameters map[string]Argument
	Request    struct {
		Ref string `json:"$ref"` // the message of its body
	}
}

// Argument is a parameter of a method.
type Argument struct {
	Required bool
	Pattern  string
}

// Method is what Google publishes of a method: Method("run/v2", "run.projects.locations.jobs.run").
func Method(service, id string) (*Call, error) {
	data, err := discovery(service)
	if err != nil {
		return nil, err
	}
	type level struct {
		Methods   map[string]json.RawMessage
		Resources map[string]json.RawMessage
	}
	parts := strings.Split(id, ".")
	for i, part := range parts[1:] {
		var at level
		if err := json.Unmarshal(data, &at); err != nil {
			return nil, fmt.Errorf("read the discovery document: %w", err)
		}
		data = at.Resources[part]
		if i == len(parts)-2 {
			data = at.Methods[part]
		}
		if data == nil {
			return nil, fmt.Errorf("%s has no method %s", service, id)
		}
	}
	c := &Call{}
	return c, json.Unmarshal(data, c)
}

// Takes reports whether a path is one of the method's.
func (c *Call) Takes(path string) bool {
	paths, err := pathsOf(c.FlatPath)
	return err == nil && paths.MatchString(path)
}
