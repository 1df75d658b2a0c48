package table

import (
	"strings"

	"apigee-audit/report"
)

// paintSeverity colours a severity's name with the sixteen colours that every terminal theme makes readable.
func paintSeverity(name string, on bool) string {
	codes := map[string]string{"high": "1;31", "medium": "33", "low": "36", "info": "2"}
	code, ok := codes[name]
	if !on || !ok {
		return name
	}
	return "\x1b[" + code + "m" + name + "\x1b[0m"
}

// paintBeginning colours the severity that a line begins with. Colours come after the drawing: nothing that measures texts knows
// escape sequences.
func paintBeginning(line, severity string, on bool) string {
	return paintSeverity(severity, on) + strings.TrimPrefix(line, severity)
}

// paintDiff colours a line of a diff as git does. Its sign says the same.
func paintDiff(line report.DiffLine, on bool) string {
	codes := map[report.DiffKind]string{report.DiffFile: "1", report.DiffHunk: "36", report.DiffRemoved: "31", report.DiffAdded: "32"}
	code, ok := codes[line.Kind]
	if !on || !ok {
		return line.Text
	}
	return "\x1b[" + code + "m" + line.Text + "\x1b[0m"
}
