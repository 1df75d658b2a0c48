package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A parameter is an input of the GitHub action or of the GitLab component.
type parameter struct{ Default *string }

// actionFile is what the tests ask of action.yml; .ci/action-check runs it.
type actionFile struct {
	Inputs  map[string]parameter
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			Env map[string]string
			Run string
		}
	}
}

// componentFile is the head of the GitLab component; .ci/component-check runs it.
type componentFile struct {
	Spec struct{ Inputs map[string]parameter }
}

// hook is one of .pre-commit-hooks.yaml, or its use in a repository; .ci/hooks-check runs it.
type hook struct {
	ID, Entry string
	Args      []string
}

const root = "../../../../"

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(root + name)
	if err == nil {
		err = yaml.NewDecoder(bytes.NewReader(data)).Decode(into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// namesInTable are the names in the first cells of the tables in a section of docs/ci.md whose first column has this title.
func namesInTable(t *testing.T, section, title string) []string {
	t.Helper()
	page, err := os.ReadFile(root + "docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\n"+section+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	_, table, _ := strings.Cut(rest, "| "+title+" |")
	table, _, _ = strings.Cut(table, "\n\n")
	var names []string
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cell, -1) {
			names = append(names, m[1])
		}
	}
	return names
}

func sameNames[V any](t *testing.T, what string, documented []string, exist map[string]V) {
	t.Helper()
	for _, name := range documented {
		if _, ok := exist[name]; !ok {
			t.Errorf("docs/ci.md describes %s %s, which does not exist", what, name)
		}
	}
	for name := range exist {
		if !slices.Contains(documented, name) {
			t.Errorf("docs/ci.md does not describe %s %s", what, name)
		}
	}
}

func TestActionAndComponentAreDocumented(t *testing.T) {
	var action actionFile
	readYAML(t, "action.yml", &action)
	sameNames(t, "input", namesInTable(t, "### Inputs", "input"), action.Inputs)
	sameNames(t, "output", namesInTable(t, "### Inputs", "output"), action.Outputs)
	var component componentFile
	readYAML(t, "templates/apigee-audit.yml", &component)
	sameNames(t, "the component's input", namesInTable(t, "## GitLab", "input"), component.Spec.Inputs)
	if component.Spec.Inputs["image"].Default != nil {
		t.Error("docs/ci.md says that image has to be given")
	}
	for name, input := range component.Spec.Inputs {
		if name != "image" && input.Default == nil {
			t.Errorf("the component's input %s has to be given, which docs/ci.md does not say", name)
		}
	}
}

// TestActionKeepsInputsOutOfScripts: an expression in a script would make shell of whatever an input holds.
func TestActionKeepsInputsOutOfScripts(t *testing.T) {
	var action actionFile
	readYAML(t, "action.yml", &action)
	used := map[string]bool{}
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression is in the script %q", step.Run)
		}
		for _, value := range step.Env {
			if name, ok := strings.CutPrefix(value, "${{ inputs."); ok {
				used[strings.TrimSuffix(name, " }}")] = true
			}
		}
	}
	for name := range action.Inputs {
		if !used[name] {
			t.Errorf("no script gets the input %s", name)
		}
	}
	template, err := os.ReadFile(root + "templates/apigee-audit.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, script, ok := strings.Cut(string(template), "\n  script:\n"); !ok || strings.Contains(script, "$[[") {
		t.Error("an input is in the script of the component")
	}
}

// TestVersionsInWorkflows keeps what the action and the component install, and what the documentation uses, at the version
// that is to be released.
func TestVersionsInWorkflows(t *testing.T) {
	changelog, err := os.ReadFile(root + "CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\]`).FindSubmatch(changelog)
	if m == nil {
		t.Fatal("CHANGELOG.md has no version")
	}
	version := string(m[1])
	var action actionFile
	readYAML(t, "action.yml", &action)
	var component componentFile
	readYAML(t, "templates/apigee-audit.yml", &component)
	for file, inputs := range map[string]map[string]parameter{"action.yml": action.Inputs, "templates/apigee-audit.yml": component.Spec.Inputs} {
		if got := inputs["version"].Default; got == nil || *got != version {
			t.Errorf("%s does not install %s, which CHANGELOG.md has at its top", file, version)
		}
	}
	found := 0
	for _, u := range usagesInTheDocumentation(t) {
		found++
		if u.version != version {
			t.Errorf("%s uses version %s of the %s, and CHANGELOG.md has %s at its top", u.file, u.version, u.what, version)
		}
	}
	if found < 8 {
		t.Errorf("only %d usages were found", found)
	}
}

// A usage of the action, the component or the hook in an example or a page.
type usage struct {
	file, what, version string
	inputs              map[string]string
	hook                hook
}

// usagesInTheDocumentation are those in all examples and in all YAML of the pages.
func usagesInTheDocumentation(t *testing.T) []usage {
	t.Helper()
	texts := map[string][]string{}
	for _, page := range markdownPages(t) {
		texts[page] = blocks(t, page, "yaml")
	}
	manifests, err := filepath.Glob(examples + "/*.y*ml")
	if err != nil || len(manifests) == 0 {
		t.Fatal(manifests, err)
	}
	for _, file := range manifests {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = []string{string(data)}
	}
	var all []usage
	for file, documents := range texts {
		for _, text := range documents {
			d := yaml.NewDecoder(strings.NewReader(text))
			for {
				var v any
				if err := d.Decode(&v); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v in:\n%s", file, err, text)
				}
				all = append(all, usagesIn(file, v)...)
			}
		}
	}
	return all
}

func usagesIn(file string, v any) []usage {
	var all []usage
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			all = append(all, usagesIn(file, x)...)
		}
	case map[string]any:
		if u, ok := usageOf(file, v); ok {
			all = append(all, u)
		}
		for _, x := range v {
			all = append(all, usagesIn(file, x)...)
		}
	}
	return all
}

