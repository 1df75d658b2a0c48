// Package json writes a report and a comparison for programs. The document itself has the fields; its schema is
// [report.Schema].
package json

import (
	"io"

	"apigee-audit/report"
)

func Write(w io.Writer, d *report.Document, _ report.Options) error { return report.Encode(w, d) }
