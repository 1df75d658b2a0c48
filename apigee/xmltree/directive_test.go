package xmltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirectives(t *testing.T) {
	const file = "<!-- apigee-audit:ignore RT201 first -->\n<A>\n  é<!--apigee-audit:ignore RT202\r\n  second-->\n" +
		"  <B><!-- see apigee-audit:ignore RT203 --></B><![CDATA[<!-- apigee-audit:ignore RT204 -->]]>\n</A>\n<!-- apigee-audit:other -->"
	d, err := Parse("a.xml", []byte(file), 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []Text{
		{"apigee-audit:ignore RT201 first", Span{1, 1, 1, 41}},
		{"apigee-audit:ignore RT202\n  second", Span{3, 4, 4, 12}},
		{"apigee-audit:other", Span{7, 1, 7, 28}},
	}
	if diff := cmp.Diff(want, d.Directives); diff != "" {
		t.Errorf("directives (-want +got):\n%s", diff)
	}
}

func TestDirectivesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("<A>")
	for i := range 3 * maxDirectives {
		fmt.Fprintf(&b, "<!-- apigee-audit:ignore RT%d x -->", i)
	}
	b.WriteString("</A>")
	d, err := Parse("a.xml", []byte(b.String()), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Directives) != maxDirectives {
		t.Errorf("%d directives are kept", len(d.Directives))
	}
	d, err = Parse("a.xml", []byte("<A><!-- apigee-audit:ignore "+strings.Repeat("x", maxDirective)+" --></A>"), 10)
	if err != nil || len(d.Directives) != 0 {
		t.Errorf("an endless directive: %d kept, error %v", len(d.Directives), err)
	}
}
