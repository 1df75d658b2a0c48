package audit

import (
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/apigee"
)

func excerptPolicy(t *testing.T, source string) *Policy {
	t.Helper()
	d, err := apigee.ParseXML("apiproxy/policies/P.xml", []byte(source), 100)
	if err != nil {
		t.Fatal(err)
	}
	p := &Policy{Type: d.Root.Name, Span: d.TagSpan(d.Root), Revoke: &Revocation{}}
	p.keepSource(d)
	return p
}

func TestExcerptHoldsItsPlace(t *testing.T) {
	var long strings.Builder
	long.WriteString("<?xml version=\"1.0\"?>\n<OAuthV2 name=\"P\">\n")
	for i := range 30 {
		long.WriteString("  <A>" + strings.Repeat("é", i%7) + "</A>\n")
	}
	long.WriteString("</OAuthV2>\n")
	lines := strings.Split(long.String(), "\n")
	p := excerptPolicy(t, long.String())
	for line := 2; line <= 33; line++ {
		e := p.excerpt(apigee.Span{Line: int32(line)})
		if e == nil {
			t.Fatalf("line %d has no excerpt", line)
		}
		got := strings.Split(e.Text, "\n")
		if len(got) != excerptLines || line < e.Line || line >= e.Line+len(got) || got[line-e.Line] != lines[line-1] {
			t.Errorf("line %d: excerpt from line %d:\n%s", line, e.Line, e.Text)
		}
	}
	if e := p.excerpt(apigee.Span{Line: 2}); e.Line != 2 {
		t.Errorf("the excerpt of a whole policy begins at line %d, want its root", e.Line)
	}
	for _, outside := range []int32{0, 1, 34, 1000} {
		if e := p.excerpt(apigee.Span{Line: outside}); e != nil {
			t.Errorf("line %d is no place of the policy, and the excerpt is %q", outside, e.Text)
		}
	}
}

func TestExcerptIsBounded(t *testing.T) {
	wide := "<OAuthV2 name=\"P\">\r\n" + strings.Repeat("  <A>"+strings.Repeat("ü", 200)+"</A>\r\n", 8) + "</OAuthV2>"
	p := excerptPolicy(t, wide)
	if len(p.source) > sourceBytes {
		t.Errorf("%d bytes are kept, at most %d may be", len(p.source), sourceBytes)
	}
	for line := 1; line <= 4; line++ {
		e := p.excerpt(apigee.Span{Line: int32(line)})
		if len(e.Text) > excerptBytes || strings.Contains(e.Text, "\r") {
			t.Errorf("line %d: %d bytes: %q", line, len(e.Text), e.Text)
		}
		if line < e.Line || line >= e.Line+strings.Count(e.Text, "\n")+1 {
			t.Errorf("line %d is not in the excerpt, which begins at line %d:\n%s", line, e.Line, e.Text)
		}
	}
	one := excerptPolicy(t, "<OAuthV2 name=\"P\"><A>"+strings.Repeat("ü", 5000)+"</A></OAuthV2>").excerpt(apigee.Span{Line: 1})
	if len(one.Text) > excerptBytes || !utf8.ValidString(one.Text) {
		t.Errorf("one long line is cut to %d bytes, valid %t", len(one.Text), utf8.ValidString(one.Text))
	}
}

func TestSourceIsKeptOnlyForFindings(t *testing.T) {
	d, err := apigee.ParseXML("p.xml", []byte(`<SpikeArrest name="P"><Rate>5ps</Rate></SpikeArrest>`), 100)
	if err != nil {
		t.Fatal(err)
	}
	p := &Policy{Type: "SpikeArrest"}
	p.keepSource(d)
	if p.source != "" || p.excerpt(apigee.Span{Line: 1}) != nil {
		t.Errorf("a policy that has nothing to do with tokens keeps %q", p.source)
	}
}
