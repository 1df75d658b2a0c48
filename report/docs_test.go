package report_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"apigee-audit/report"
)

// docs/formats.md names every field that programs may rely on.
func TestFieldsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var root property
	if err := json.Unmarshal(report.Schema(), &root); err != nil {
		t.Fatal(err)
	}
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
