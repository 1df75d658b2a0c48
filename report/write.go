package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// Options are what a writer must know beside the document.
type Options struct {
	// Width is the terminal's width in columns; 0 when the output is no terminal: one unwrapped line per finding.
	Width int
	// Color colours the severities; they are words all the same.
	Color bool
	// Verbose adds the path of proof and the remediation of every finding to the table.
	Verbose bool
	// Rules are the rules that ran; SARIF lists them all, found or not, so that viewers close what is fixed.
	Rules []*audit.Rule
	// SARIFPath is the template of the paths in SARIF reports of live organizations; "" is [DefaultSARIFPath].
	SARIFPath string
	// MaxBytes bounds a Markdown report; 0 is [DefaultMarkdownBytes].
	MaxBytes int
	// WorkingDirectory is what SARIF paths of bundles from disk are relative to.
	WorkingDirectory string
}

type format struct {
	name  string
	write func(io.Writer, *Document, Options) error
	// raw writers get the document as it is: they spell what must not be obeyed in the way of JSON, which loses nothing.
	raw bool
	// finish breaks commands to CI services that pieces of a line come to together, see [breakCommands]; nil for raw writers,
	// which see to that.
	finish func([]byte) []byte
}

// formats is the one list of writers, the default first.
func formats() []format {
	return []format{
		{name: "table", write: writeTable, finish: finishText},
		{name: "json", write: writeJSON, raw: true},
		{name: "sarif", write: writeSARIF, raw: true},
		{name: "html", write: writeHTML, finish: finishHTML},
		{name: "csv", write: writeCSV, finish: finishText},
		{name: "junit", write: writeJUnit, finish: finishMarkup},
		{name: "markdown", write: writeMarkdown, finish: finishMarkup},
	}
}

func finishText(page []byte) []byte {
	return breakCommands(page, func(c byte) string { return text.Escape(rune(c)) })
}

func finishMarkup(page []byte) []byte {
	return breakCommands(page, func(c byte) string { return entity(rune(c)) })
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
	return finishMarkup(page)
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
func Write(w io.Writer, name string, d *Document, o Options) error {
	for _, f := range formats() {
		if f.name != name {
			continue
		}
		if err := d.check(); err != nil {
			return fmt.Errorf("make the %s report, which is not one: %w", name, err)
		}
		if !f.raw {
			d, o.WorkingDirectory = Sanitized(d), text.Sanitize(o.WorkingDirectory) // which the document's paths are compared with
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
