package reporttest

import (
	"bytes"
	"io"
	"testing"

	"apigee-audit/report"
)

// Write is what a writer makes of a document as it is given: sanitizing it is for the caller to do, see
// [report.Sanitized].
func Write(t testing.TB, write func(io.Writer, *report.Document, report.Options) error, d *report.Document, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// JSON is a document as the JSON report has it.
func JSON(t testing.TB, d *report.Document) []byte {
	t.Helper()
	return Write(t, func(w io.Writer, d *report.Document, _ report.Options) error { return report.Encode(w, d) }, d, report.Options{})
}
