package audit_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// A report is written when its audits are over. What is found must not keep the flows of the organizations in memory until then.
func TestResultKeepsNoFlows(t *testing.T) {
	proxy := func(name, policy string) *bundle.Archive {
		return archiveOf(map[string]string{
			"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/v1/shop/` + name + `</BasePath></HTTPProxyConnection>` +
				`<PreFlow><Request><Step><Name>P</Name></Step></Request></PreFlow><RouteRule name="none"/></ProxyEndpoint>`,
			"apiproxy/policies/P.xml": policy,
		})
	}
	org := &archives{bundles: map[apigee.Revision]*bundle.Archive{
		{Kind: apigee.KindProxy, Name: "issue", Number: "1"}: proxy("issue", `<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation>`+
			`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse enabled="true"/></OAuthV2>`),
		{Kind: apigee.KindProxy, Name: "refresh", Number: "1"}: proxy("refresh", `<OAuthV2 name="P"><Operation>RefreshAccessToken</Operation><GenerateResponse enabled="true"/></OAuthV2>`),
	}}
	gone := make(chan struct{})
	result := func() *finding.Result {
		type key struct{}
		mark := new([64]byte) // the facts have the context, and the context has this
		runtime.AddCleanup(mark, func(gone chan struct{}) { close(gone) }, gone)
		result, err := audit.Run(context.WithValue(t.Context(), key{}, mark), org, audit.Options{Rules: rules.All(), Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}()
	if len(result.Findings) == 0 || len(result.Edges) < 3 {
		t.Fatalf("%d findings and %d edges: the organization no longer has what the test is about", len(result.Findings), len(result.Edges))
	}
	for range 100 {
		runtime.GC()
		select {
		case <-gone:
			runtime.KeepAlive(result)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("the flows of the organization are still in memory")
	runtime.KeepAlive(result)
}
