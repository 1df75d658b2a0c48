package html

import (
	"strings"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestHTMLHead(t *testing.T) {
	d := reporttest.WholeReport()
	d.Scope.Account, d.Scope.Command = "auditor@acme.example", "apigee-audit scan --org acme"
	page := string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{Rules: reporttest.Rules(), JSONReport: &report.JSONFile{Name: "audit.json", SHA256: strings.Repeat("ab", 32)}}))
	for _, want := range []string{
		"<dt>Read as</dt><dd>auditor@acme.example</dd>", "<dt>Command</dt><dd>apigee-audit scan --org acme</dd>", "<dt>Scope</dt><dd>No filter was set.",
		"<dt>JSON report</dt><dd>audit.json</dd>", "<dt>Its SHA-256</dt><dd>" + strings.Repeat("ab", 32) + "</dd>", "<dt>Signature</dt>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the head does not say %s", want)
		}
	}
	d.Scope.Proxies = []string{"login*"}
	if page := string(pageOf(t, d)); !strings.Contains(page, "<dt>Scope</dt><dd>Only proxies and shared flows that match login* are reported.") || strings.Contains(page, "SHA-256</dt>") {
		t.Error("the head does not say what narrows the report, or names a file that nobody knows")
	}
}

// Names of organizations are in the style sheet too, for the margins of printed pages.
func TestPageMarginsHoldTextOnly(t *testing.T) {
	d := organizations(`x"; } </style><script>alert(1)</script> \ '`)
	if said := string(pageMargins(d)); strings.ContainsAny(strings.NewReplacer("@page { @top-left { content: ", "", "; } @top-right { content: ", "", "; } @bottom-left { content: ", "", "; } }\n", "").Replace(said), "<>;{}'/") {
		t.Errorf("the style sheet has %s", said)
	}
	for text, want := range map[string]string{"": `""`, "aB9": `"aB9"`, `a "\é`: `"a\000020\000022\00005c\0000e9"`, "::error": `"\00003a\00003aerror"`} {
		if got := cssString(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
