package html

import (
	"strings"
	"testing"
)

func TestRenderMarkdown(t *testing.T) {
	for name, c := range map[string]struct{ page, want, never string }{
		"heading goes down":  {"## Why", "<h3>Why</h3>", "<h2"},
		"code is text":       {"```xml\n<A b=\"c\"/>\n```", "&lt;A b=&quot;c&quot;/&gt;", "<A"},
		"inline code":        {"use `<A>`", "<code>&lt;A&gt;</code>", "<A>"},
		"table":              {"| a | b |\n|---|---|\n| c | `<A>` |", "<td><code>&lt;A&gt;</code></td>", "|"},
		"list":               {"- one\n- two", "<li>one</li>", ""},
		"link":               {"[x](https://example.com/a)", `<a href="https://example.com/a" rel="noopener noreferrer">x</a>`, ""},
		"other link":         {"[x](javascript:alert(1))", "<p>x</p>", "<a"},
		"plain http":         {"[x](http://example.com)", "<p>x</p>", "<a"},
		"raw HTML":           {"<script>alert(1)</script>\n\nok", "<p>ok</p>", "<script"},
		"raw HTML in a line": {"a <img src=x onerror=alert(1)> b", "a ", "<img"},
		"picture":            {"![x](https://example.com/a.png)", "<p>x</p>", "<img"},
		"other address":      {"<http://example.com/b>", "<p>http://example.com/b</p>", "<a"},
		"bare address":       {"<https://example.com/b>", `<a href="https://example.com/b" rel="noopener noreferrer">`, ""},
	} {
		got, err := renderMarkdown(c.page)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(string(got), c.want) || c.never != "" && strings.Contains(string(got), c.never) {
			t.Errorf("%s: %q becomes %q", name, c.page, got)
		}
	}
}
