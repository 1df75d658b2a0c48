package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"apigee-audit/audit"
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
}

// formats is the one list of writers, the default first.
func formats() []format {
	return []format{
		{"table", writeTable},
		{"json", writeJSON},
		{"sarif", writeSARIF},
		{"html", writeHTML},
		{"csv", writeCSV},
		{"junit", writeJUnit},
		{"markdown", writeMarkdown},
	}
}

// Formats lists the names that [Write] knows, the default first.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Write writes the report in one of the [Formats]. Nothing is written when the report cannot be made whole.
func Write(w io.Writer, name string, d *Document, o Options) error {
	for _, f := range formats() {
		if f.name != name {
			continue
		}
		var b bytes.Buffer
		if err := f.write(&b, d, o); err != nil {
			return fmt.Errorf("make the %s report: %w", name, err)
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("write the %s report: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("unknown report format %q: use %s", name, strings.Join(Formats(), ", "))
}
