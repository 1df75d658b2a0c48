package format

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/table"
)

// FuzzStoredReport: what is read as a report can be written in every format, read again as the same, merged and compared;
// its JSON follows the schema, and nothing in it is obeyed by a terminal or a CI service.
func FuzzStoredReport(f *testing.F) {
	for _, d := range reporttest.Documents() {
		var b bytes.Buffer
		if err := Write(&b, "json", d, report.Options{}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	var full bytes.Buffer
	if err := Write(&full, "json", reporttest.Full(), report.Options{}); err != nil {
		f.Fatal(err)
	}
	f.Add(full.Bytes())
	f.Add([]byte(`{"schemaVersion": 1, "findings": [{"severity": "high", "confidence": "low", "kind": "apis", "message": "##[x]::y::"}]}`))
	schema := reporttest.CompiledSchema(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := report.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		text := write(t, "json", d, report.Options{})
		checkSchema(t, schema, text)
		again, err := report.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("what was written is refused: %v in\n%s", err, text)
		}
		if diff := cmp.Diff(string(text), string(write(t, "json", again, report.Options{}))); diff != "" {
			t.Fatalf("it changes from one writing to the next (-first +second):\n%s", diff)
		}
		for _, format := range Formats() {
			checkNotObeyed(t, format, write(t, format, d, report.Options{Rules: reporttest.Rules(), Width: 80, Verbose: true}))
		}
		var b bytes.Buffer
		for _, f := range d.Findings[:min(3, len(d.Findings))] {
			b.Reset()
			_ = table.Explain(&b, d, f.Fingerprint, report.Options{}) // several may share it, or it may be empty
			checkNotObeyed(t, "table", b.Bytes())
		}
		for _, format := range ComparisonFormats() {
			for _, c := range []*report.Comparison{report.Compare(d, reporttest.CleanBill()), report.Compare(reporttest.CleanBill(), d), report.Compare(d, d)} {
				b.Reset()
				if err := WriteComparison(&b, format, c, report.Options{}); err != nil {
					t.Fatal(err)
				}
				checkNotObeyed(t, format, b.Bytes())
			}
		}
		checkInventories(t, d)
		checkMerges(t, schema, d)
	})
}

// checkInventories asks a report what its deployments do, and about an incident of the first.
func checkInventories(t *testing.T, d *report.Document) {
	t.Helper()
	var b bytes.Buffer
	for _, format := range InventoryFormats() {
		b.Reset()
		if err := WriteInventory(&b, format, report.NewInventory(d, report.InventoryFilter{}), report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		checkNotObeyed(t, format, b.Bytes())
	}
	for i := range d.Inventory[:min(2, len(d.Inventory))] {
		in := report.NewIncident(d, d.Inventory[i].Kind, d.Inventory[i].Name, report.InventoryFilter{})
		for _, format := range IncidentFormats() {
			b.Reset()
			if in == nil {
				continue
			}
			if err := WriteIncident(&b, format, in, report.Options{Width: 80}); err != nil {
				t.Fatal(err)
			}
			checkNotObeyed(t, format, b.Bytes())
		}
	}
}

// checkMerges merges a report with itself and with another. A report may contradict itself, which merging says.
func checkMerges(t *testing.T, schema *jsonschema.Schema, d *report.Document) {
	t.Helper()
	for _, other := range []*report.Document{d, reporttest.CleanBill()} {
		m, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a.json", Document: d}, {Name: "b.json", Document: other}})
		if err != nil {
			continue
		}
		if m.Complete && (!d.Complete || !other.Complete) {
			t.Errorf("merging makes an incomplete report complete")
		}
		var b bytes.Buffer
		if err := Write(&b, "json", m, report.Options{}); err != nil {
			continue // numbers may be too large for their sum
		}
		checkSchema(t, schema, b.Bytes())
		if _, err := report.Read(&b); err != nil {
			t.Errorf("what was merged is refused: %v", err)
		}
	}
}

func checkSchema(t *testing.T, schema *jsonschema.Schema, text []byte) {
	t.Helper()
	if err := reporttest.Validate(t, schema, text); err != nil {
		t.Errorf("%v in:\n%s", err, text)
	}
}

func checkNotObeyed(t *testing.T, format string, text []byte) {
	t.Helper()
	if bad := obeyed(format, string(text)); len(bad) > 0 {
		t.Errorf("%s passes on %q", format, bad[0])
	}
}
