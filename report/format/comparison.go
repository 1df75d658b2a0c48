package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/json"
	"apigee-audit/report/markdown"
	"apigee-audit/report/table"
)

type comparisonFormat struct {
	name   string
	write  func(io.Writer, *report.Comparison, report.Options) error
	raw    bool                // as in format
	finish func([]byte) []byte // as in format
}

func comparisonFormats() []comparisonFormat {
	return []comparisonFormat{
		{name: "table", write: table.WriteComparison, finish: report.BreakCommandsInText},
		{name: "json", write: json.WriteComparison, raw: true},
		{name: "markdown", write: markdown.WriteComparison, finish: report.BreakCommandsInMarkup},
	}
}

// ComparisonFormats lists the names that [WriteComparison] knows, the default first.
func ComparisonFormats() []string {
	var names []string
	for _, f := range comparisonFormats() {
		names = append(names, f.name)
	}
	return names
}

// WriteComparison writes a comparison in one of the [ComparisonFormats], whole or not at all.
func WriteComparison(w io.Writer, name string, c *report.Comparison, o report.Options) error {
	for _, f := range comparisonFormats() {
		if f.name != name {
			continue
		}
		if !f.raw {
			c, o.WorkingDirectory = report.Sanitized(c), text.Sanitize(o.WorkingDirectory)
		}
		var b bytes.Buffer
		if err := f.write(&b, c, o); err != nil {
			return fmt.Errorf("make the %s comparison: %w", name, err)
		}
		text := b.Bytes()
		if f.finish != nil {
			text = f.finish(text)
		}
		_, err := w.Write(text)
		return err
	}
	return fmt.Errorf("unknown comparison format %q: use %s", name, strings.Join(ComparisonFormats(), ", "))
}
