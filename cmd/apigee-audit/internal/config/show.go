package config

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"apigee-audit/internal/text"
)

// YAML writes settings as a configuration file, in the order of the groups.
func YAML(s Settings) ([]byte, error) {
	root := yaml.Node{Kind: yaml.MappingNode}
	for name, value := range s.each {
		key := yaml.Node{}
		if err := key.Encode(name); err != nil {
			return nil, err
		}
		node, err := nodeOf(value)
		if err != nil {
			return nil, err
		}
		root.Content = append(root.Content, &key, node)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&root); err != nil {
		return nil, err
	}
	return escapeYAML(b.Bytes()), e.Close()
}

// nodeOf is a setting as YAML. Texts with what a terminal or a CI service would obey stand between quotation marks, where YAML
// knows escapes: a file found in the working directory may be somebody else's. The library cannot be asked to encode those: it
// writes some of them, such as carriage returns, in a way that it does not read back.
func nodeOf(v reflect.Value) (*yaml.Node, error) {
	switch value := v.Interface().(type) {
	case time.Duration:
		v = reflect.ValueOf(formatDuration(value))
	case Size:
		v = reflect.ValueOf(formatSize(value))
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) { // base64, as it may have come
			n := &yaml.Node{}
			return n, n.Encode(v.String())
		}
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v.String()}
		if !text.IsClean(n.Value) {
			n.Style = yaml.DoubleQuotedStyle
		}
		return n, nil
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if v.Len() == 0 {
			n.Style = yaml.FlowStyle
		}
		for i := range v.Len() {
			item, err := nodeOf(v.Index(i))
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		return n, nil
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for i := range v.NumField() {
			name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if option == "omitempty" && v.Field(i).IsZero() {
				continue
			}
			value, err := nodeOf(v.Field(i))
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
		}
		return n, nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v.Interface())
}

// escapeYAML writes as escapes what [nodeOf] has put between quotation marks.
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
