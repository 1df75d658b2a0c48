package config

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	apigeeaudit "apigee-audit"
)

// object is a part of a JSON Schema.
type object = map[string]any

// Schema is the JSON Schema of a configuration file, for editors. It is made of the settings themselves. Words are spelled as
// documented; the program also takes capital letters. It is of draft 7, which is the newest that YAML servers of editors know.
// Source: github.com/redhat-developer/yaml-language-server.
func Schema() ([]byte, error) {
	texts, err := explanations()
	if err != nil {
		return nil, err
	}
	standard, properties := object{}, object{}
	for key, value := range Defaults().each {
		standard[key] = plainDefault(value)
	}
	for key, value := range (Settings{}).each {
		s := schemaOf(key, value.Type())
		s["description"], s["default"] = texts[key], standard[key]
		properties[key] = s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(object{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": "Configuration of apigee-audit",
		"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties,
	})
	return b.Bytes(), err
}

// durationPattern is what [ParseDuration] reads, but for what overflows and for negative ones, which no setting takes.
const durationPattern = `^(0|([0-9]+w)?([0-9]+d)?([0-9]*\.?[0-9]+(ns|us|µs|ms|s|m|h))*)$`

// schemaOf is what a key takes.
func schemaOf(key string, t reflect.Type) object {
	words := Values()[key]
	text := object{"type": "string"}
	if words != nil {
		text["enum"] = words
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		s := object{"type": []string{"string", "integer"}, "pattern": durationPattern, "minLength": 1, "minimum": 0, "maximum": 0}
		if key == "max-refresh-lifetime" || key == "request-timeout" {
			s["not"] = object{"enum": []any{0, "0", "0s"}}
		}
		return s
	case t == reflect.TypeFor[Size]():
		return object{"type": []string{"string", "integer"}, "pattern": sizePattern, "minimum": 0, "maximum": 0}
	case t.Kind() == reflect.Int:
		whole := object{"type": "integer", "minimum": 1}
		if key == "concurrency" {
			whole["maximum"] = maxConcurrency
		}
		return whole
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return object{"type": []string{"array", "null"}, "items": entrySchema(t.Elem())}
	case t.Kind() == reflect.Slice: // a text holds a list, as in a variable
		return object{"type": []string{"array", "string", "null"}, "items": text}
	}
	return text
}

// entrySchema is what an entry of a list of objects takes. Keys that are always written are required.
func entrySchema(t reflect.Type) object {
	texts := map[string]string{
		"rule": "The rule, by ID or name.", "severity": "The severity of its findings.",
		"organization": "Only in organizations that match this pattern (* ? [a-z]).",
		"environment":  "Only in environments that match this pattern.",
		"proxy":        "Only in proxies that match this pattern.",
		"shared-flow":  "Only in shared flows that match this pattern.",
		"policy":       "Only at policies that match this pattern.",
		"reason":       "Why the finding is accepted.",
		"expires":      "The last day on which the finding is accepted, YYYY-MM-DD.",
		"ticket":       "Where the agreement is recorded, such as the number of an issue.",
		"owner":        "Who is responsible for it: a person or a team.",
	}
	properties, required := object{}, []string{}
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		s := schemaOf(name, f.Type)
		s["description"] = texts[name]
		if option != "omitempty" {
			required = append(required, name)
			s["minLength"] = 1
		}
		if name == "expires" {
			s["pattern"] = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
		}
		properties[name] = s
	}
	entry := object{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
	if properties["proxy"] != nil {
		entry["not"] = object{"required": []string{"proxy", "shared-flow"}}
	}
	return entry
}

// plainDefault is a default as a file would have it.
func plainDefault(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case time.Duration:
		return formatDuration(value)
	case Size:
		return formatSize(value)
	case string, bool, int:
		return value
	}
	return []any{} // no list has anything in it
}

// explanations are what the example says of each key, above it. A key without a comment shares that of the one before it.
func explanations() (map[string]string, error) {
	doc, err := parseYAML(apigeeaudit.ExampleConfig())
	if err != nil {
		return nil, err
	}
	texts, last := map[string]string{}, ""
	pairs(doc.Content[0], func(key, _ *yaml.Node) {
		if key.HeadComment != "" {
			last = explanation(key.HeadComment)
		}
		texts[key.Value] = last
	})
	return texts, nil
}

// explanation is the text of a comment, without the heading of a section above and the example below.
func explanation(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	var words []string
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
		if line == "" {
			break
		}
		words = append(words, line)
	}
	return strings.Join(words, " ")
}
