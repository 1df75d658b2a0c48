package flow

import (
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/apigee/xmltree"
)

func excerptPolicy(t *testing.T, source string) *Policy {
	t.Helper()
	d, err := xmltree.Parse("apiproxy/policies/P.xml", []byte(source), 100)
	if err != nil {
		t.Fatal(err)
	}
	p := &Policy{Definition: &Definition{Type: d.Root.Name, Span: d.TagSpan(d.Root), Revoke: &Revocation{}}}
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
		e := p.Excerpt(xmltree.Span{Line: int32(line)})
		if e == nil {
			t.Fatalf("line %d has no excerpt", line)
		}
		got := strings.Split(string(e.Text), "\n")
		if len(got) != excerptLines || line < e.Line || line >= e.Line+len(got) || got[line-e.Line] != lines[line-1] {
			t.Errorf("line %d: excerpt from line %d:\n%s", line, e.Line, e.Text)
		}
	}
	if e := p.Excerpt(xmltree.Span{Line: 2}); e.Line != 2 {
		t.Errorf("the excerpt of a whole policy begins at line %d, want its root", e.Line)
	}
	for _, outside := range []int32{0, 1, 34, 1000} {
		if e := p.Excerpt(xmltree.Span{Line: outside}); e != nil {
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
		e := p.Excerpt(xmltree.Span{Line: int32(line)})
		if len(e.Text) > excerptBytes || strings.Contains(string(e.Text), "\r") {
			t.Errorf("line %d: %d bytes: %q", line, len(e.Text), e.Text)
		}
		if line < e.Line || line >= e.Line+strings.Count(string(e.Text), "\n")+1 {
			t.Errorf("line %d is not in the excerpt, which begins at line %d:\n%s", line, e.Line, e.Text)
		}
	}
	one := excerptPolicy(t, "<OAuthV2 name=\"P\"><A>"+strings.Repeat("ü", 5000)+"</A></OAuthV2>").Excerpt(xmltree.Span{Line: 1})
	if len(one.Text) > excerptBytes || !utf8.ValidString(string(one.Text)) {
		t.Errorf("one long line is cut to %d bytes, valid %t", len(one.Text), utf8.ValidString(string(one.Text)))
	}
}

func TestSourceIsKeptOnlyForFindings(t *testing.T) {
	d, err := xmltree.Parse("p.xml", []byte(`<SpikeArrest name="P"><Rate>5ps</Rate></SpikeArrest>`), 100)
	if err != nil {
		t.Fatal(err)
	}
	p := &Policy{Definition: &Definition{Type: "SpikeArrest"}}
	p.keepSource(d)
	if p.source != "" || p.Excerpt(xmltree.Span{Line: 1}) != nil {
		t.Errorf("a policy that has nothing to do with tokens keeps %q", p.source)
	}
}

func maskedXML(t *testing.T, source string) string {
	t.Helper()
	d, err := xmltree.Parse("apiproxy/policies/P.xml", []byte(source), 100)
	if err != nil {
		t.Fatal(err)
	}
	return maskSecrets(d)
}

func TestSecretsAreMasked(t *testing.T) {
	for name, source := range map[string]string{
		"element":              `<P><ClientSecret>hunter2</ClientSecret></P>`,
		"behind a reference":   `<P><Password ref="private.pw">hunter2</Password></P>`,
		"CDATA":                `<P><Password><![CDATA[hunter2]]></Password></P>`,
		"with entities":        `<P><Password>hunter2&amp;hunter2</Password></P>`,
		"on several lines":     "<P><SecretKey>\n  <Value>\n hunter2\n </Value></SecretKey></P>",
		"named by attribute":   `<P><Set><Headers><Header name="Authorization">hunter2</Header></Headers></Set></P>`,
		"named by a sibling":   `<P><AssignVariable><Name>client_secret</Name><Value>hunter2</Value></AssignVariable></P>`,
		"attribute":            `<P><Source password = 'hunter2'/></P>`,
		"attribute, entities":  `<P><Source apiKey="hunter2&lt;hunter2"/></P>`,
		"value attribute":      `<P><Parameter name="api_key" value="hunter2"/></P>`,
		"mixed content":        `<P><Credentials>hunter2<User>u</User>hunter2</Credentials></P>`,
		"comment":              `<P><!-- <Password>hunter2</Password> --><A/></P>`,
		"behind the root":      `<P/><!-- hunter2 -->`,
		"form payload":         `<P><Payload>grant_type=password&amp;client_secret=hunter2</Payload></P>`,
		"JSON payload":         `<P><Payload>{"client_secret": "hunter2"}</Payload></P>`,
		"bearer in a template": `<P><Header name="Authorization">Bearer hunter2hunter2 {x}</Header></P>`,
		"private key":          "<P><Payload>-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----</Payload></P>",
		"half a private key":   "<P><Payload>-----BEGIN PRIVATE KEY-----\nhunter2</Payload></P>",
	} {
		got := maskedXML(t, source)
		if strings.Contains(got, "hunter2") || !strings.Contains(got, mask) {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Count(got, "\n") != strings.Count(source, "\n") {
			t.Errorf("%s: lines moved: %q", name, got)
		}
	}
}

func TestEvidenceIsKept(t *testing.T) {
	for _, source := range []string{
		`<OAuthV2 name="Issue-Key"><ExternalAuthorization>true</ExternalAuthorization><ExpiresIn>1800000</ExpiresIn></OAuthV2>`,
		`<OAuthV2 name="I"><ClientId>request.formparam.client_id</ClientId><ClientSecret>request.formparam.client_secret</ClientSecret></OAuthV2>`,
		`<OAuthV2 name="I"><SecretKey><Value ref="private.key"/></SecretKey></OAuthV2>`,
		`<P><Header name="Authorization">Basic {private.basic}</Header><RefreshToken ref="request.formparam.refresh_token"/></P>`,
		`<KeyValueMapOperations name="K"><Put><Value ref="oauthv2accesstoken.I.refresh_token"/></Put></KeyValueMapOperations>`,
		`<P><Payload>client_secret={private.secret}&amp;x=1</Payload></P>`,
	} {
		if got := maskedXML(t, source); got != source {
			t.Errorf("\n got %s\nwant %s", got, source)
		}
	}
}

func TestMaskingDropsWhatStandsBeforeTheRoot(t *testing.T) {
	if got := maskedXML(t, "<!-- hunter2 -->\n<P/>"); got != "<P/>" {
		t.Errorf("got %q", got)
	}
}
