package config

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"apigee-audit/internal/text"
)

// origins say where settings were made.
type origins struct {
	flags *pflag.FlagSet
	env   Environment
	file  string
	// lines of the file by path: a key, an entry of its list ("rule[1]"), or a key of such an entry
	// ("suppressions[0].expires").
	lines map[string]int
}

// set reports whether anything sets a key, be it to its default.
func (o origins) set(key string) bool { return o.of(key) != "" }

// flagged reports whether the command line sets a key.
func (o origins) flagged(key string) bool { return o.flags != nil && o.flags.Changed(key) }

// of is where the value at a path was set: a flag, a variable, or a line of the file. "" is a default.
func (o origins) of(path string) string {
	key, _, _ := strings.Cut(path, "[")
	switch {
	case o.flagged(key):
		return "--" + key
	case o.env[EnvName(key)] != "":
		return EnvName(key)
	}
	for _, part := range []string{path, path[:strings.LastIndexByte(path, ']')+1], key} {
		if line := o.lines[part]; line > 0 {
			return fmt.Sprintf("%s:%d", o.file, line)
		}
	}
	return ""
}

// mistake is a setting that cannot be used.
type mistake struct {
	path string // see [origins.lines]
	err  error
	join string // what stands between the name of the setting and the error; "" where the error says what it is about
}

// must is a mistake in the setting at a path. The error goes on after its name: "must be at least 1".
func must(path string, err error) error { return &mistake{path, err, " "} }

// wrong is a mistake in the setting at a path. The error is a sentence of its own: `unknown severity "hihg"`.
func wrong(path string, err error) error { return &mistake{path, err, ": "} }

// about is a mistake in the setting at a path, which the error names: `unknown format "jsno"`.
func about(path string, err error) error { return &mistake{path, err, ""} }

func (m *mistake) Error() string {
	if m.join == "" {
		return m.err.Error()
	}
	return m.key() + m.join + m.err.Error()
}

func (m *mistake) Unwrap() error { return m.err }

// key is the key of the setting.
func (m *mistake) key() string {
	key, _, _ := strings.Cut(m.path, "[")
	return key
}

// locate says of a mistake where it was made. Other errors stay as they are.
func (o origins) locate(err error) error {
	m, ok := errors.AsType[*mistake](err)
	if !ok {
		return err
	}
	origin := o.of(m.path)
	switch {
	case origin == "", o.flagged(m.key()) && m.join == "":
		return err
	case o.flagged(m.key()), o.env[EnvName(m.key())] != "": // which are names already
		return fmt.Errorf("%s%s%w", origin, cmp.Or(m.join, ": "), m.err)
	}
	return fmt.Errorf("%s: %w", origin, err)
}

// entry is the path of an entry of a list.
func entry(key string, index int) string { return fmt.Sprintf("%s[%d]", key, index) }

// at locates an error about what a setting names; nil stays nil.
func (o origins) at(key string, err error) error {
	if err == nil {
		return nil
	}
	return o.locate(about(key, err))
}

// together is a mistake of several settings that do not go together. Where they were not all made on the command line, it
// says where.
func (o origins) together(message string, keys ...string) error {
	var where []string
	elsewhere := false
	for _, key := range keys {
		if origin := o.of(key); origin != "" {
			where = append(where, fmt.Sprintf("%s is set by %s", key, origin))
			elsewhere = elsewhere || !o.flagged(key)
		}
	}
	if !elsewhere {
		return errors.New(message)
	}
	return fmt.Errorf("%s (%s)", message, text.List(where))
}

// linesOf are the lines of what a configuration file sets, by path.
func linesOf(root *yaml.Node) map[string]int {
	lines := map[string]int{}
	pairs(root, func(key, value *yaml.Node) {
		lines[key.Value] = key.Line
		for i, item := range target(value).Content {
			if target(value).Kind != yaml.SequenceNode {
				break
			}
			path := entry(key.Value, i)
			lines[path] = item.Line
			pairs(target(item), func(field, _ *yaml.Node) { lines[path+"."+field.Value] = field.Line })
		}
	})
	return lines
}

// pairs calls a function for every key of a mapping with its value.
func pairs(mapping *yaml.Node, do func(key, value *yaml.Node)) {
	if mapping.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		do(mapping.Content[i], mapping.Content[i+1])
	}
}

// target is what an alias stands for, or the node itself.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
