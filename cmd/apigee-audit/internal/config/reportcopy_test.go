package config

import (
	"os"
	"strings"
	"testing"

	"apigee-audit/report/format"
)

func TestParseCopiesRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string]string{
		"report.json":         "must be FORMAT=FILE",
		"json=":               "must be FORMAT=FILE",
		"json=-":              "use --format",
		"jsn=a.json":          `did you mean "json"?`,
		"json=nowhere/a.json": "folder nowhere does not exist",
		"json=folder":         "folder is a folder",
	} {
		if _, err := ParseCopies(strings.Fields(output), format.Formats()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %s", output, err, want)
		}
	}
}
