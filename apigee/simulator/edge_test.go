package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
)

// edge is the small organization with two revisions of one proxy in an environment, as only Edge allows, of which one
// message processor does not have the second.
func edge() *simulator.Organization {
	o := small()
	o.Records.Traffic = []simulator.Traffic{{Environment: "prod", Proxy: "pay", Status: "200", PerDay: 10}}
	o.Records.Products = []simulator.Product{
		{Name: "retail", Environments: []string{"prod"}, Proxies: []string{"pay"}, Apps: []string{"shop"}}, {Name: "bare", Operations: []string{"pay"}, Apps: []string{"shop"}},
	}
	ten := apigee.Revision{Kind: apigee.KindProxy, Name: "pay", Number: "10"}
	prod := &o.Environments[0]
	prod.Deployed = append(prod.Deployed, ten)
	prod.BasePaths = map[apigee.Revision]string{ten: "/v2"}
	prod.Failing = map[apigee.Revision]int{ten: 1}
	return o
}

func TestEdgeAnswers(t *testing.T) {
	s := simulator.NewEdge([]*simulator.Organization{edge()}, simulator.Options{})
	const o, brief, bare = "/v1/organizations/acme", "?includeServerStatus=false", "?includeServerStatus=false&includeApiConfig=false"
	at := func(number string) string {
		if number == "10!" {
			return `{"configuration":{"basePath":"/v2","steps":[]},"name":"10","state":"error"}`
		}
		return `{"configuration":{"basePath":"/","steps":[]},"name":"` + number + `","state":"deployed"}`
	}
	servers := func(id0, status0, id1 string) string {
		const one = `{"pod":{"name":"gateway-1","region":"eu-west-1"},"status":"%s","type":["message-processor"],"uUID":"%s"%s}`
		why := ""
		if status0 == "error" {
			why = `,"error":"Call timed out; either server is down or server is not reachable","errorCode":"messaging.runtime.CallTimedOut"`
		}
		return "[" + fmt.Sprintf(one, status0, id0, why) + "," + fmt.Sprintf(one, "deployed", id1, "") + "]"
	}
	inProd := func(status string) string {
		return servers("9cbd6f03-40dc-b777-5b82-e4d5985d11ea", status, "50148706-e6c3-1af2-686b-a087785e1271")
	}
	const times = `"createdAt":1767600000000,"createdBy":"admin@example.com","lastModifiedAt":1767600000000,"lastModifiedBy":"admin@example.com"`
	prod := `{"name":"prod","organization":"acme","aPIProxy":[{"name":"pay","revision":[` + at("9") + "," + at("10!") + `]}]}`
	for url, want := range map[string]string{
		o:                        `{"name":"acme","displayName":"acme","type":"paid","environments":["prod","test","idle"],"properties":{"property":[{"name":"features.isCpsEnabled","value":"true"}]},` + times + `}`,
		o + "/environments":      `["prod","test","idle"]`,
		o + "/environments/prod": `{"name":"prod",` + times + `}`,
		o + "/deployments" + brief: `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"pay","revision":[` + at("9") + "," + at("10!") + `]}]},` +
			`{"name":"test","aPIProxy":[{"name":"pay","revision":[` + at("10") + `]}]},{"name":"idle","aPIProxy":[]}]}`,
		o + "/deployments" + bare + "&sharedFlows=true":                           `{"name":"acme","environment":[{"name":"prod","aPIProxy":[{"name":"pay","revision":[{"name":"9","state":"deployed"},{"name":"10","state":"error"}]}]},{"name":"test","aPIProxy":[{"name":"pay","revision":[{"name":"10","state":"deployed"}]}]},{"name":"idle","aPIProxy":[]}]}`,
		o + "/environments/prod/deployments" + brief:                              prod,
		"/v1/o/acme/e/prod/deployments/" + brief:                                  prod,
		o + "/environments/prod/deployments?sharedFlows=true":                     `{"name":"prod","organization":"acme","aPIProxy":[{"name":"guard","revision":[{"configuration":{"basePath":"/","steps":[]},"name":"1","state":"deployed","server":` + inProd("deployed") + `}]}]}`,
		o + "/apis/pay/deployments" + brief:                                       `{"name":"pay","organization":"acme","environment":[{"name":"prod","revision":[` + at("9") + "," + at("10!") + `]},{"name":"test","revision":[` + at("10") + `]}]}`,
		o + "/environments/prod/apis/pay/deployments" + brief:                     `{"environment":"prod","name":"pay","organization":"acme","revision":[` + at("9") + "," + at("10!") + `]}`,
		o + "/apis/pay/revisions/9/deployments" + bare:                            `{"aPIProxy":"pay","environment":[{"name":"prod","state":"deployed"}],"name":"9","organization":"acme"}`,
		o + "/environments/prod/apis/pay/revisions/10/deployments":                `{"aPIProxy":"pay","configuration":{"basePath":"/v2","steps":[]},"environment":"prod","name":"10","organization":"acme","revision":"10","state":"error","server":` + inProd("error") + `}`,
		o + "/environments/prod/sharedflows/guard/revisions/1/deployments" + bare: `{"sharedFlow":"guard","environment":"prod","name":"1","organization":"acme","revision":"1","state":"deployed"}`,
		o + "/sharedflows":                           `["guard"]`,
		o + "/sharedflows/guard/deployments" + brief: `{"name":"guard","organization":"acme","environment":[{"name":"prod","revision":[` + at("1") + `]}]}`,
		o + "/apis":                                      `["pay"]`,
		o + "/apis?count=1&startKey=pay":                 `["pay"]`,
		o + "/apis?startKey=pay2":                        `[]`,
		o + "/apis/pay/revisions":                        `["9","10"]`,
		o + "/apis/pay":                                  `{"metaData":{"createdAt":1768377600000,"createdBy":"admin@example.com","lastModifiedAt":1768464000000,"lastModifiedBy":"admin@example.com"},"name":"pay","revision":["9","10"]}`,
		o + "/apis/pay/revisions/9":                      `{"name":"pay","revision":"9","type":"Application","displayName":"","description":"Pays.","contextInfo":"Revision 9 of application pay, in organization acme","configurationVersion":{"majorVersion":4,"minorVersion":0},"basepaths":["/pay"],"policies":["Verify.It","Broken"],"proxies":["default"],"targets":null,"sharedFlows":null,"createdAt":1768377600000,"createdBy":"admin@example.com","lastModifiedAt":1768377600000,"lastModifiedBy":"admin@example.com"}`,
		o + "/apis/pay/revisions/9/proxies":              `["default"]`,
		o + "/apis/pay/revisions/9/proxies/default":      `{"connection":{"basePath":"/pay","connectionType":"httpConnection","virtualHost":["default","secure"]},"connectionType":"httpConnection","name":"default","type":"Proxy"}`,
		o + "/apis/pay/revisions/9/policies":             `["Verify.It","Broken"]`,
		o + "/apis/pay/revisions/9/policies/Broken":      `{"name":"Broken"}`,
		o + "/apis/pay/revisions/9/targets":              `[]`,
		o + "/apis/pay/revisions/9/resources":            `["jsc://script.js"]`,
		o + "/sharedflows/guard/revisions/1/sharedflows": `["default"]`,
		o + "/environments/prod/stats/apiproxy,response_status_code?select=sum(message_count)&timeRange=11/21/2026%2000:00~11/23/2026%2000:00": `{"environments":[{"name":"prod","dimensions":[{"name":"pay,200","metrics":[{"name":"sum(message_count)","values":["20.0"]}]}]}],"metaData":{"errors":[],"notices":["Source:Postgres"]}}`,
		o + "/apiproducts":                         `["bare","retail"]`,
		o + "/apiproducts?count=1&startKey=retail": `["retail"]`,
		o + "/apiproducts?expand=true&count=1":     `{"apiProduct":[{"apiResources":[],"approvalType":"auto","attributes":[{"name":"access","value":"public"}],"displayName":"bare","environments":[],"name":"bare","proxies":["pay"],"scopes":[],` + times + `}]}`,
		o + "/apiproducts/retail":                  `{"apiResources":[],"approvalType":"auto","attributes":[{"name":"access","value":"public"}],"displayName":"retail","environments":["prod"],"name":"retail","proxies":["pay"],"scopes":[],` + times + `}`,
		o + "/apps":                                `["app-shop"]`,
		o + "/apps?expand=true":                    `{"app":[{"appId":"app-shop","attributes":[],"credentials":[{"consumerKey":"key-of-shop","consumerSecret":"secret-of-shop"}],"name":"shop","status":"approved"}]}`,
		o + "/apps/app-shop":                       `{"appId":"app-shop","attributes":[],"credentials":[{"consumerKey":"key-of-shop","consumerSecret":"secret-of-shop"}],"name":"shop","status":"approved"}`,
		o + "/developers":                          `[]`,
		o + "/apis/pay/keyvaluemaps":               `[]`,
		o + "/environments/prod/targetservers":     `[]`,
		o + "/environments/prod/resourcefiles":     `{"resourceFile":[]}`,
		o + "/environments/test/stats/apiproxy?select=sum(message_count)&timeRange=11/21/2026%2000:00~11/23/2026%2000:00": `{"environments":[{"name":"test"}],"metaData":{"errors":[],"notices":["Source:Postgres"]}}`,
		o + "/environments/prod/virtualhosts":                `["default","secure"]`,
		o + "/environments/prod/virtualhosts/secure":         `{"hostAliases":["api.acme.example"],"interfaces":[],"name":"secure","port":"443","sSLInfo":{"enabled":"true"}}`,
		o + "/environments/idle/virtualhosts/default":        `{"hostAliases":["acme-idle.apigee.net"],"interfaces":[],"name":"default","port":"80"}`,
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
			t.Fatal(url, err)
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
		code                             string // of the error
	}{
		{"token", "GET", o, "Bearer right", 200, ""},
		{"user", "GET", o, basic("me", "secret"), 200, ""},
		{"nothing", "GET", o, "", 401, ""},
		{"wrong token", "GET", o, "Bearer wrong", 401, ""},
		{"wrong password", "GET", o, basic("me", "wrong"), 401, ""},
		{"wrong user", "GET", o, basic("you", "secret"), 401, ""},
		{"post", "POST", o, "Bearer right", 405, "simulator.ReadOnly"},
		{"foreign organization", "GET", "/v1/organizations/other", "Bearer right", 403, "simulator.Forbidden"},
		{"all organizations", "GET", "/v1/organizations", "Bearer right", 403, "simulator.Forbidden"},
		{"unknown environment", "GET", o + "/environments/none/deployments", "Bearer right", 404, "messaging.config.beans.EnvironmentDoesNotExist"},
		{"unknown proxy", "GET", o + "/apis/none/deployments", "Bearer right", 404, "messaging.config.beans.ApplicationDoesNotExist"},
		{"unknown revision", "GET", o + "/apis/pay/revisions/1?format=bundle", "Bearer right", 404, "messaging.config.beans.ApplicationRevisionDoesNotExist"},
		{"deployments of an unknown revision", "GET", o + "/apis/pay/revisions/1/deployments", "Bearer right", 404, "messaging.config.beans.ApplicationRevisionDoesNotExist"},
		{"part of an unknown revision", "GET", o + "/apis/pay/revisions/1/policies", "Bearer right", 404, "messaging.config.beans.ApplicationRevisionDoesNotExist"},
		{"unknown part", "GET", o + "/apis/pay/revisions/9/proxies/none", "Bearer right", 404, "simulator.NoSuchPart"},
		{"proxy that is not deployed", "GET", o + "/environments/idle/apis/pay/deployments", "Bearer right", 400, "distribution.ApplicationNotDeployed"},
		{"revision that is not deployed", "GET", o + "/environments/test/apis/pay/revisions/9/deployments", "Bearer right", 400, "distribution.RevisionNotDeployed"},
		{"unknown format", "GET", o + "/apis/pay/revisions/9?format=zip", "Bearer right", 400, "simulator.Format"},
		{"unknown hook", "GET", o + "/environments/prod/flowhooks/Pre", "Bearer right", 400, "simulator.NoSuchFlowHook"},
		{"unknown virtual host", "GET", o + "/environments/prod/virtualhosts/none", "Bearer right", 404, "messaging.config.beans.VirtualHostDoesNotExist"},
		{"unknown product", "GET", o + "/apiproducts/none", "Bearer right", 404, "keymanagement.service.apiproduct_doesnot_exist"},
		{"unknown app", "GET", o + "/apps/none", "Bearer right", 404, "keymanagement.service.app_doesnot_exist"},
		{"a list of X", "GET", o + "/envgroups", "Bearer right", 404, "simulator.NoSuchResource"},
	} {
		r := httptest.NewRequest(c.method, c.url, nil)
		r.Header.Set("Authorization", c.authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, w.Code, c.status, w.Body)
		}
		var got struct{ Code, Message string }
		if c.status == http.StatusUnauthorized && w.Body.Len() > 0 {
			t.Errorf("%s: there is a body: %s", c.name, w.Body)
		}
		if c.code == "" {
			continue
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Code != c.code || got.Message == "" {
			t.Errorf("%s: error %s, %v", c.name, w.Body, err)
		}
	}
}

