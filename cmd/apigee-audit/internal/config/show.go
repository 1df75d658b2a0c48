package config

import (
	"bytes"
	"fmt"
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"

	"apigee-audit/internal/text"
)

// YAML writes settings as a configuration file, in the order of the groups.
func YAML(s Settings) ([]byte, error) {
	root := yaml.Node{Kind: yaml.MappingNode}
	for name, value := range s.each {
		shown := value.Interface()
		if d, ok := shown.(time.Duration); ok {
			shown = d.String()
		}
		if value.Kind() == reflect.Slice && value.Len() == 0 {
			shown = []string{}
		}
		key, node := yaml.Node{}, yaml.Node{}
		if err := key.Encode(name); err != nil {
			return nil, err
		}
		if err := node.Encode(shown); err != nil {
			return nil, err
		}
		quoteUnsafe(&node)
		root.Content = append(root.Content, &key, &node)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&root); err != nil {
		return nil, err
	}
	return escapeYAML(b.Bytes()), e.Close()
}

// quoteUnsafe puts what a terminal or a CI service would obey between quotation marks, where YAML knows escapes. A file
// found in the working directory may be somebody else's.
func quoteUnsafe(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && !text.IsClean(n.Value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range n.Content {
		quoteUnsafe(inner)
	}
}

// escapeYAML writes as escapes what [quoteUnsafe] has put between quotation marks.
func escapeYAML(in []byte) []byte {
	var out bytes.Buffer
	before := rune(0)
	for _, r := range string(in) {
		if !text.IsClean(string(r)) && r != '\n' || (r == '#' || r == ':') && r == before {
			fmt.Fprintf(&out, `\U%08x`, r)
			before = 0
			continue
		}
		out.WriteRune(r)
		before = r
	}
	return out.Bytes()
}
