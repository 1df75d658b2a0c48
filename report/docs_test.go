package report_test

import (
	"os"
	"strings"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// docs/formats.md names every field that programs may rely on.
func TestFieldsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	root := reporttest.Properties(t, report.Schema())
	var names []string
	for name := range root.Properties {
		names = append(names, name)
	}
	for name := range root.Defs["finding"].Properties {
		names = append(names, name)
	}
	for _, name := range names {
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("docs/formats.md lacks %s", name)
		}
	}
}
