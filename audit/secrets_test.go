package audit

import (
	"strings"
	"testing"

	"apigee-audit/apigee"
)

func maskedXML(t *testing.T, source string) string {
	t.Helper()
	d, err := apigee.ParseXML("apiproxy/policies/P.xml", []byte(source), 100)
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
