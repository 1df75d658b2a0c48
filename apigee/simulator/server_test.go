package simulator_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"

	"github.com/google/go-cmp/cmp"
)

// small is an organization that fits on a screen.
func small() *simulator.Organization {
	pay := func(number string) simulator.Bundle {
		return simulator.Bundle{
			Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "pay", Number: number},
			Files: map[string][]byte{
				"apiproxy/pay.xml":                 []byte(`<APIProxy name="pay"><Description>Pays.</Description></APIProxy>`),
				"apiproxy/policies/B.xml":          []byte(`<OAuthV2 name="Verify.It"/>`),
				"apiproxy/policies/Broken.xml":     []byte(`<OAuthV2`),
				"apiproxy/proxies/default.xml":     []byte(`<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/pay</BasePath></HTTPProxyConnection></ProxyEndpoint>`),
				"apiproxy/resources/jsc/script.js": []byte(`print(1)`),
			},
		}
	}
	guard := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "guard", Number: "1"}
	return &simulator.Organization{
		Name: "acme",
		Environments: []simulator.Environment{
			{Name: "prod", Hooks: map[string]string{apigee.PreProxyFlowHook: "guard"}, Deployed: []apigee.Revision{pay("9").Revision, guard}},
			{Name: "test", Deployed: []apigee.Revision{pay("10").Revision}},
			{Name: "idle"},
		},
		Groups: []simulator.Group{{Name: "web", Hostnames: []string{"api.acme.example"}, Environments: []string{"prod", "test"}}, {Name: "spare"}},
		Bundles: []simulator.Bundle{pay("10"), pay("9"), {Revision: guard, Files: map[string][]byte{
			"sharedflowbundle/sharedflows/default.xml": []byte(`<SharedFlow name="default"/>`),
		}}},
	}
}

