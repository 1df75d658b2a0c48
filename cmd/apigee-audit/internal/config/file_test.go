package config

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// load merges a configuration file, environment variables and flags as a scan does.
func load(t *testing.T, file string, environ, args []string) (Settings, error) {
	t.Helper()
	l, err := loadAll(t, file, environ, args)
	if err != nil {
		return Settings{}, err
	}
	return l.Settings, nil
}

// loadAll is [load] with where the settings come from; the file is c.yaml.
func loadAll(t *testing.T, file string, environ, args []string) (*Loaded, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	config := ""
	if file != "" {
		config = "c.yaml"
		if err := os.WriteFile(config, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := ScanFlags()
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(NewEnvironment(environ), flags, FileChoice{Name: config})
}

func TestExampleHoldsEveryKeyWithItsDefault(t *testing.T) {
	data, err := os.ReadFile("../../../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := load(t, string(data), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Defaults(), got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("config.example.yaml differs from the defaults (-default +example):\n%s", diff)
	}
	var inFile map[string]any
	if err := yaml.Unmarshal(data, &inFile); err != nil {
		t.Fatal(err)
	}
	for _, key := range fileKeys() {
		if _, ok := inFile[key]; !ok {
			t.Errorf("config.example.yaml lacks %s", key)
		}
	}
}

func TestEverySettingHasAKey(t *testing.T) {
	var tags []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		if !field.Anonymous {
			tags = append(tags, field.Tag.Get("mapstructure"))
		}
	}
	slices.Sort(tags)
	if diff := cmp.Diff(slices.Sorted(slices.Values(fileKeys())), tags); diff != "" {
		t.Errorf("keys and settings differ (-keys +settings):\n%s", diff)
	}
}

func TestPrecedence(t *testing.T) {
	const file = "fail-on: medium\nrate: 100\norg: [file]\nrequest-timeout: 5s\n"
	environ := []string{"APIGEE_AUDIT_FAIL_ON=high", "APIGEE_AUDIT_RATE=200", "APIGEE_AUDIT_ORG=a, b", "APIGEE_AUDIT_CONCURRENCY=010", "APIGEE_AUDIT_LOCATION="}
	got, err := load(t, file, environ, []string{"--fail-on", "none", "--output", "json=a,b.json"})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.FailOn = "none"                    // flag
	want.Rate = 200                         // environment
	want.Org = []string{"a", "b"}           // environment, commas
	want.Concurrency = 10                   // decimal, whatever it starts with
	want.RequestTimeout = 5 * time.Second   // file
	want.Output = []string{"json=a,b.json"} // a file name may hold a comma
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestConfigurationErrors(t *testing.T) {
	tests := map[string]struct {
		file    string
		environ []string
		want    string
	}{
		"unknown key":        {"rate: 5\norgs: [a]\n", nil, `c.yaml:2: unknown key "orgs"; did you mean "org"?`},
		"upper case":         {"Rate: 5\n", nil, `c.yaml:1: unknown key "Rate"; did you mean "rate"?`},
		"dotted key":         {"org.name: 5\n", nil, `c.yaml:1: unknown key "org.name"`},
		"repeated key":       {"rate: 5\nrate: 6\n", nil, `c.yaml:2: key "rate" is already set on line 1`},
		"no mapping":         {"- a\n", nil, "c.yaml:1: expected keys and values"},
		"duration as number": {"timeout: 30\n", nil, "c.yaml:1: timeout must be a duration with a unit, such as 30s or 30d, not 30"},
		"number with point":  {"rate: 1.5\n", nil, "c.yaml:1: rate must be a whole number, not 1.5"},
		"list in a text":     {"format: [json]\n", nil, "c.yaml:1: format must be a text, not a list"},
		"map for a list":     {"org:\n  a: b\n", nil, "c.yaml:1: org must be a list, such as [a, b], not keys and values"},
		"word for number":    {"", []string{"APIGEE_AUDIT_RATE=fast"}, `APIGEE_AUDIT_RATE must be a whole number, not "fast"`},
		"word for switch":    {"", []string{"APIGEE_AUDIT_DEMO=perhaps"}, `APIGEE_AUDIT_DEMO must be true or false`},
		"missing file":       {"", []string{"APIGEE_AUDIT_CONFIG=nowhere.yaml"}, "configuration file nowhere.yaml cannot be read: no such file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tt.file, tt.environ, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error is\n  %v\nwant\n  %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
		})
	}
}

func TestFoundConfigCannotRedirectCredentials(t *testing.T) {
	for _, key := range []string{"endpoint", "login-url", "token-file", "credentials", "impersonate", "output", "cache-dir", "explain"} {
		t.Chdir(t.TempDir())
		if err := os.WriteFile(FoundName, []byte(key+": x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(Environment{}, ScanFlags(), FileChoice{}); err == nil || !strings.Contains(err.Error(), key+" may only be set in a file named with --config") {
			t.Errorf("%s: error is %v", key, err)
		}
		if _, err := Load(Environment{}, ScanFlags(), FileChoice{Name: FoundName}); err != nil {
			t.Errorf("%s in a named file: %v", key, err)
		}
	}
}

func TestUnknownEnvironmentVariables(t *testing.T) {
	env := NewEnvironment([]string{"APIGEE_AUDIT_ORGS=a", "APIGEE_AUDIT_TOKEN=t", "APIGEE_AUDIT_FAIL_ON=low", "HOME=/"})
	want := []string{`APIGEE_AUDIT_ORGS; did you mean "APIGEE_AUDIT_ORG"?`}
	if diff := cmp.Diff(want, env.Unknown(Keys())); diff != "" {
		t.Error(diff)
	}
}
