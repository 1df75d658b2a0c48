package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func TestIsVersion(t *testing.T) {
	for _, s := range []string{"v1", "V2", "v2.1", "v1_0", "1", "1.0", "2024-01-01", "20240101", "v1beta1", "v3-rc2", "version2"} {
		if !IsVersion(s) {
			t.Errorf("%q is a version", s)
		}
	}
	for _, s := range []string{"oauth", "oauth2", "v", "vault", "v1oauth", "1st", "beta", "", "refresh-v2"} {
		if IsVersion(s) {
			t.Errorf("%q is no version", s)
		}
	}
}

func TestAddressOf(t *testing.T) {
	for word, want := range map[string]string{
		"https://api.example.com/oauth/refresh":        "api.example.com /oauth/refresh",
		"https://API.example.com:8443/oauth/?a=/b/c#d": "api.example.com /oauth",
		"http://user:pw@api.example.com/oauth":         "api.example.com /oauth",
		"//api.example.com/oauth":                      "api.example.com /oauth",
		"https://{host}/oauth/refresh":                 " /oauth/refresh",
		"https://{host}:443{base}/oauth":               " /oauth",
		"{gateway}/oauth/refresh":                      " /oauth/refresh",
		"/oauth/refresh":                               " /oauth/refresh",
		"/v1/oauth//":                                  " /v1/oauth",
		"/oauth//refresh":                              " /oauth//refresh",
		"api.example.com/oauth":                        "api.example.com /oauth",
		"application/json":                             "",
		"oauth/refresh":                                "",
		"https://api.example.com":                      "",
		"https://api.example.com/":                     "",
		"/v1":                                          "",
		"/a/b":                                         "",
		"/":                                            "",
		"oauth":                                        "",
		"":                                             "",
		"/" + strings.Repeat("x", maxAddress):          "",
	} {
		got := ""
		if a, ok := addressOf(word); ok {
			got = a.Host + " " + a.Path
		}
		if got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}

func TestAddressesOfPolicies(t *testing.T) {
	const script = `// "/comment/one"
var a = 'https://api.example.com/single'; /* "/comment/two" */
var b = "/double/" + c; // it's "/comment/three"
var d = ` + "`https://${host}/backtick`" + `; var e = "say \"/escaped\"";
`
	const python = `# "/comment/one"
a = 'https://api.example.com/single'  # "/comment/two"
b = "/double/" + c
x = '''
see /triple/quoted '''
`
	for name, tt := range map[string]struct {
		policy string
		want   string
	}{
		"header and payload": {`<AssignMessage name="P"><DisplayName>/display/name</DisplayName><Set><Headers><Header name="Location">/head/er</Header></Headers>` +
			`<Payload contentType="application/json">{"refresh_url":"https:\/\/api.example.com\/json", "n": "{a}/json/two"}</Payload></Set></AssignMessage>`,
			"/head/er, api.example.com/json, /json/two"},
		"payload of XML": {`<AssignMessage name="P"><Set><Payload contentType="text/xml"><a href="/at/tribute">see (/text/here).</a></Payload></Set></AssignMessage>`, "/text/here, /at/tribute"},
		"fault":          {`<RaiseFault name="P"><FaultResponse><Set><Payload>go to https://api.example.com/fault.</Payload></Set></FaultResponse></RaiseFault>`, "api.example.com/fault"},
		"attribute":      {`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation><Attributes><Attribute name="u">/attri/bute</Attribute></Attributes></OAuthV2>`, "/attri/bute"},
		"callout":        {`<ServiceCallout name="P"><Request><Set><Payload>/not/this</Payload></Set></Request><HTTPTargetConnection><URL>https://{h}/callout</URL></HTTPTargetConnection></ServiceCallout>`, "call /callout"},
		"local callout":  {`<ServiceCallout name="P"><LocalTargetConnection><APIProxy>hub</APIProxy></LocalTargetConnection></ServiceCallout>`, "call proxy hub"},
		"local template": {`<ServiceCallout name="P"><LocalTargetConnection><APIProxy>{which}</APIProxy></LocalTargetConnection></ServiceCallout>`, "call proxy {which}"},
		"JavaScript":     {`<Javascript name="P"><Properties><Property name="u">/pro/perty</Property></Properties><ResourceURL>jsc://a.js</ResourceURL></Javascript>`, "/pro/perty, api.example.com/single, /double, /backtick, /escaped"},
		"Python":         {`<Script name="P"><ResourceURL>py://a.py</ResourceURL></Script>`, "api.example.com/single, /double, /triple/quoted"},
		"Java":           {`<JavaCallout name="P"><Properties><Property name="u">/ja/va</Property></Properties></JavaCallout>`, "/ja/va"},
		"others":         {`<MessageLogging name="P"><Syslog><Message>/log/ged</Message></Syslog></MessageLogging>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := []bundle.File{
				{Name: "apiproxy/policies/P.xml", Data: []byte(tt.policy)},
				{Name: "apiproxy/policies/Issue.xml", Data: []byte(`<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation></OAuthV2>`)},
				{Name: "apiproxy/resources/jsc/a.js", Data: []byte(script)}, {Name: "apiproxy/resources/py/a.py", Data: []byte(python)},
			}
			u := unitOf(t, files)
			var got []string
			if p := u.Policy("P"); p != nil {
				for _, a := range p.addresses() {
					s := a.Host + a.Path
					if a.Proxy != "" {
						s = "proxy " + a.Proxy
					}
					if a.Called {
						s = "call " + s
					}
					got = append(got, s)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func unitOf(t *testing.T, files []bundle.File) *Program {
	t.Helper()
	b := bundle.Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}, &bundle.Archive{Files: files}, bundle.DefaultLimits())
	if len(b.Problems) > 0 {
		t.Fatal(b.Problems)
	}
	return NewReader().Read(b, &bundle.Archive{})
}

func TestAddressesAreBounded(t *testing.T) {
	var payload strings.Builder
	for i := range 3 * maxAddresses {
		fmt.Fprintf(&payload, "/path/number/%d ", i)
	}
	u := unitOf(t, []bundle.File{
		{Name: "apiproxy/policies/P.xml", Data: []byte(`<AssignMessage name="P"><Set><Payload>` + payload.String() + `</Payload></Set></AssignMessage>`)},
		{Name: "apiproxy/policies/Issue.xml", Data: []byte(`<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation></OAuthV2>`)},
	})
	if n := len(u.Policy("P").addresses()); n != maxAddresses {
		t.Errorf("%d addresses are kept, want %d", n, maxAddresses)
	}
}
