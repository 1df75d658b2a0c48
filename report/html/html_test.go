package html

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func pageOf(t *testing.T, d *report.Document) []byte {
	t.Helper()
	return reporttest.Write(t, Write, report.Sanitized(d), report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"})
}

// hostileExcerpt is the report with everything in it, XML included, made to break out of wherever it stands.
func hostileExcerpt() *report.Document {
	d := reporttest.Rich()
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Excerpt = &finding.Excerpt{Line: 1, Text: "</li></ol><script>alert(1)</script>\n" + reporttest.Hostile + "\"'><img src=x onerror=alert(1)>"}
		f.Fingerprint = `"><script>alert(2)</script>` + f.Fingerprint
		f.Suppression = &finding.Suppression{Reason: "</p><script>alert(9)</script>" + reporttest.Hostile, Source: finding.FromPolicy}
		f.RuleName = `</a><script>alert(3)</script>`
		f.Message += "</script><!--<script>javascript:alert(4)"
		f.Organization += `" onmouseover="alert(5)`
		f.Deployments = append(f.Deployments, finding.Deployed{Environment: `"]' autofocus onfocus=alert(6) x='</style>`, Revision: "<b>1</b>"})
		f.Path = append(f.Path, finding.Hop{
			What: finding.HopFlow, Named: "<svg onload=alert(7)>", Condition: "{{.}} </title>", Label: `flow "<svg onload=alert(7)>" when {{.}} </title>`, Kind: apigee.KindProxy, Name: "</h4><iframe src=//evil.example>",
		})
	}
	for i := range d.Inventory {
		d.Inventory[i].Environment = "</td><script src=https://evil.example/x.js></script>"
		d.Inventory[i].Grants = []string{"=HYPERLINK(1)", "<u>"}
		d.Inventory[i].SHA256 = "<i>" + reporttest.Hostile
	}
	d.Tool.Version = "</p><script>alert(8)</script>"
	d.Normalize()
	return d
}

func TestHTMLIsAPureFunction(t *testing.T) {
	if a, b := pageOf(t, reporttest.Rich()), pageOf(t, reporttest.Rich()); !bytes.Equal(a, b) {
		t.Error("two pages of one document differ")
	}
}

// pageCheck walks a parsed page once and keeps what the tests ask about.
type pageCheck struct {
	ids, inputs, references []string
	labels                  map[string]bool // ids that a label is for
	count                   map[string]int  // elements by name
	text                    map[string]string
	policy                  string
	faults                  []string
}

func checkPage(t *testing.T, page []byte) *pageCheck {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	c := &pageCheck{labels: map[string]bool{}, count: map[string]int{}, text: map[string]string{}}
	c.walk(root, false)
	return c
}

func (c *pageCheck) walk(n *html.Node, labelled bool) {
	if n.Type == html.ElementNode {
		c.count[n.Data]++
		labelled = labelled || n.Data == "label"
		c.element(n, labelled)
		if n.Data == "script" || n.Data == "style" || n.Data == "h1" {
			c.text[n.Data] = textOf(n)
		}
	}
	for child := range n.ChildNodes() {
		c.walk(child, labelled)
	}
}

func (c *pageCheck) element(n *html.Node, labelled bool) {
	attrs := map[string]string{}
	for _, a := range n.Attr {
		attrs[a.Key] = a.Val
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "autofocus" {
			c.faults = append(c.faults, fmt.Sprintf("<%s> has %s=%q", n.Data, a.Key, a.Val))
		}
	}
	if attrs["http-equiv"] == "Content-Security-Policy" {
		c.policy = attrs["content"]
	}
	if id, ok := attrs["id"]; ok {
		c.ids = append(c.ids, id)
	}
	if n.Data == "label" {
		c.labels[attrs["for"]] = true
	}
	if (n.Data == "input" || n.Data == "select") && !labelled {
		c.inputs = append(c.inputs, attrs["id"])
	}
	for _, a := range []string{"aria-labelledby", "for"} {
		if v, ok := attrs[a]; ok {
			c.references = append(c.references, v)
		}
	}
	for _, loading := range []string{"src", "srcset", "data", "poster", "action", "formaction", "xlink:href", "background"} {
		if v, ok := attrs[loading]; ok {
			c.faults = append(c.faults, fmt.Sprintf("<%s> loads %s=%q", n.Data, loading, v))
		}
	}
	href, ok := attrs["href"]
	switch {
	case !ok:
	case n.Data != "a":
		c.faults = append(c.faults, fmt.Sprintf("<%s> loads %q", n.Data, href))
	case strings.HasPrefix(href, "#"):
		c.references = append(c.references, href[1:])
	case !strings.HasPrefix(href, "https://") || attrs["rel"] != "noopener noreferrer":
		c.faults = append(c.faults, fmt.Sprintf("link to %q with rel %q", href, attrs["rel"]))
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestHTMLIsSoundWhateverIsInIt(t *testing.T) {
	all := reporttest.Documents()
	all["excerpt"], all["hostile"] = reporttest.WithExcerpt(), hostileExcerpt()
	for name, d := range all {
		page := pageOf(t, d)
		c := checkPage(t, page)
		for element, want := range map[string]int{"h1": 1, "main": 1, "header": 1, "footer": 1, "nav": 1, "script": 1, "style": 1, "title": 1,
			"iframe": 0, "img": 0, "object": 0, "embed": 0, "link": 0, "base": 0, "u": 0} {
			if got := c.count[element]; got != want {
				t.Errorf("%s: %d <%s>, want %d", name, got, element, want)
			}
		}
		for _, fault := range c.faults {
			t.Errorf("%s: %s", name, fault)
		}
		sorted := slices.Sorted(slices.Values(c.ids))
		if unique := slices.Compact(slices.Clone(sorted)); len(unique) != len(sorted) {
			t.Errorf("%s: an id is there twice: %q", name, sorted)
		}
		for _, r := range c.references {
			if !slices.Contains(c.ids, r) {
				t.Errorf("%s: something refers to %q, which is not there", name, r)
			}
		}
		for _, id := range c.inputs {
			if id == "" || !c.labels[id] {
				t.Errorf("%s: input %q has no label", name, id)
			}
		}
		want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
			sourceHash(c.text["style"]), sourceHash(c.text["script"]))
		if c.policy != want {
			t.Errorf("%s: the policy does not fit what it allows\n got %s\nwant %s", name, c.policy, want)
		}
	}
}

func TestHTMLShowsHostileTextAsText(t *testing.T) {
	page := string(pageOf(t, hostileExcerpt()))
	for _, want := range []string{
		`\u202egnp`, `\x1b]0;owned\x07`, `\u200b`, `\xff[click]`,
		"&lt;script&gt;alert(1)&lt;/script&gt;", "onerror=alert(1)&gt;", "&lt;svg onload=alert(7)&gt;", "{{.}} &lt;/title&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if i := strings.IndexFunc(page, func(r rune) bool { return r != '\n' && !text.Visible(r) }); i >= 0 {
		t.Errorf("an invisible character is in the page: %q", page[max(i-40, 0):i+10])
	}
}
