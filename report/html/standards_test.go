package html

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"apigee-audit/report/internal/reporttest"
)

func TestHTMLCountsFindingsByStandard(t *testing.T) {
	root, err := html.Parse(strings.NewReader(string(pageOf(t, reporttest.Rich()))))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for n := range root.Descendants() {
		if n.Data != "tr" || n.Parent.Parent == nil || !slices.ContainsFunc(n.Parent.Parent.Attr, func(a html.Attribute) bool { return a.Val == "standards" }) {
			continue
		}
		var cells []string
		for c := range n.ChildNodes() {
			cells = append(cells, textOf(c))
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	// Of RT106 there are two findings, and one is accepted.
	want := []string{
		"Entry|Title|Rules|Findings|Failed|Accepted|Not looked at|Passed",
		"CWE", "CWE-613|Insufficient Session Expiration|RT101|1|1|0|3|3", "CWE-1059|Insufficient Technical Documentation|RT101, RT106|2|2|1|2|2",
		"OWASP API Security Top 10 2023", "API8:2023|Security Misconfiguration|RT101|1|1|0|3|3",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("the table is\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}
