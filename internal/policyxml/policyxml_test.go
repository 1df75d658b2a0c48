package policyxml

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestStep(t *testing.T) {
	got := Step(`a<b&"c"`, `x = "a&b" and y > "1"`)
	want := "<Step>\n  <Name>a&lt;b&amp;\"c\"</Name>\n  <Condition>x = \"a&amp;b\" and y &gt; \"1\"</Condition>\n</Step>"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Step("Issue", ""); got != "<Step>\n  <Name>Issue</Name>\n</Step>" {
		t.Error(got)
	}
}

func TestFlow(t *testing.T) {
	want := `<Flow name="a&quot;b">
  <Condition>verb = "GET"</Condition>
  <Request>
    <Step>
      <Name>Refresh</Name>
    </Step>
  </Request>
</Flow>`
	if got := Flow(`a"b`, `verb = "GET"`, Step("Refresh", "")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestConditions(t *testing.T) {
	grant := IsGrant("request.formparam.grant_type", "refresh_token")
	for got, want := range map[string]string{
		grant:                                   `request.formparam.grant_type = "refresh_token"`,
		And("", grant):                          grant,
		And("a or b", IsNotGrant("g", "x")):     `(a or b) and g != "x"`,
		Or("a", "b"):                            "(a) or b",
		Or("", "b") + Or("a", "") + And("", ""): "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRefreshXML(t *testing.T) {
	for name, tt := range map[string]struct {
		policy Refresh
		want   string
	}{
		"opaque": {Refresh{Name: "Refresh", GrantType: "request.queryparam.g", ExpiresIn: "1800000", RefreshTokenExpiresIn: "1", RefreshTokenExpiresInRef: "ttl"},
			`<OAuthV2 name="Refresh">
  <Operation>RefreshAccessToken</Operation>
  <GrantType>request.queryparam.g</GrantType>
  <ExpiresIn>1800000</ExpiresIn>
  <RefreshTokenExpiresIn ref="ttl">1</RefreshTokenExpiresIn>
  <ReuseRefreshToken>false</ReuseRefreshToken>
  <GenerateResponse enabled="true"/>
</OAuthV2>`},
		"JWT": {Refresh{Name: "Refresh", Reuse: true, JWT: &Signing{Algorithm: "RS256", Key: "PrivateKey", Ref: "private.key", PasswordRef: "private.password", ID: "k1"}},
			`<OAuthV2 name="Refresh">
  <Operation>RefreshJWTAccessToken</Operation>
  <Algorithm>RS256</Algorithm>
  <PrivateKey>
    <Value ref="private.key"/>
    <Password ref="private.password"/>
    <Id>k1</Id>
  </PrivateKey>
  <ReuseRefreshToken>true</ReuseRefreshToken>
  <GenerateResponse enabled="true"/>
</OAuthV2>`},
		"imported": {Refresh{Name: "Refresh", RefreshToken: "old", External: &External{"idp.access", "idp.refresh"}},
			`<OAuthV2 name="Refresh">
  <Operation>RefreshAccessToken</Operation>
  <ExternalAuthorization>true</ExternalAuthorization>
  <StoreToken>true</StoreToken>
  <ExternalAccessToken>idp.access</ExternalAccessToken>
  <ExternalRefreshToken>idp.refresh</ExternalRefreshToken>
  <RefreshToken>old</RefreshToken>
  <ReuseRefreshToken>false</ReuseRefreshToken>
  <GenerateResponse enabled="true"/>
</OAuthV2>`},
	} {
		got := tt.policy.XML()
		if got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, tt.want)
		}
		for d := xml.NewDecoder(strings.NewReader(got)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is not well-formed: %v", name, err)
			}
		}
	}
}

func TestFreeName(t *testing.T) {
	taken := map[string]bool{"Refresh": true, "Refresh-2": true, "Refresh-v2": true}
	for name, want := range map[string]string{"Refresh": "Refresh-3", "Refresh-v2": "Refresh-v2-2", "Other": "Other"} {
		if got := FreeName(name, func(n string) bool { return taken[n] }); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
