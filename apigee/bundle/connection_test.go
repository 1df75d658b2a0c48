package bundle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

func TestReadConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		xml  string
		want bundle.Connection
	}{
		"a URL":            {`<HTTPTargetConnection><URL>https://{host}/oauth</URL></HTTPTargetConnection>`, bundle.Connection{URL: "https://{host}/oauth"}},
		"balanced servers": {`<HTTPTargetConnection><LoadBalancer><Server name="a"/></LoadBalancer><Path>/oauth</Path></HTTPTargetConnection>`, bundle.Connection{Path: "/oauth"}},
		"a proxy":          {`<LocalTargetConnection><APIProxy>hub</APIProxy><ProxyEndpoint>default</ProxyEndpoint></LocalTargetConnection>`, bundle.Connection{Proxy: "hub", ProxyEndpoint: "default", Local: true}},
		"a local path":     {`<LocalTargetConnection><Path>/oauth/refresh</Path></LocalTargetConnection>`, bundle.Connection{Path: "/oauth/refresh", Local: true}},
		"in a comment":     {`<!-- <LocalTargetConnection><APIProxy>hub</APIProxy></LocalTargetConnection> -->`, bundle.Connection{}},
	} {
		t.Run(name, func(t *testing.T) {
			file := bundle.File{Name: "apiproxy/targets/t.xml", Data: []byte(`<TargetEndpoint name="t">` + tt.xml + `</TargetEndpoint>`)}
			b := bundle.Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "p"}, &bundle.Archive{Files: []bundle.File{file}}, bundle.DefaultLimits())
			if len(b.Endpoints) != 1 {
				t.Fatalf("endpoints %v, problems %v", b.Endpoints, b.Problems)
			}
			if diff := cmp.Diff(tt.want, b.Endpoints[0].Target); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
