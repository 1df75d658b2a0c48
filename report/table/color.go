package table

import (
	"strings"

	"apigee-audit/report"
)

// paint puts a text in a colour of ECMA-48; there is none without a code.
func paint(s, code string, on bool) string {
	if !on || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// paintSeverity colours a severity's name with the sixteen colours that every terminal theme makes readable.
func paintSeverity(name string, on bool) string {
	return paint(name, map[string]string{"high": "1;31", "medium": "33", "low": "36", "info": "2"}[name], on)
}

// paintState colours the state of an item of a checklist.
func paintState(state string, on bool) string {
	return paint(state, map[string]string{"ok": "32", "warning": "33", "failed": "1;31", "skipped": "2"}[state], on)
}

// paintBeginning colours the severity that a line begins with. Colours come after the drawing: nothing that measures texts knows
// escape sequences.
func paintBeginning(line, severity string, on bool) string {
	return paintSeverity(severity, on) + strings.TrimPrefix(line, severity)
}

// paintDiff colours a line of a diff as git does. Its sign says the same.
func paintDiff(line report.DiffLine, on bool) string {
	codes := map[report.DiffKind]string{report.DiffFile: "1", report.DiffHunk: "36", report.DiffRemoved: "31", report.DiffAdded: "32"}
	return paint(line.Text, codes[line.Kind], on)
}