func TestLogin(t *testing.T) {
	l := &simulator.Login{Token: "t", RefreshToken: "r", User: "me", Password: "secret", MFA: "123456", Passcode: "p"}
	for _, c := range []struct {
		name, path, form, client string
		status                   int
	}{
		{"user", "/oauth/token", "grant_type=password&username=me&password=secret&mfa_token=123456", "edgecli", 200},
		{"passcode", "/oauth/token", "grant_type=password&response_type=token&passcode=p", "edgecli", 200},
		{"used passcode", "/oauth/token", "grant_type=password&response_type=token&passcode=p", "edgecli", 401},
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

// TestEdgeLogsIn takes a token from the login server that stands at the address of the management API.
func TestEdgeLogsIn(t *testing.T) {
	for name, o := range map[string]simulator.Options{
		"its own token": {Token: "right", User: "me", Password: "secret", MFA: "123456"},
		"any":           {MFA: "123456"},
	} {
		s := simulator.NewEdge([]*simulator.Organization{edge()}, o)
		login := func(form string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth("edgecli", "edgeclisecret")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w
		}
		refused := login("grant_type=password&username=me&password=secret")
		if want := `"error_description": "Error: Invalid MFA code."`; refused.Code != http.StatusUnauthorized || !strings.Contains(refused.Body.String(), want) {
			t.Errorf("%s: status %d, %s", name, refused.Code, refused.Body)
		}
		var got struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(login("grant_type=password&username=me&password=secret&mfa_token=123456").Body.Bytes(), &got); err != nil {
			t.Error(name, err)
		}
		r := httptest.NewRequest(http.MethodGet, "/v1/organizations/acme", nil)
		r.Header.Set("Authorization", "Bearer "+got.Token)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s: status %d with token %q", name, w.Code, got.Token)
		}
	}
}