func usageOf(file string, m map[string]any) (usage, bool) {
	u := usage{file: file, inputs: map[string]string{}}
	name := func(key string) string { s, _ := m[key].(string); return s }
	given := func(key string) {
		with, _ := m[key].(map[string]any)
		for k, v := range with {
			text, _ := yaml.Marshal(v)
			u.inputs[k] = strings.TrimSpace(string(text))
			if s, ok := v.(string); ok {
				u.inputs[k] = s
			}
		}
	}
	if _, version, ok := strings.Cut(name("uses"), "/apigee-audit@v"); ok {
		u.what, u.version = "action", version
		given("with")
		return u, true
	}
	if _, version, ok := strings.Cut(name("component"), "/apigee-audit/apigee-audit@"); ok {
		u.what, u.version = "component", version
		given("inputs")
		return u, true
	}
	if strings.HasSuffix(name("repo"), "/apigee-audit") {
		u.what, u.version = "hook", strings.TrimPrefix(name("rev"), "v")
		text, _ := yaml.Marshal(m["hooks"])
		var hooks []hook
		if yaml.Unmarshal(text, &hooks) == nil && len(hooks) == 1 {
			u.hook = hooks[0]
		}
		return u, true
	}
	return u, false
}

// scanOf is the command line that the action and the component make of their inputs.
func scanOf(inputs map[string]string) []string {
	args := []string{"scan"}
	for _, name := range []string{"org", "with", "without"} {
		for line := range strings.Lines(inputs[name]) {
			args = append(args, "--"+name+"="+strings.TrimSpace(line))
		}
	}
	for _, name := range []string{"fail-on", "baseline"} { // no configuration file of an example is there
		if inputs[name] != "" {
			args = append(args, "--"+name+"="+inputs[name])
		}
	}
	for line := range strings.Lines(inputs["args"]) {
		args = append(args, strings.TrimSpace(line))
	}
	args = append(args, "--")
	return append(args, strings.Fields(inputs["paths"])...)
}

// TestUsagesInTheDocumentation: every input in an example exists, and what it makes of the command line is accepted.
func TestUsagesInTheDocumentation(t *testing.T) {
	var action actionFile
	readYAML(t, "action.yml", &action)
	var component componentFile
	readYAML(t, "templates/apigee-audit.yml", &component)
	var hooks []hook
	readYAML(t, ".pre-commit-hooks.yaml", &hooks)
	found := map[string]int{}
	for _, u := range usagesInTheDocumentation(t) {
		found[u.what]++
		inputs, args := action.Inputs, scanOf(u.inputs)
		switch u.what {
		case "component":
			inputs = component.Spec.Inputs
			if u.inputs["image"] == "" {
				t.Errorf("%s: the component needs an image", u.file)
			}
		case "hook":
			i := slices.IndexFunc(hooks, func(h hook) bool { return h.ID == u.hook.ID })
			if i < 0 {
				t.Fatalf("%s: there is no hook %q", u.file, u.hook.ID)
			}
			own := hooks[i].Args
			if u.hook.Args != nil {
				own = u.hook.Args
			}
			args = slices.Concat(strings.Fields(hooks[i].Entry)[1:], own)
		}
		for name := range u.inputs {
			if _, ok := inputs[name]; !ok {
				t.Errorf("%s gives the %s the input %s, which it does not have", u.file, u.what, name)
			}
		}
		if err := parseOnly(args); err != nil {
			t.Errorf("%s: %s: apigee-audit %s: %v", u.file, u.what, strings.Join(args, " "), err)
		}
	}
	if found["action"] < 5 || found["component"] < 2 || found["hook"] < 2 {
		t.Errorf("too few usages were found: %v", found)
	}
	if parseOnly(scanOf(map[string]string{"org": "a", "fail-on": "grave"})) == nil {
		t.Error("a wrong input is let pass")
	}
}

// TestHookIsDocumented: docs/ci.md gives the arguments that a use without any has.
func TestHookIsDocumented(t *testing.T) {
	var hooks []hook
	readYAML(t, ".pre-commit-hooks.yaml", &hooks)
	page, err := os.ReadFile(root + "docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 1 || hooks[0].Entry != toolName+" scan" || !strings.Contains(string(page), "(`"+strings.Join(hooks[0].Args, " ")+"`)") {
		t.Errorf("docs/ci.md does not give the arguments of %+v", hooks)
	}
}

// TestFlagsOfTheScriptsExist looks up the flags that the action and the component call the program with.
func TestFlagsOfTheScriptsExist(t *testing.T) {
	scan, _, err := newRoot(&app{}).Find([]string{"scan"})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"action/scan.sh", "templates/apigee-audit.yml"} {
		data, err := os.ReadFile(root + file)
		if err != nil {
			t.Fatal(err)
		}
		flags := regexp.MustCompile(` --([a-z-]+)=`).FindAllStringSubmatch(string(data), -1)
		for _, m := range flags {
			if scan.Flags().Lookup(m[1]) == nil {
				t.Errorf("%s gives scan --%s, which it does not have", file, m[1])
			}
		}
		if len(flags) < 8 {
			t.Errorf("%s: only %d flags were found", file, len(flags))
		}
	}
}
