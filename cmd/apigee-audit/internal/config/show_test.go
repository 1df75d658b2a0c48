package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestShownSettingsObeyNobodyAndReadBack(t *testing.T) {
	want := Defaults()
	want.Proxy = []string{"##vso[x]", "::add-mask::y", "a\u202eb", "tag\U000e0041", "\x1b[2J\n::error::", "plain", strings.Repeat("long ", 40) + "##[x]"}
	want.Baseline = "# no comment: ##[y]"
	text, err := YAML(want)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.ContainsAny(line, "\x1b\u202e\U000e0041") || strings.Contains(line, "##") || strings.Contains(line, "::") {
			t.Errorf("it is obeyed: %q", line)
		}
	}
	got, err := load(t, string(text), nil, nil)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("it reads back otherwise (-want +got):\n%s", diff)
	}
}
