package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"apigee-audit/internal/jsontext"
)

// readBounds are what a stored report may hold, so that decoding it takes little more memory than its size in bytes:
// two to three times what a report of 128 MB written by an audit contains.
func readBounds() jsontext.Bounds {
	return jsontext.Bounds{Entries: 400_000, Objects: 1_500_000, Values: 12_000_000}
}

// Read reads a stored JSON report. Fields that this version does not know are ignored: they come from a newer one that
// added them. What the schema rules out is refused.
func Read(r io.Reader) (*Document, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if err := readBounds().Check(data); err != nil {
		return nil, fmt.Errorf("the file is not an audit report: %w", err)
	}
	var head struct {
		SchemaVersion *int `json:"schemaVersion"`
	}
	// A byte order mark is what some shells put before redirected output.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, notReport(data, err)
	}
	switch {
	case head.SchemaVersion == nil:
		return nil, errors.New("the file is JSON but not an audit report: it has no schemaVersion; make one with --format json")
	case *head.SchemaVersion != SchemaVersion:
		return nil, fmt.Errorf("the report has schema version %d and this program reads version %d: use the version of apigee-audit that wrote it",
			*head.SchemaVersion, SchemaVersion)
	}
	d := &Document{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, notReport(data, err)
	}
	d.fill()
	d.modernize()
	d.identify()
	d.matchEdges()
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("the file is not an audit report: %w", err)
	}
	// Counts follow from what is counted, and nothing is complete that has problems.
	d.Summary = summarize(d)
	d.Complete = d.Complete && d.whole()
	d.Controls = controlsOf(d)
	return d, nil
}

// notReport says where the JSON breaks, in lines as editors count them.
func notReport(data []byte, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("the file is empty: a report made with --format json is expected")
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the file is not JSON, line %d: %w", lineOf(data, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("the file is not an audit report, line %d: %s is of type %s", lineOf(data, kind.Offset), fieldName(kind.Field), kind.Value)
	}
	return fmt.Errorf("the file is not an audit report: %w", err)
}

func fieldName(field string) string {
	if field == "" {
		return "it"
	}
	return field
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
}
