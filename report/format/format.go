// Package format has the lists of formats that reports, and what is made of them, can be written in.
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
	"apigee-audit/report/dot"
	"apigee-audit/report/github"
	"apigee-audit/report/gitlab"
	"apigee-audit/report/html"
	"apigee-audit/report/json"
	"apigee-audit/report/junit"
	"apigee-audit/report/markdown"
	"apigee-audit/report/mermaid"
	"apigee-audit/report/ocsf"
	"apigee-audit/report/prometheus"
	"apigee-audit/report/sarif"
	"apigee-audit/report/table"
)

// format is one that a T can be written in: a report, a comparison, an inventory, an incident or a history.
type format[T any] struct {
	name  string
	write func(io.Writer, T, report.Options) error
	// finish breaks commands to CI services that pieces of a line form when joined, see [report.BreakCommandsInText]; nil for
	// writers that see to that themselves. Those get everything as it is: they write dangerous characters as JSON escapes, which
	// loses nothing.
	finish func([]byte) []byte
}

// formats is the one list of writers of reports, the default first.
func formats() []format[*report.Document] {
	return []format[*report.Document]{
		{name: "table", write: table.Write, finish: report.BreakCommandsInText},
		{name: "json", write: json.Write},
		{name: "sarif", write: sarif.Write},
		{name: "html", write: html.Write, finish: finishHTML},
		{name: "csv", write: csv.Write, finish: report.BreakCommandsInText},
		{name: "csv-inventory", write: csv.WriteInventory, finish: report.BreakCommandsInText},
		{name: "csv-controls", write: csv.WriteControls, finish: report.BreakCommandsInText},
		{name: "junit", write: junit.Write, finish: report.BreakCommandsInMarkup},
		{name: "markdown", write: markdown.Write, finish: report.BreakCommandsInMarkup},
		{name: "markdown-summary", write: markdown.WriteSummary, finish: report.BreakCommandsInMarkup},
		{name: "github", write: github.Write, finish: asItIs},
		{name: "gitlab-codequality", write: gitlab.WriteCodeQuality},
		{name: "ocsf", write: ocsf.Write},
		{name: "prometheus", write: prometheus.Write, finish: asItIs},
		{name: "mermaid", write: mermaid.Write, finish: asItIs},
		{name: "dot", write: dot.Write, finish: asItIs},
	}
}

// asItIs is for writers whose output an escape would spoil: they see to it that nothing from outside is a command.
func asItIs(page []byte) []byte { return page }

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
func Formats() []string { return names(formats()) }

// Write writes the report in one of the [Formats]. Nothing is written of a report that [report.Read] would refuse.
func Write(w io.Writer, name string, d *report.Document, o report.Options) error {
	f, err := named("report", formats(), name)
	if err != nil {
		return err
	}
	if err := d.Check(); err != nil {
		return fmt.Errorf("make the %s report from an invalid document: %w", name, err)
	}
	return f.writeTo(w, "report", d, o)
}

func names[T any](all []format[T]) []string {
	var out []string
	for _, f := range all {
		out = append(out, f.name)
	}
	return out
}

// named finds a format; what is what it is for.
func named[T any](what string, all []format[T], name string) (format[T], error) {
	for _, f := range all {
		if f.name == name {
			return f, nil
		}
	}
	return format[T]{}, fmt.Errorf("unknown %s format %q: use %s", what, name, strings.Join(names(all), ", "))
}

// writeAs writes something in one of its formats; what is what it is.
func writeAs[T any](w io.Writer, what string, all []format[T], name string, v T, o report.Options) error {
	f, err := named(what, all, name)
	if err != nil {
		return err
	}
	return f.writeTo(w, what, v, o)
}

// writeTo writes something; what is what it is. What has to be looked at as a whole is written whole or not at all.
func (f format[T]) writeTo(w io.Writer, what string, v T, o report.Options) error {
	if f.finish == nil {
		if err := f.write(w, v, o); err != nil {
			return fmt.Errorf("write the %s %s: %w", f.name, what, err)
		}
		return nil
	}
	page, err := f.page(v, o)
	if err != nil {
		return fmt.Errorf("make the %s %s: %w", f.name, what, err)
	}
	if _, err := w.Write(page); err != nil {
		return fmt.Errorf("write the %s %s: %w", f.name, what, err)
	}
	return nil
}

// page is the whole of what is to be written.
func (f format[T]) page(v T, o report.Options) ([]byte, error) {
	v, o.WorkingDirectory = report.Sanitized(v), text.Sanitize(o.WorkingDirectory) // which paths are compared with
	var b bytes.Buffer
	if err := f.write(&b, v, o); err != nil {
		return nil, err
	}
	return f.finish(b.Bytes()), nil
}
