package table

import "apigee-audit/internal/text"

// wrap is [text.Wrap] for terminals.
func wrap(line string, width int) []string { return text.Wrap(line, width, displayWidth) }

// paragraph wraps text after a lead such as "  Fix: " and hangs the further lines under the text.
func paragraph(lead, line string, width int) string {
	return text.Paragraph(lead, line, width, minText, displayWidth)
}
