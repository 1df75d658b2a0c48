package sarif

import (
	"regexp"
	"strings"
)

// plainText is a rule's page for viewers without Markdown: headings, code and lists keep their lines and lose their
// marks, links show their address.
func plainText(page string) string {
	link := regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]*)\)`)
	var out []string
	code := false
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			continue
		case code:
			line = "    " + line
		default:
			line = strings.TrimLeft(line, "# ")
			line = link.ReplaceAllString(line, "$1 ($2)")
			line = strings.NewReplacer("`", "", "**", "").Replace(line)
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// firstParagraph is the first prose of a page, on one line.
func firstParagraph(page string) string {
	var words []string
	code := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
		case code, strings.HasPrefix(line, "#"):
		case line != "":
			words = append(words, strings.Fields(plainText(line))...)
			continue
		}
		if len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	return strings.Join(words, " ")
}
