package cli

import (
	"strings"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/text"
)

// shownDiff is a diff as stdout gets it: byte for byte, unless a person looks at it on a terminal. There it is coloured, and what
// a terminal would obey is shown as escapes.
func (a *app) shownDiff(c *config.Choices, diff string) string {
	if a.outWidth == 0 {
		return diff
	}
	colored := a.colored(c.NoColor)
	var b strings.Builder
	for line := range strings.Lines(diff) {
		parts := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		for i := range parts {
			parts[i] = text.Sanitize(parts[i])
		}
		line = strings.Join(parts, "\t")
		if color := diffColor(line); colored && color != "" {
			line = "\x1b[" + color + "m" + line + "\x1b[0m"
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// diffColor is the colour that a line of a diff has in Git, "" for none.
func diffColor(line string) string {
	switch {
	case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		return "1"
	case strings.HasPrefix(line, "@@"):
		return "36"
	case strings.HasPrefix(line, "+"):
		return "32"
	case strings.HasPrefix(line, "-"):
		return "31"
	}
	return ""
}
