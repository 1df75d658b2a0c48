// Package format has the one list of formats that a report or a comparison can be written in.
package format

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/csv"
	"apigee-audit/report/html"
	"apigee-audit/report/json"
	"apigee-audit/report/junit"
	"apigee-audit/report/markdown"
	"apigee-audit/report/sarif"
	"apigee-audit/report/table"
)

type format struct {
	name  string
	write func(io.Writer, *report.Document, report.Options) error
	// raw writers get the document as it is: they write dangerous characters as JSON escapes, which loses nothing.
	raw bool
	// finish breaks commands to CI services that pieces of a line form when joined, see [breakCommands]; nil for raw
	// writers, which see to that.
	finish func([]byte) []byte
}

// formats is the one list of writers, the default first.
func formats() []format {
	return []format{
		{name: "table", write: table.Write, finish: report.BreakCommandsInText},
		{name: "json", write: json.Write, raw: true},
		{name: "sarif", write: sarif.Write, raw: true},
		{name: "html", write: html.Write, finish: finishHTML},
		{name: "csv", write: csv.Write, finish: report.BreakCommandsInText},
		{name: "junit", write: junit.Write, finish: report.BreakCommandsInMarkup},
		{name: "markdown", write: markdown.Write, finish: report.BreakCommandsInMarkup},
	}
}

// finishHTML leaves our own style and script alone: styles have colons in pairs.
func finishHTML(page []byte) []byte {
	for _, end := range []string{"</style>", "</script>"} {
		begin := "<" + end[2:]
		before, rest, _ := bytes.Cut(page, []byte(begin))
		own, after, whole := bytes.Cut(rest, []byte(end))
		if whole {
			return slices.Concat(finishHTML(before), []byte(begin), own, []byte(end), finishHTML(after))
		}
	}
	return report.BreakCommandsInMarkup(page)
}

// Formats lists the names that [Write] knows, the default first.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Write writes the report in one of the [Formats]. Nothing is written when the report cannot be made whole, or when it is
// one that [Read] would refuse.
func Write(w io.Writer, name string, d *report.Document, o report.Options) error {
	for _, f := range formats() {
		if f.name != name {
			continue
		}
		if err := d.Check(); err != nil {
			return fmt.Errorf("make the %s report from an invalid document: %w", name, err)
		}
		if !f.raw {
			d, o.WorkingDirectory = report.Sanitized(d), text.Sanitize(o.WorkingDirectory) // which the document's paths are compared with
		}
		var b bytes.Buffer
		if err := f.write(&b, d, o); err != nil {
			return fmt.Errorf("make the %s report: %w", name, err)
		}
		text := b.Bytes()
		if f.finish != nil {
			text = f.finish(text)
		}
		if _, err := w.Write(text); err != nil {
			return fmt.Errorf("write the %s report: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("unknown report format %q: use %s", name, strings.Join(Formats(), ", "))
}
