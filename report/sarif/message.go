package sarif

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

const (
	// maxMessage is the longest message of a result that GitLab takes, in characters: it skips results with a longer one.
	// Source: docs.gitlab.com/user/application_security/detect/sarif_reports, "Limits".
	maxMessage = 1_024
	// shortMessage and shortWhere are what the message and the places have of it where all together are longer.
	shortMessage, shortWhere = 600, 160
)

// resultMessage is the message, whose first sentence GitHub makes the alert's title, then where it is deployed or where else on
// disk it is found, then the related places: viewers show those only when the text links to them. Readers of Markdown also get what
// to do, for which a result has no other place that they show, and a link to the revision in the console, "" for none.
func resultMessage(f finding.Finding, console string) sarifResultMessage {
	m := messageParts(f, func(s string, _ int) string { return s })
	if m.tooLong() {
		m = messageParts(f, text.Shorten)
	}
	for len(m.labels) > 0 && m.tooLong() {
		m.labels = m.labels[:len(m.labels)-1]
	}
	out := sarifResultMessage{Text: m.words + m.links(linkText)}
	if f.Remediation != "" {
		out.Markdown = inMarkdown(m.words) + m.links(inMarkdown) + " **Fix:** " + inMarkdown(f.Remediation)
		if console != "" {
			out.Markdown += " [Open in the console](" + console + ")"
		}
	}
	return out
}

// parts of a message are its words, and the related places that it links to behind them.
type parts struct {
	words  string
	labels []string
}

// messageParts puts a message together of texts as cut leaves them.
func messageParts(f finding.Finding, cut func(s string, most int) string) parts {
	var b strings.Builder
	b.WriteString(messageOf(sentence(cut(f.Message, shortMessage))).Text)
	if f.Confidence < finding.HighConfidence {
		fmt.Fprintf(&b, " The audit has %s confidence in this.", f.Confidence)
	}
	if where := report.DeployedIn(f.Deployments); where != "" && report.IsDeployed(&f) {
		b.WriteString(" Deployed: " + messageOf(cut(where, shortWhere)).Text + ".")
	}
	if paths := report.Elsewhere(&f); len(paths) > 0 {
		b.WriteString(" Also in: " + messageOf(cut(text.ListSome(paths, report.MostPaths), shortWhere)).Text + ".")
	}
	p := parts{words: b.String()}
	for _, h := range f.Related {
		p.labels = append(p.labels, cut(h.Label, shortWhere))
	}
	return p
}

func (p parts) tooLong() bool { return utf8.RuneCountInString(p.words+p.links(linkText)) > maxMessage }

// links is " See also [policy "A"](1), [policy "B"](2).", with labels as write makes them.
func (p parts) links(write func(string) string) string {
	if len(p.labels) == 0 {
		return ""
	}
	var all []string
	for i, label := range p.labels {
		all = append(all, fmt.Sprintf("[%s](%d)", write(label), i+1))
	}
	return " See also " + strings.Join(all, ", ") + "."
}

// inMarkdown is text from an organization that readers of Markdown show as it is.
func inMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>()#+!|~&$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
