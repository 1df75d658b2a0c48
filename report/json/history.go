package json

import (
	"io"

	"apigee-audit/report"
	"apigee-audit/report/history"
)

// WriteHistory writes what became of findings for programs: see the JSON Schema in [history.Schema].
func WriteHistory(w io.Writer, h *history.History, _ report.Options) error {
	return report.Encode(w, h)
}
