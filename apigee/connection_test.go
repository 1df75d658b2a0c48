package apigee_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func TestReadConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		xml  string
		want apigee.Connection
	}{
		"a URL":            {`<HTTPTargetConnection><URL>https://{host}/oauth</URL></HTTPTargetConnection>`, apigee.Connection{URL: "https://{host}/oauth"}},
		"balanced servers": {`<HTTPTargetConnection><LoadBalancer><Server name="a"/></LoadBalancer><Path>/oauth</Path></HTTPTargetConnection>`, apigee.Connection{Path: "/oauth"}},
		"a proxy":          {`<LocalTargetConnection><APIProxy>hub</APIProxy><ProxyEndpoint>default</ProxyEndpoint></LocalTargetConnection>`, apigee.Connection{Proxy: "hub", ProxyEndpoint: "default", Local: true}},
		"a local path":     {`<LocalTargetConnection><Path>/oauth/refresh</Path></LocalTargetConnection>`, apigee.Connection{Path: "/oauth/refresh", Local: true}},
		"in a comment":     {`<!-- <LocalTargetConnection><APIProxy>hub</APIProxy></LocalTargetConnection> -->`, apigee.Connection{}},
	} {
		t.Run(name, func(t *testing.T) {
			file := apigee.File{Name: "apiproxy/targets/t.xml", Data: []byte(`<TargetEndpoint name="t">` + tt.xml + `</TargetEndpoint>`)}
			b := apigee.ParseBundle(apigee.Revision{Kind: apigee.KindProxy, Name: "p"}, &apigee.Archive{Files: []apigee.File{file}}, apigee.DefaultLimits())
			if len(b.Endpoints) != 1 {
				t.Fatalf("endpoints %v, problems %v", b.Endpoints, b.Problems)
			}
			if diff := cmp.Diff(tt.want, b.Endpoints[0].Target); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
