package format

import (
	"io"

	"apigee-audit/report"
	"apigee-audit/report/csv"
	"apigee-audit/report/history"
	"apigee-audit/report/html"
	"apigee-audit/report/json"
	"apigee-audit/report/table"
)

// historyFormats is the one list of writers of histories, the default first.
func historyFormats() []format[*history.History] {
	return []format[*history.History]{
		{name: "table", write: table.WriteHistory, finish: report.BreakCommandsInText},
		{name: "json", write: json.WriteHistory},
		{name: "csv", write: csv.WriteHistory, finish: report.BreakCommandsInText},
		{name: "html", write: html.WriteHistory, finish: finishHTML},
	}
}

// HistoryFormats lists the names that [WriteHistory] knows, the default first.
func HistoryFormats() []string { return names(historyFormats()) }

// WriteHistory writes a history in one of the [HistoryFormats].
func WriteHistory(w io.Writer, name string, h *history.History, o report.Options) error {
	return writeAs(w, "history", historyFormats(), name, h, o)
}
