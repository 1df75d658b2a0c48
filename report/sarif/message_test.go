package sarif

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/audit/finding"
	"apigee-audit/report/internal/reporttest"
)

// GitLab skips a result with a message of more than 1,024 characters, and then the finding is missing there.
func TestMessagesFitGitLab(t *testing.T) {
	f := reporttest.NeverRefreshed()
	whole := resultMessage(f, "")
	if !strings.HasPrefix(whole.Text, f.Message) || strings.Count(whole.Text, "](") != len(f.Related) {
		t.Errorf("a short message is cut: %s", whole.Text)
	}
	f.Message = strings.TrimSuffix(f.Message, ".") + strings.Repeat(", é and so on", 200) + "."
	for i := range 60 {
		f.Deployments = append(f.Deployments, finding.Deployed{Environment: fmt.Sprintf("environment-%d", i), Revision: "1"})
		f.Related = append(f.Related, finding.Hop{Label: fmt.Sprintf(`policy "Number [%d] of many"`, i), Kind: f.Kind, Name: f.Name})
	}
	cut := resultMessage(f, "")
	if n := utf8.RuneCountInString(cut.Text); n > maxMessage || n < maxMessage/2 {
		t.Errorf("the message has %d characters", n)
	}
	if !strings.HasPrefix(cut.Text, `Policy "GenerateToken" issues refresh tokens`) || !strings.Contains(cut.Text, " Deployed: ") || !strings.Contains(cut.Text, " See also [") {
		t.Errorf("a part of the message is missing: %s", cut.Text)
	}
	f.Related, f.Message = nil, "x"
	if got := resultMessage(f, "").Text; utf8.RuneCountInString(got) > maxMessage {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}

// Readers of Markdown see what to do, and nothing from an organization takes effect.
func TestMarkdownHasTheRemedy(t *testing.T) {
	f := reporttest.NeverRefreshed()
	f.Message, f.Remediation = "Policy <b>*x*</b> [y](https://evil.example) `z`.", "Delete the policy."
	f.Related = f.Related[:1]
	f.Related[0].Label = "a <i>label</i>]("
	m := resultMessage(f, "")
	for _, want := range []string{`Policy \<b\>\*x\*\</b\> \[y\] \(https://evil.example\) \` + "`z" + `\` + "`", `[a \<i\>label\</i\>\]\(](1)`, " **Fix:** Delete the policy."} {
		if !strings.Contains(m.Markdown, want) {
			t.Errorf("%q is missing in %s", want, m.Markdown)
		}
	}
	if strings.Contains(m.Text, "Fix:") {
		t.Errorf("the text has the remedy too: %s", m.Text)
	}
}
