package config

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// entryKeys are the keys that hold lists of objects, with the keys of these. They exist only in the file: neither a
// flag nor an environment variable could hold them.
func entryKeys() map[string][]string {
	return map[string][]string{
		"severities":   tags(reflect.TypeFor[severitySetting]()),
		"suppressions": tags(reflect.TypeFor[suppressionSetting]()),
	}
}

func tags(t reflect.Type) []string {
	var all []string
	for f := range t.Fields() {
		all = append(all, f.Tag.Get("mapstructure"))
	}
	return all
}

// fileKeys are all keys of a configuration file.
func fileKeys() []string { return append(Keys(), "severities", "suppressions") }

// checkEntries refuses unknown and repeated keys in a list of objects with their line.
func checkEntries(key string, list *yaml.Node, known []string) error {
	if list.Kind != yaml.SequenceNode {
		if list.Tag == "!!null" {
			return nil
		}
		return fmt.Errorf("%d: %s is a list; start each entry with a dash", list.Line, key)
	}
	for _, entry := range list.Content {
		if entry.Kind != yaml.MappingNode {
			return fmt.Errorf("%d: each entry of %s must have keys and values, such as `- rule: RT106`", entry.Line, key)
		}
		seen := map[string]int{}
		for i := 0; i < len(entry.Content); i += 2 {
			k := entry.Content[i]
			if !slices.Contains(known, k.Value) {
				return fmt.Errorf("%d: unknown key %q in %s%s", k.Line, k.Value, key, DidYouMean(k.Value, known))
			}
			if first := seen[k.Value]; first > 0 {
				return fmt.Errorf("%d: key %q is already set on line %d", k.Line, k.Value, first)
			}
			seen[k.Value] = k.Line
		}
	}
	return nil
}
