package report

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// docs/formats.md names every field and column that programs may rely on.
func TestFieldsAndColumnsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var root property
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	names := csvColumns()
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
