package format

import (
	"fmt"
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

// WriteComparison writes a comparison in one of the [ComparisonFormats], whole or not at all.
func WriteComparison(w io.Writer, name string, c *report.Comparison, o report.Options) error {
	f, err := named("comparison", comparisonFormats(), name)
	if err != nil {
		return err
	}
	page, err := f.page(c, o)
	if err != nil {
		return fmt.Errorf("make the %s comparison: %w", name, err)
	}
	_, err = w.Write(page)
	return err
}
