package html

import (
	"strings"
	"testing"

	"apigee-audit/report/internal/reporttest"
)

// A fix is folded under its finding, and its diff can be told by its signs alone.
func TestHTMLShowsFixes(t *testing.T) {
	page := string(pageOf(t, reporttest.Single()))
	for _, want := range []string{
		`<details class="edit"><summary><span><b>Recommended fix</b> Refresh tokens with a new policy &#34;RefreshToken&#34; beside`,
		`<details class="edit"><summary><span><b>Another fix</b> `,
		"<dt>Also mends</dt><dd>low RT203 ", "<dt>Would change</dt><dd>RT101 in proxy pay becomes low RT106 ",
		"<dt>Proof</dt><dd>An audit with this change no longer reports the finding, ",
		`<pre class="diff"><b class="file">--- a/apiproxy/policies/GenerateToken.xml` + "\n" + `&#43;&#43;&#43; b/apiproxy/policies/GenerateToken.xml` + "\n" + `</b><b class="hunk">@@ -4,3 &#43;4,3 @@` + "\n</b>   &lt;SupportedGrantTypes&gt;\n" +
			"<del>-    &lt;GrantType&gt;any&lt;/GrantType&gt;\n</del><ins>&#43;    &lt;GrantType&gt;form&lt;/GrantType&gt;\n</ins>",
		`<p class="nofix"><b>No fix</b> No edit of a bundle mends this.</p>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	d := reporttest.Single()
	d.Findings[0].Fixes[0].Diff = "</pre><script>alert(1)</script>\n"
	if page := string(pageOf(t, d)); strings.Contains(page, "<script>alert") {
		t.Error("a diff becomes a script")
	}
}
