package report

import "apigee-audit/audit/finding"

// Options are what a writer must know in addition to the document.
type Options struct {
	// Width is the terminal's width in columns; 0 if the output is not a terminal: one unwrapped line per finding.
	Width int
	// Color colours the severities, which are written as words in any case, and the lines of diffs, which have signs.
	Color bool
	// Links makes names and places in the table links; nil where the output is no terminal that takes them.
	Links *Links
	// Verbose adds the path of proof and the remediation of every finding to the table.
	Verbose bool
	// Rules are the rules that ran; SARIF lists them all, found or not, so that viewers close what is fixed.
	Rules []*finding.Rule
	// SARIFPath is the template of paths in live organizations, for formats whose readers look for files; "" is [DefaultPath].
	SARIFPath string
	// MaxBytes bounds a Markdown report; 0 is what a comment on GitHub may hold.
	MaxBytes int
	// WorkingDirectory is what paths of bundles from disk are relative to.
	WorkingDirectory string
	// JSONReport is the file that the report is also stored in; nil where there is none, or nobody knows.
	JSONReport *JSONFile
}

// Links are what a writer of links for terminals must know.
type Links struct {
	// Host is this machine's name, so that a terminal does not open the file of that name on another.
	Host string
}

// JSONFile is a stored JSON report.
type JSONFile struct {
	Name   string // without its folder, "" if unknown
	SHA256 string // of its bytes, in hexadecimal digits
}
