package format

import (
	"io"

	"apigee-audit/report"
	"apigee-audit/report/json"
	"apigee-audit/report/markdown"
	"apigee-audit/report/table"
)

// comparisonFormats is the one list of writers of comparisons, the default first.
func comparisonFormats() []format[*report.Comparison] {
	return []format[*report.Comparison]{
		{name: "table", write: table.WriteComparison, finish: report.BreakCommandsInText},
		{name: "json", write: json.WriteComparison},
		{name: "markdown", write: markdown.WriteComparison, finish: report.BreakCommandsInMarkup},
	}
}

// ComparisonFormats lists the names that [WriteComparison] knows, the default first.
func ComparisonFormats() []string { return names(comparisonFormats()) }

// WriteComparison writes a comparison in one of the [ComparisonFormats].
func WriteComparison(w io.Writer, name string, c *report.Comparison, o report.Options) error {
	return writeAs(w, "comparison", comparisonFormats(), name, c, o)
}
