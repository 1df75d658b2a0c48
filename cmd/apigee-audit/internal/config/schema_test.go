package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// compiled is the schema as a validator has it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// plain is YAML as editors read it, by YAML 1.2: dates are texts.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(t, n.Content[0])
	case yaml.AliasNode:
		return plain(t, n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		pairs(n, func(key, value *yaml.Node) { m[key.Value] = plain(t, value) })
		return m
	case yaml.SequenceNode:
		all := []any{}
		for _, item := range n.Content {
			all = append(all, plain(t, item))
		}
		return all
	}
	if n.Tag == "!!timestamp" || n.Tag == "!!str" {
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if _, ok := v.(int); ok {
		return json.Number(n.Value)
	}
	return v
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return plain(t, &doc)
}

// TestSchemaSaysWhatTheProgramTakes asks both about useful and useless values of every key. Where they differ, the
// difference is listed with its reason.
func TestSchemaSaysWhatTheProgramTakes(t *testing.T) {
	schema := compiled(t)
	lenient := func(key, value string) string { // of the program
		switch {
		case value == "null" || value == "~":
			return "a key without a value is not set"
		case slices.Contains([]string{`"1"`, `"5"`, `"true"`}, value):
			return "texts are converted, as those of variables"
		case value == "HIGH" || value == "rt101" || value == "[rt101]" || value == "EDGE":
			return "capital letters do not matter"
		}
		return ""
	}
	looseKeys := []string{ // of the schema: what decides is more than a pattern could say
		"endpoint", "location", "login-url", "sarif-path", "output", "traffic", "env", "proxy", "org", "with", "without", "hook", "rule", "status", "refresh-lifetime",
	}
	values := []string{
		"nonsense", `"{file}"`, `"["`, `""`, "-1", "0", "1", "5", "300", "1.5", "true", "null", "[]", "[a]", "[RT101]", "[rt101]", "[[]]", "[1]", "{a: b}", "[{a: b}]",
		`"1"`, `"5"`, `"true"`, "30d", "2w", "1d12h", "500MB", "1.5 GiB", "2G", "30", "5s", "-5s", "1h30m", "d", "0s", "high", "HIGH", "none", "json", "x", "EDGE", "bcp", "debug", "refresh", "refresh-token-never-refreshed",
		"[{rule: RT101, severity: low}]", "[{rule: RT101}]", "[{rule: RT101, reason: x, expires: 2030-01-01}]", "[{rule: RT101, reason: x, expires: soon}]",
		"[{rule: RT101, reason: x, expires: 2030-01-01, proxy: a, shared-flow: b}]", "[{rule: no, reason: x, expires: 2030-01-01}]", "[{rule: RT101, reason: '', expires: 2030-01-01}]",
	}
	for _, key := range fileKeys() {
		taken := 0
		for _, value := range values {
			text := key + ": " + value + "\n"
			if key == "apps" {
				text += "reach: true\n"
			}
			l, program := loadAll(t, text, nil, nil)
			if program == nil {
				program = l.Check()
			}
			ofSchema := schema.Validate(parsed(t, text))
			switch {
			case program == nil && ofSchema == nil:
				taken++
			case program == nil && lenient(key, value) == "":
				t.Errorf("%s: the program takes it, and the schema does not: %v", strings.TrimSpace(text), ofSchema)
			case program != nil && ofSchema == nil && !slices.Contains(looseKeys, key):
				t.Errorf("%s: the schema takes it, and the program does not: %v", strings.TrimSpace(text), program)
			}
		}
		if taken == 0 {
			t.Errorf("%s: no value was taken by both", key)
		}
	}
	if schema.Validate(parsed(t, "fail-om: high\n")) == nil {
		t.Error("an unknown key is let pass")
	}
}

// TestSchemaExplainsEveryKey: without that, it would be a list of names.
func TestSchemaExplainsEveryKey(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Description string
		Properties  map[string]*part
		Items       *part
	}
	var all part
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	fields := 0
	for key, p := range all.Properties {
		if p.Description == "" || strings.Contains(p.Description, "#") || strings.Contains(p.Description, "---") {
			t.Errorf("%s is described as %q", key, p.Description)
		}
		if p.Items == nil {
			continue
		}
		for field, f := range p.Items.Properties {
			fields++
			if f.Description == "" {
				t.Errorf("%s of %s is not described", field, key)
			}
		}
	}
	if len(all.Properties) != len(fileKeys()) || fields < 10 {
		t.Errorf("%d keys and %d fields, want %d and 10", len(all.Properties), fields, len(fileKeys()))
	}
}

// TestSchemaTakesWhatIsDocumented validates the example, what is commented out in it, and the configurations in the pages.
func TestSchemaTakesWhatIsDocumented(t *testing.T) {
	schema := compiled(t)
	example, err := os.ReadFile("../../../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{"config.example.yaml": {string(example)}}
	for _, key := range []string{"severities", "suppressions"} {
		_, rest, _ := strings.Cut(string(example), "# "+key+":\n")
		block, _, _ := strings.Cut(rest, "\n"+key+":")
		all["config.example.yaml"] = append(all["config.example.yaml"], key+":\n"+strings.ReplaceAll(block, "# ", "")+"\n")
	}
	found := 0
	for _, pattern := range []string{"../../../../*.md", "../../../../docs/*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			data, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split(string(data), "```yaml\n")[1:] {
				if block, _, _ := strings.Cut(part, "```"); isConfiguration(parsed(t, block)) {
					all[page] = append(all[page], block)
					found++
				}
			}
		}
	}
	if found < 1 {
		t.Error("no page has a configuration")
	}
	for page, blocks := range all {
		for _, block := range blocks {
			if err := schema.Validate(parsed(t, block)); err != nil {
				t.Errorf("%s: %v in:\n%s", page, err, block)
			}
		}
	}
}

// isConfiguration tells our files from the workflows of CI services, which are YAML too.
func isConfiguration(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || m["jobs"] != nil || m["script"] != nil || m["apiVersion"] != nil {
		return false
	}
	for key := range m {
		if slices.Contains(fileKeys(), key) {
			return true
		}
	}
	return false
}
