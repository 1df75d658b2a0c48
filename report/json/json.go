// Package json writes a report and a comparison for programs. The document itself has the fields; its schema is
// [report.Schema].
package json

import (
	"io"

	"apigee-audit/report"
)

// Write writes the document as it is. Nothing of it is lost: what a terminal might obey is spelled with escapes of JSON.
func Write(w io.Writer, d *report.Document, _ report.Options) error { return report.Encode(w, d) }
