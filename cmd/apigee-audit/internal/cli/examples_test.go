package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"apigee-audit/apigee/simulator/contract"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report/format"
)

const examples = "../../../../docs/examples"

// TestExamplesFollowGooglesSchemas holds what is given to Google's services to what Google publishes of them. The other
// manifests are judged by .ci/examples-check.
func TestExamplesFollowGooglesSchemas(t *testing.T) {
	for _, tt := range []struct{ file, service, message, typo string }{
		{"cloud-run-job.yaml", "run/v1", "Job", "taskCount"},
		{"cloud-run-merge-job.yaml", "run/v1", "Job", "taskCount"},
		{"cloud-scheduler.yaml", "cloudscheduler/v1", "Job", "httpTarget"},
		{"cloudbuild.yaml", "cloudbuild/v1", "Build", "allowExitCodes"},
	} {
		schema, err := contract.Schema(tt.service, tt.message)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(examples, tt.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, data)); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		}
		broken := bytes.ReplaceAll(data, []byte(tt.typo), []byte(tt.typo+"s"))
		if err := schema.Validate(decoded(t, broken)); err == nil {
			t.Errorf("%s: the schema does not notice %ss", tt.file, tt.typo)
		}
	}
}

// decoded reads YAML as JSON has it.
func decoded(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestCommandLinesInTheDocumentation parses every command line of the documentation with the real flags. Whether what it
// names exists is not asked.
func TestCommandLinesInTheDocumentation(t *testing.T) {
	lines := map[string][][]string{}
	for _, pattern := range []string{"../../../../README.md", "../../../../docs/*.md", "../../../../docs/rules/*.md", "../../../../config.example.yaml", examples + "/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines[file] = append(commandLines(string(data)), containerArgs(t, file, data)...)
		}
	}
	seen := map[string]int{}
	for file, all := range lines {
		for _, args := range all {
			seen[filepath.Base(file)]++
			if err := parseOnly(args); err != nil {
				t.Errorf("%s: apigee-audit %s: %v", file, strings.Join(args, " "), err)
			}
		}
	}
	for _, file := range []string{
		"README.md", "getting-started.md", "schedule.md", "snapshots.md", "ci.md", "formats.md", "suppressions.md", "cloud-run-job.yaml", "cloud-run-merge-job.yaml", "kubernetes-cronjob.yaml", "kubernetes-indexed-job.yaml", "kubernetes-merge-job.yaml",
		"cloudbuild.yaml", "gitlab-merge-request.yml",
	} {
		if seen[file] == 0 {
			t.Errorf("no command line was found in %s", file)
		}
	}
	if parseOnly([]string{"scan", "--org", "a", "--fail-om", "high"}) == nil || parseOnly([]string{"pull", "x"}) == nil {
		t.Error("a wrong command line is let pass")
	}
}

// commandLines are the commands in a text: whatever follows the program's name up to what ends a command in a shell, in
// Markdown or in YAML.
func commandLines(text string) [][]string {
	var all [][]string
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		for rest := line; ; {
			_, after, found := strings.Cut(rest, "apigee-audit ")
			if !found {
				break
			}
			rest = after
			command := after
			if end := strings.IndexAny(command, "`|>;#&)\n<…"); end >= 0 {
				command = command[:end]
			}
			words := strings.Fields(command)
			if len(words) > 0 && isCommand(words[0]) {
				all = append(all, unquoted(words))
			}
		}
	}
	return all
}

func unquoted(words []string) []string {
	for i, w := range words {
		words[i] = strings.Trim(w, `"'`)
	}
	return words
}

func isCommand(word string) bool {
	cmd, _, err := newRoot(&app{}).Find([]string{word})
	return err == nil && cmd.HasParent()
}

// containerArgs are the args beside a container's command in a manifest, or beside the image of a build's step.
func containerArgs(t *testing.T, file string, data []byte) [][]string {
	if filepath.Ext(file) != ".yaml" {
		return nil
	}
	var all [][]string
	var pairs []string
	var substituted func(string) string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			args, ok := v["args"].([]any)
			command, is := v["command"].([]any)
			if ok && (is && len(command) == 1 && filepath.Base(command[0].(string)) == toolName || v["name"] == "${_IMAGE}") {
				var words []string
				for _, a := range args {
					words = append(words, substituted(a.(string)))
				}
				all = append(all, words)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	top := decoded(t, data)
	if build, ok := top.(map[string]any); ok {
		values, _ := build["substitutions"].(map[string]any)
		for name, value := range values {
			pairs = append(pairs, "${"+name+"}", value.(string))
		}
	}
	substituted = strings.NewReplacer(pairs...).Replace
	walk(top)
	return all
}

// parseOnly is a command up to its work: its flags, the number of its arguments, and what the flags' values mean.
func parseOnly(args []string) error {
	a := &app{streams: streams{err: io.Discard, out: io.Discard}, env: config.Environment{config.EnvCompletionIndex: "0", config.EnvToken: "x"}}
	root := newRoot(a)
	var prune func(*cobra.Command)
	prune = func(c *cobra.Command) {
		if c.HasParent() && c.RunE != nil {
			flags := pflag.NewFlagSet("", pflag.ContinueOnError)
			c.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Name != "output" || f.Value.Type() != "string" { // pull's is not a setting
					flags.AddFlag(f)
				}
			})
			c.RunE = func(*cobra.Command, []string) error {
				s, err := a.load(flags, config.FileChoice{})
				if err != nil {
					return err
				}
				if flags.Lookup("shard") != nil && s.Shard != "" {
					if _, err := config.ParseShard(s.Shard, a.env); err != nil {
						return err
					}
				}
				for _, o := range s.Output {
					name, _, _ := strings.Cut(o, "=")
					if err := config.CheckFormat(name, format.Formats()); err != nil {
						return err
					}
				}
				_, err = s.Comparison()
				return err
			}
		}
		for _, sub := range c.Commands() {
			prune(sub)
		}
	}
	prune(root)
	root.SetArgs(args)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	return root.Execute()
}
