package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func writeInventory(t *testing.T, format string, v *report.Inventory, o report.Options) []byte {
	t.Helper()
	return written(t, WriteInventory, format, v, o)
}

func writeIncident(t *testing.T, format string, in *report.Incident, o report.Options) []byte {
	t.Helper()
	return written(t, WriteIncident, format, in, o)
}

func TestGoldenInventory(t *testing.T) {
	everything := report.InventoryFilter{}
	for _, width := range []int{0, 80, 120, 200} {
		golden(t, fmt.Sprintf("session.inventory.%d.txt", width), writeInventory(t, "table", report.NewInventory(reporttest.Session(), everything), report.Options{Width: width}))
	}
	golden(t, "session.inventory.csv", writeInventory(t, "csv", report.NewInventory(reporttest.Session(), everything), report.Options{}))
	golden(t, "session.inventory.json", writeInventory(t, "json", report.NewInventory(reporttest.Session(), everything), report.Options{}))
	long := report.InventoryFilter{RefreshLifetimeOver: reporttest.Week, Environments: []string{"prod"}}
	golden(t, "session.long.80.txt", writeInventory(t, "table", report.NewInventory(reporttest.Session(), long), report.Options{Width: 80}))
	golden(t, "rich.inventory.80.txt", writeInventory(t, "table", report.NewInventory(reporttest.Rich(), everything), report.Options{Width: 80})) // of an older version, and incomplete
	golden(t, "offline.inventory.80.txt", writeInventory(t, "table", report.NewInventory(reporttest.Offline(), everything), report.Options{Width: 80, Verbose: true}))
}

func TestGoldenIncident(t *testing.T) {
	in := report.NewIncident(reporttest.Session(), apigee.KindProxy, "login", report.InventoryFilter{})
	golden(t, "session.incident.80.txt", writeIncident(t, "table", in, report.Options{Width: 80}))
	golden(t, "session.incident.json", writeIncident(t, "json", in, report.Options{}))
	golden(t, "rich.incident.80.txt", writeIncident(t, "table", report.NewIncident(reporttest.Rich(), apigee.KindProxy, "login", report.InventoryFilter{}), report.Options{Width: 80}))
}

// TestInventoryKeepsToItsWidth: no line of a table is wider than the terminal.
func TestInventoryKeepsToItsWidth(t *testing.T) {
	documents := reporttest.Documents()
	documents["session"] = reporttest.Session()
	for name, d := range documents {
		for width := 60; width <= 200; width += 20 {
			for line := range strings.Lines(string(writeInventory(t, "table", report.NewInventory(d, report.InventoryFilter{}), report.Options{Width: width, Verbose: true}))) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width && text.IsClean(strings.TrimSuffix(line, "\n")) {
					t.Errorf("%s at %d columns: %d in %q", name, width, n, line)
				}
			}
		}
	}
}

// TestInventoryJSONHasTheFieldsOfTheReport: deployments are those of the report, with what an inventory adds, and the whole is not
// read as a report, which would take what was filtered out for fixed.
func TestInventoryJSONHasTheFieldsOfTheReport(t *testing.T) {
	d := reporttest.Session()
	inventory := writeInventory(t, "json", report.NewInventory(d, report.InventoryFilter{}), report.Options{})
	if _, err := report.Read(bytes.NewReader(inventory)); err == nil {
		t.Error("an inventory is read as a report")
	}
	entries := func(data []byte) []map[string]any {
		var of struct {
			Inventory []map[string]any `json:"inventory"`
		}
		if err := json.Unmarshal(data, &of); err != nil {
			t.Fatal(err)
		}
		return of.Inventory
	}
	want, got := entries(write(t, "json", d, report.Options{})), entries(inventory)
	for _, e := range got {
		if e["findings"] == nil {
			t.Errorf("no findings of %v", e["name"])
		}
		delete(e, "findings")
		delete(e, "revocable")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-report +inventory)\n%s", diff)
	}
}