// get asks the handler as an authorized caller.
func get(h http.Handler, url string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Authorization", "Bearer any")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	s := simulator.New([]*simulator.Organization{small()}, simulator.Options{})
	const o = "/v1/organizations/acme"
	for url, want := range map[string]string{
		"/v1/organizations":                  `{"organizations":[{"organization":"acme","projectId":"acme","projectIds":["acme"]}]}`,
		o + ":getProjectMapping":             `{"organization":"acme","projectId":"acme","projectIds":["acme"]}`,
		o:                                    `{"name":"acme","displayName":"acme","projectId":"acme","environments":["prod","test","idle"],"runtimeType":"CLOUD","subscriptionPlan":"SUBSCRIPTION_2024","billingType":"SUBSCRIPTION","state":"ACTIVE","createdAt":"1767600000000","lastModifiedAt":"1767600000000"}`,
		o + "/environments/prod":             `{"name":"prod","displayName":"prod","state":"ACTIVE","deploymentType":"PROXY","apiProxyType":"PROGRAMMABLE","type":"COMPREHENSIVE","hasAttachedFlowHooks":true,"createdAt":"1767600000000","lastModifiedAt":"1767600000000"}`,
		o + "/deployments":                   `{"deployments":[{"environment":"prod","apiProxy":"pay","revision":"9","deployStartTime":"1768420800000","proxyDeploymentType":"EXTENSIBLE"},{"environment":"test","apiProxy":"pay","revision":"10","deployStartTime":"1768507200000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/deployments?sharedFlows=true":  `{"deployments":[{"environment":"prod","apiProxy":"guard","revision":"1","deployStartTime":"1767729600000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/environments/test/deployments": `{"deployments":[{"environment":"test","apiProxy":"pay","revision":"10","deployStartTime":"1768507200000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/environments/idle/deployments": `{}`,
		o + "/environments/prod/flowhooks/PreProxyFlowHook": `{"flowHookPoint":"PreProxyFlowHook","sharedFlow":"guard","continueOnError":true}`,
		o + "/environments/test/flowhooks/PreProxyFlowHook": `{"flowHookPoint":"PreProxyFlowHook"}`,
		o + "/":                                                   `{"name":"acme","displayName":"acme","projectId":"acme","environments":["prod","test","idle"],"runtimeType":"CLOUD","subscriptionPlan":"SUBSCRIPTION_2024","billingType":"SUBSCRIPTION","state":"ACTIVE","createdAt":"1767600000000","lastModifiedAt":"1767600000000"}`,
		o + "/environments":                                       `["prod","test","idle"]`,
		o + "/environments/prod/targetservers":                    `[]`,
		o + "/environments/prod/flowhooks":                        `["PreProxyFlowHook","PreTargetFlowHook","PostTargetFlowHook","PostProxyFlowHook"]`,
		o + "/apis/pay/revisions":                                 `["9","10"]`,
		o + "/sharedflows/guard/deployments":                      `{"deployments":[{"environment":"prod","apiProxy":"guard","revision":"1","deployStartTime":"1767729600000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/apis/pay/revisions/10/deployments":                  `{"deployments":[{"environment":"test","apiProxy":"pay","revision":"10","deployStartTime":"1768507200000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/environments/test/apis/pay/deployments":             `{"deployments":[{"environment":"test","apiProxy":"pay","revision":"10","deployStartTime":"1768507200000","proxyDeploymentType":"EXTENSIBLE"}]}`,
		o + "/environments/prod/apis/pay/revisions/9/deployments": `{"environment":"prod","apiProxy":"pay","revision":"9","deployStartTime":"1768420800000","proxyDeploymentType":"EXTENSIBLE","state":"READY","instances":[{"instance":"instance-1","deployedRevisions":[{"revision":"9","percentage":100}]}]}`,
		o + "/envgroups":                                          `{"environmentGroups":[{"name":"web","hostnames":["api.acme.example"],"state":"ACTIVE","createdAt":"1767600000000","lastModifiedAt":"1767600000000"},{"name":"spare","state":"ACTIVE","createdAt":"1767600000000","lastModifiedAt":"1767600000000"}]}`,
		o + "/envgroups?pageSize=1&pageToken=1":                   `{"environmentGroups":[{"name":"spare","state":"ACTIVE","createdAt":"1767600000000","lastModifiedAt":"1767600000000"}]}`,
		o + "/envgroups/web/attachments?pageSize=1":               `{"environmentGroupAttachments":[{"name":"web-prod","environment":"prod","environmentGroupId":"web","createdAt":"1767600000000"}],"nextPageToken":"1"}`,
		o + "/envgroups/spare/attachments":                        `{}`,
		o + "/apis":                                               `{"proxies":[{"name":"pay","apiProxyType":"PROGRAMMABLE"}]}`,
		o + "/apis?includeRevisions=true":                         `{"proxies":[{"name":"pay","revision":["9","10"],"latestRevisionId":"10","apiProxyType":"PROGRAMMABLE"}]}`,
		o + "/sharedflows?includeMetaData=true":                   `{"sharedFlows":[{"name":"guard","metaData":{"createdAt":"1767686400000","lastModifiedAt":"1767686400000","subType":"SharedFlow"}}]}`,
		o + "/apis/pay":                                           `{"name":"pay","revision":["9","10"],"latestRevisionId":"10","metaData":{"createdAt":"1768377600000","lastModifiedAt":"1768464000000","subType":"Proxy"},"apiProxyType":"PROGRAMMABLE"}`,
		o + "/apis/pay/revisions/9":                               `{"name":"pay","revision":"9","type":"Application","description":"Pays.","contextInfo":"Revision 9 of application pay, in organization acme","configurationVersion":{"majorVersion":4,"minorVersion":0},"basepaths":["/pay"],"policies":["Verify.It","Broken"],"proxies":["default"],"proxyEndpoints":["default"],"resourceFiles":{"resourceFile":[{"name":"script.js","type":"jsc"}]},"createdAt":"1768377600000","lastModifiedAt":"1768377600000"}`,
		o + "/sharedflows/guard/revisions/1":                      `{"name":"guard","revision":"1","type":"Application","contextInfo":"Revision 1 of application guard, in organization acme","configurationVersion":{"majorVersion":4,"minorVersion":0},"sharedFlows":["default"],"createdAt":"1767686400000","lastModifiedAt":"1767686400000"}`,
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
}

func TestRefusals(t *testing.T) {
	s := simulator.New([]*simulator.Organization{small()}, simulator.Options{Token: "right"})
	const o = "/v1/organizations/acme"
	for _, c := range []struct {
		name, method, url, authorization string
		code                             int
		status                           string
	}{
		{"no token", "GET", o, "", 401, "UNAUTHENTICATED"},
		{"wrong token", "GET", o, "Bearer wrong", 401, "UNAUTHENTICATED"},
		{"basic instead of bearer", "GET", o, "Basic right", 401, "UNAUTHENTICATED"},
		{"post", "POST", o + "/apis", "Bearer right", 405, "UNIMPLEMENTED"},
		{"delete", "DELETE", o, "Bearer right", 405, "UNIMPLEMENTED"},
		{"foreign organization", "GET", "/v1/organizations/other/apis", "Bearer right", 403, "PERMISSION_DENIED"},
		{"foreign mapping", "GET", "/v1/organizations/other:getProjectMapping", "Bearer right", 403, "PERMISSION_DENIED"},
		{"unknown environment", "GET", o + "/environments/none/deployments", "Bearer right", 404, "NOT_FOUND"},
		{"unknown proxy", "GET", o + "/apis/none", "Bearer right", 404, "NOT_FOUND"},
		{"unknown revision", "GET", o + "/apis/pay/revisions/8?format=bundle", "Bearer right", 404, "NOT_FOUND"},
		{"proxy asked as a shared flow", "GET", o + "/sharedflows/pay/revisions/9", "Bearer right", 404, "NOT_FOUND"},
		{"deployed elsewhere", "GET", o + "/environments/test/apis/pay/revisions/9/deployments", "Bearer right", 404, "NOT_FOUND"},
		{"unknown group", "GET", o + "/envgroups/none/attachments", "Bearer right", 404, "NOT_FOUND"},
		{"unknown path", "GET", o + "/targets", "Bearer right", 404, "NOT_FOUND"},
		{"unknown hook", "GET", o + "/environments/prod/flowhooks/Pre", "Bearer right", 400, "INVALID_ARGUMENT"},
		{"no boolean", "GET", o + "/deployments?sharedFlows=yes", "Bearer right", 400, "INVALID_ARGUMENT"},
		{"unknown format", "GET", o + "/apis/pay/revisions/9?format=zip", "Bearer right", 400, "INVALID_ARGUMENT"},
		{"bad page size", "GET", o + "/envgroups?pageSize=x", "Bearer right", 400, "INVALID_ARGUMENT"},
		{"bad page token", "GET", o + "/envgroups?pageToken=99", "Bearer right", 400, "INVALID_ARGUMENT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.url, nil)
			r.Header.Set("Authorization", c.authorization)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			var got struct {
				Error struct {
					Code            int
					Message, Status string
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("no JSON: %v\n%s", err, w.Body)
			}
			if w.Code != c.code || got.Error.Code != c.code || got.Error.Status != c.status || got.Error.Message == "" {
				t.Errorf("status %d with %+v, want %d %s", w.Code, got.Error, c.code, c.status)
			}
		})
	}
}

func TestBundleIsTheSameZipEveryTime(t *testing.T) {
	var zips [][]byte
	for range 2 {
		s := simulator.New([]*simulator.Organization{small()}, simulator.Options{})
		w := get(s, "/v1/organizations/acme/apis/pay/revisions/9?format=bundle")
		if got := w.Header().Get("Content-Type"); got != "application/zip" {
			t.Errorf("content type %q", got)
		}
		zips = append(zips, w.Body.Bytes())
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("two zips of the same files differ")
	}
	z, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	want := []string{"apiproxy/pay.xml", "apiproxy/policies/B.xml", "apiproxy/policies/Broken.xml", "apiproxy/proxies/default.xml", "apiproxy/resources/jsc/script.js"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	s := simulator.New(nil, simulator.Options{})
	get(s, "/v1/organizations/acme/deployments?sharedFlows=true")
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/v1/x%20y", nil))
	want := []simulator.Request{
		{Method: "GET", Path: "/v1/organizations/acme/deployments", Query: "sharedFlows=true"},
		{Method: "PUT", Path: "/v1/x y"},
	}
	if d := cmp.Diff(want, s.Requests()); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
}
