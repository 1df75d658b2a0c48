package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

// edge is the small organization with two revisions of one proxy in an environment, as only Edge allows.
func edge() *simulator.Organization {
	o := small()
	o.Environments[0].Deployed = append(o.Environments[0].Deployed, apigee.Revision{Kind: apigee.KindProxy, Name: "pay", Number: "10"})
	return o
}

func TestEdgeAnswers(t *testing.T) {
	s := simulator.NewEdge([]*simulator.Organization{edge()}, simulator.Options{})
	const o = "/v1/organizations/acme"
	const deployed = `{"configuration":{"basePath":"/","steps":[]},"name":"%","state":"deployed"}`
	at := func(number string) string { return strings.ReplaceAll(deployed, "%", number) }
	const times = `"createdAt":1767600000000,"createdBy":"admin@example.com","lastModifiedAt":1767600000000,"lastModifiedBy":"admin@example.com"`
	for url, want := range map[string]string{
		o:                        `{"name":"acme","displayName":"acme","type":"paid","environments":["prod","test","idle"],` + times + `}`,
		o + "/environments":      `["prod","test","idle"]`,
		o + "/environments/prod": `{"name":"prod",` + times + `}`,
		o + "/deployments?includeServerStatus=false":         `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"pay","revision":[` + at("9") + "," + at("10") + `]}]},{"name":"test","aPIProxy":[{"name":"pay","revision":[` + at("10") + `]}]},{"name":"idle","aPIProxy":[]}]}`,
		o + "/environments/test/deployments":                 `{"name":"test","aPIProxy":[{"name":"pay","revision":[` + at("10") + `]}]}`,
		o + "/sharedflows":                                   `["guard"]`,
		o + "/sharedflows/guard/deployments":                 `{"name":"guard","organization":"acme","environment":[{"name":"prod","revision":[` + at("1") + `]}]}`,
		o + "/apis":                                          `["pay"]`,
		o + "/apis?count=1&startKey=pay":                     `["pay"]`,
		o + "/apis?startKey=pay2":                            `[]`,
		o + "/apis/pay/revisions":                            `["9","10"]`,
		o + "/apis/pay":                                      `{"metaData":{"createdAt":1768377600000,"createdBy":"admin@example.com","lastModifiedAt":1768464000000,"lastModifiedBy":"admin@example.com"},"name":"pay","revision":["9","10"]}`,
		o + "/apis/pay/revisions/9":                          `{"name":"pay","revision":"9","type":"Application","displayName":"","description":"Pays.","contextInfo":"Revision 9 of application pay, in organization acme","configurationVersion":{"majorVersion":4,"minorVersion":0},"basepaths":["/pay"],"policies":["Verify.It","Broken"],"proxies":["default"],"targets":null,"sharedFlows":null,"createdAt":1768377600000,"createdBy":"admin@example.com","lastModifiedAt":1768377600000,"lastModifiedBy":"admin@example.com"}`,
		o + "/environments/prod/flowhooks":                   `["PreProxyFlowHook","PreTargetFlowHook","PostTargetFlowHook","PostProxyFlowHook"]`,
		o + "/environments/prod/flowhooks/PreProxyFlowHook":  `{"continueOnError":true,"sharedFlow":"guard"}`,
		o + "/environments/prod/flowhooks/PostProxyFlowHook": `{"continueOnError":true}`,
	} {
		w := get(s, url)
		var got, wanted any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Errorf("GET %s: status %d, %v", url, w.Code, err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(wanted, got); d != "" {
			t.Errorf("GET %s (-want +got):\n%s", url, d)
		}
	}
	if w := get(s, o+"/apis/pay/revisions/9?format=bundle"); w.Code != http.StatusOK || w.Body.String()[:2] != "PK" {
		t.Errorf("bundle: status %d", w.Code)
	}
}

func TestEdgeRefusals(t *testing.T) {
	s := simulator.NewEdge([]*simulator.Organization{edge()}, simulator.Options{Token: "right", User: "me", Password: "secret"})
	const o = "/v1/organizations/acme"
	basic := func(user, password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, c := range []struct {
		name, method, url, authorization string
		status                           int
	}{
		{"token", "GET", o, "Bearer right", 200},
		{"user", "GET", o, basic("me", "secret"), 200},
		{"nothing", "GET", o, "", 401},
		{"wrong token", "GET", o, "Bearer wrong", 401},
		{"wrong password", "GET", o, basic("me", "wrong"), 401},
		{"wrong user", "GET", o, basic("you", "secret"), 401},
		{"post", "POST", o, "Bearer right", 405},
		{"foreign organization", "GET", "/v1/organizations/other", "Bearer right", 404},
		{"unknown environment", "GET", o + "/environments/none/deployments", "Bearer right", 404},
		{"unknown proxy", "GET", o + "/apis/none/deployments", "Bearer right", 404},
		{"unknown revision", "GET", o + "/apis/pay/revisions/1?format=bundle", "Bearer right", 404},
		{"unknown format", "GET", o + "/apis/pay/revisions/9?format=zip", "Bearer right", 400},
		{"unknown hook", "GET", o + "/environments/prod/flowhooks/Pre", "Bearer right", 400},
		{"a list of X", "GET", o + "/envgroups", "Bearer right", 404},
	} {
		r := httptest.NewRequest(c.method, c.url, nil)
		r.Header.Set("Authorization", c.authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var got struct{ Code, Message string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != c.status {
			t.Errorf("%s: status %d, want %d, %v", c.name, w.Code, c.status, err)
		}
		if c.status != 200 && (got.Code == "" || got.Message == "") {
			t.Errorf("%s: error %s", c.name, w.Body)
		}
	}
}

func TestLogin(t *testing.T) {
	l := simulator.Login{Token: "t", RefreshToken: "r", User: "me", Password: "secret", MFA: "123456", Passcode: "p"}
	for _, c := range []struct {
		name, path, form, client string
		status                   int
	}{
		{"user", "/oauth/token", "grant_type=password&username=me&password=secret&mfa_token=123456", "edgecli", 200},
		{"passcode", "/oauth/token", "grant_type=password&response_type=token&passcode=p", "edgecli", 200},
		{"refresh", "/oauth/token", "grant_type=refresh_token&refresh_token=r", "edgecli", 200},
		{"no code", "/oauth/token", "grant_type=password&username=me&password=secret", "edgecli", 401},
		{"wrong password", "/oauth/token", "grant_type=password&username=me&password=x&mfa_token=123456", "edgecli", 401},
		{"wrong passcode", "/oauth/token", "grant_type=password&response_type=token&passcode=x", "edgecli", 401},
		{"wrong refresh", "/oauth/token", "grant_type=refresh_token&refresh_token=x", "edgecli", 401},
		{"other grant", "/oauth/token", "grant_type=client_credentials", "edgecli", 401},
		{"other client", "/oauth/token", "grant_type=refresh_token&refresh_token=r", "other", 401},
		{"other path", "/oauth", "grant_type=refresh_token&refresh_token=r", "edgecli", 404},
		{"secrets in the address", "/oauth/token?password=secret", "grant_type=refresh_token&refresh_token=r", "edgecli", 405},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(c.client, "edgeclisecret")
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		if w.Code != c.status || (c.status == 200) != strings.Contains(w.Body.String(), `"access_token": "t"`) {
			t.Errorf("%s: status %d, want %d: %s", c.name, w.Code, c.status, w.Body)
		}
	}
}
