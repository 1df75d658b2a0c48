package audit_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/rules"
)

// typicalBundle packs a proxy of 40 policies, three endpoints and a script, the size of one in production. With tokens it
// issues and refreshes them; otherwise it only verifies.
func typicalBundle(tb testing.TB, n int, tokens bool) []byte {
	tb.Helper()
	return typicalBundleEnding(tb, n, tokens, "")
}

// typicalBundleEnding is [typicalBundle] with a text at the end of each file.
func typicalBundleEnding(tb testing.TB, n int, tokens bool, end string) []byte {
	tb.Helper()
	files := map[string]string{
		"apiproxy/orders.xml": `<APIProxy name="orders"/>`, "apiproxy/resources/jsc/util.js": strings.Repeat("var a = context.getVariable('x');\n", 60),
	}
	var flows, pre strings.Builder
	for i := range 12 {
		fmt.Fprintf(&flows, `
    <Flow name="operation %d">
      <Description>Operation %d of the API</Description>
      <Request>
        <Step><Name>AM-%d</Name><Condition>request.header.x-mode = "full"</Condition></Step>
        <Step><Name>KV-%d</Name></Step>
        <Step><Name>RF-%d</Name><Condition>request.queryparam.page = null</Condition></Step>
      </Request>
      <Response><Step><Name>AM-%d</Name></Step></Response>
      <Condition>(proxy.pathsuffix MatchesPath "/orders/%d/*") and (request.verb = "GET")</Condition>
    </Flow>`, i, i, i%10, i%5, i%5, (i+5)%10, i)
	}
	files["apiproxy/policies/OA-Verify.xml"] = `<OAuthV2 name="OA-Verify"><Operation>VerifyAccessToken</Operation></OAuthV2>`
	if !tokens {
		flows.WriteString(`<Flow name="health"><Request><Step><Name>FC-Log</Name></Step></Request></Flow>`)
		files["apiproxy/policies/FC-Log.xml"] = `<FlowCallout name="FC-Log"><SharedFlowBundle>log</SharedFlowBundle></FlowCallout>`
	}
	issue, refresh := "OA-Issue", "OA-Refresh"
	if !tokens {
		issue, refresh = "AM-0", "AM-1"
	}
	files["apiproxy/policies/OA-Issue.xml"] = `<OAuthV2 name="OA-Issue"><Operation>GenerateAccessToken</Operation>
  <ExpiresIn>1800000</ExpiresIn><RefreshTokenExpiresIn>2592000000</RefreshTokenExpiresIn>
  <SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse enabled="true"/></OAuthV2>`
	files["apiproxy/policies/OA-Refresh.xml"] = `<OAuthV2 name="OA-Refresh"><Operation>RefreshAccessToken</Operation>
  <RefreshTokenExpiresIn>2592000000</RefreshTokenExpiresIn><GenerateResponse enabled="true"/></OAuthV2>`
	for i := range 10 {
		files[fmt.Sprintf("apiproxy/policies/AM-%d.xml", i)] = fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<AssignMessage async="false" continueOnError="false" enabled="true" name="AM-%d">
    <DisplayName>AM-%d</DisplayName>
    <Properties/>
    <Set>
        <Headers><Header name="X-Request-Id">{messageid}</Header><Header name="X-Forwarded-Proxy">{apiproxy.name}</Header></Headers>
        <Payload contentType="application/json">{"id": "{messageid}", "status": "accepted", "links": ["/orders/{order.id}"]}</Payload>
    </Set>
    <AssignVariable><Name>order.%d</Name><Ref>request.queryparam.order</Ref><Value>none</Value></AssignVariable>
    <IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables>
    <AssignTo createNew="false" transport="http" type="request"/>
</AssignMessage>`, i, i, i)
	}
	for i := range 5 {
		files[fmt.Sprintf("apiproxy/policies/KV-%d.xml", i)] = fmt.Sprintf(`<KeyValueMapOperations name="KV-%d" mapIdentifier="settings">
  <Scope>environment</Scope><ExpiryTimeInSecs>300</ExpiryTimeInSecs><Get assignTo="private.setting.%d"><Key><Parameter>key-%d</Parameter></Key></Get>
</KeyValueMapOperations>`, i, i, i)
		files[fmt.Sprintf("apiproxy/policies/RF-%d.xml", i)] = fmt.Sprintf(`<RaiseFault name="RF-%d"><FaultResponse><Set>
  <StatusCode>400</StatusCode><ReasonPhrase>Bad Request</ReasonPhrase><Payload contentType="application/json">{"error":"bad request"}</Payload>
</Set></FaultResponse><IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables></RaiseFault>`, i)
	}
	for i := range 17 {
		files[fmt.Sprintf("apiproxy/policies/SA-%d.xml", i)] = fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Quota async="false" continueOnError="false" enabled="true" name="SA-%d" type="calendar">
    <DisplayName>SA-%d</DisplayName><Properties/>
    <Allow count="2000" countRef="request.header.allowed_quota"/><Interval ref="request.header.quota_count">1</Interval>
    <Distributed>false</Distributed><Synchronous>false</Synchronous><TimeUnit ref="request.header.quota_timeout">month</TimeUnit>
    <StartTime>2026-01-01 12:00:00</StartTime>
</Quota>`, i, i)
		fmt.Fprintf(&pre, `<Step><Name>SA-%d</Name></Step>`, i)
	}
	files["apiproxy/proxies/default.xml"] = `<ProxyEndpoint name="default"><PreFlow name="PreFlow"><Request>` + pre.String() + `</Request></PreFlow><Flows>
    <Flow name="refresh"><Request><Step><Name>` + refresh + `</Name></Step></Request>
      <Condition>(proxy.pathsuffix MatchesPath "/token") and (request.formparam.grant_type = "refresh_token")</Condition></Flow>
    <Flow name="token"><Request><Step><Name>` + issue + `</Name></Step></Request><Condition>proxy.pathsuffix MatchesPath "/token"</Condition></Flow>` +
		flows.String() + `</Flows><HTTPProxyConnection><BasePath>/orders</BasePath></HTTPProxyConnection>
  <RouteRule name="none"><Condition>proxy.pathsuffix MatchesPath "/token"</Condition></RouteRule>
  <RouteRule name="default"><TargetEndpoint>default</TargetEndpoint></RouteRule></ProxyEndpoint>`
	files["apiproxy/targets/default.xml"] = `<TargetEndpoint name="default"><PreFlow><Request><Step><Name>OA-Verify</Name></Step></Request></PreFlow>
  <HTTPTargetConnection><URL>https://example.com</URL></HTTPTargetConnection></TargetEndpoint>`
	if !tokens {
		delete(files, "apiproxy/policies/OA-Issue.xml")
		delete(files, "apiproxy/policies/OA-Refresh.xml")
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, data := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(strings.ReplaceAll(data, "/orders/", "/orders"+strconv.Itoa(n)+"/") + end))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

var typicalRevision = apigee.Revision{Kind: apigee.KindProxy, Name: "orders", Number: "1"}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bundles/s") }

func downloaded(data []byte) (*bundle.Archive, error) {
	a := bundle.Downloaded(data, time.Time{})
	return a, a.Open(bundle.DefaultLimits())
}

func BenchmarkRead(b *testing.B) {
	data := typicalBundle(b, 0, true)
	for b.Loop() {
		a, err := downloaded(data)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range a.Files {
			if _, err := f.Content(); err != nil {
				b.Fatal(err)
			}
		}
	}
	perSecond(b)
}

func BenchmarkParse(b *testing.B) {
	a, err := downloaded(typicalBundle(b, 0, true))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		bundle.Parse(typicalRevision, a, bundle.DefaultLimits())
	}
	perSecond(b)
}

func BenchmarkFacts(b *testing.B) {
	a, err := downloaded(typicalBundle(b, 0, true))
	if err != nil {
		b.Fatal(err)
	}
	bundle := bundle.Parse(typicalRevision, a, bundle.DefaultLimits())
	reader := flow.NewReader()
	for b.Loop() {
		reader.Read(bundle, a)
	}
	perSecond(b)
}

// typicalOrganization answers every revision with one of a few bundles.
type typicalOrganization struct {
	zips [][]byte
	n    int
}

func (o *typicalOrganization) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "bench", Platform: apigee.PlatformX, Environments: []string{"dev", "prod"}}, nil
}

func (o *typicalOrganization) Deployments(context.Context) (inventory.Listing, error) {
	var out []apigee.Deployment
	for i := range o.n {
		r := apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("orders-%d", i/2), Number: strconv.Itoa(1 + i%2)}
		out = append(out, apigee.Deployment{Environment: []string{"dev", "prod"}[i%2], Revision: r})
	}
	return inventory.Listing{Deployments: out}, nil
}

func (o *typicalOrganization) pick(r apigee.Revision) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.Name, "orders-"))
	revision, _ := strconv.Atoi(r.Number)
	return (2*n + revision - 1) % len(o.zips)
}

func (o *typicalOrganization) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) {
	return nil, nil
}

func (o *typicalOrganization) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return downloaded(o.zips[o.pick(r)])
}

// BenchmarkAudit is the whole road without the network: read, parse, facts, rules.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(strconv.Itoa(n)+" revisions", func(b *testing.B) {
			org := &typicalOrganization{n: n}
			for i := range 10 { // one proxy in ten handles refresh tokens
				org.zips = append(org.zips, typicalBundle(b, i, i == 0))
			}
			defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
			for b.Loop() {
				res, err := audit.Run(context.Background(), org, audit.Options{Rules: rules.All(), Concurrency: runtime.GOMAXPROCS(0)})
				if err != nil || res.Audited != n {
					b.Fatalf("%d audited, error %v", res.Audited, err)
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapSys-m.HeapReleased)/(1<<20), "heap-MB")
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "bundles/s")
		})
	}
}

// BenchmarkBesideInflate is the whole road without the network on one core, fixes included, beside inflating the same zips and
// nothing else. The two take turns; x-inflate is the ratio of their times. Of bundles made from a template three files in five are
// those of all others; where no file is alike, each has a comment of its own.
func BenchmarkBesideInflate(b *testing.B) {
	b.Run("from a template", func(b *testing.B) { besideInflate(b, func(int) string { return "" }) })
	b.Run("no file alike", func(b *testing.B) { besideInflate(b, func(n int) string { return fmt.Sprintf("<!-- %d -->", n) }) })
}

func besideInflate(b *testing.B, end func(n int) string) {
	b.Helper()
	const n = 1000
	org := &typicalOrganization{n: n}
	for i := range n { // one proxy in ten handles refresh tokens
		org.zips = append(org.zips, typicalBundleEnding(b, i, i%10 == 0, end(i)))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var inflating, auditing time.Duration
	for b.Loop() {
		started := time.Now()
		for _, zip := range org.zips {
			inflateAll(b, zip)
		}
		inflating += time.Since(started)
		started = time.Now()
		a, err := audit.Read(b.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1, Keep: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := fix.Propose(b.Context(), a, a.Result(), fix.Options{Concurrency: 1}); err != nil {
			b.Fatal(err)
		}
		a.Close()
		auditing += time.Since(started)
	}
	b.ReportMetric(auditing.Seconds()/inflating.Seconds(), "x-inflate")
	b.ReportMetric(float64(n*b.N)/inflating.Seconds(), "inflated/s")
	b.ReportMetric(float64(n*b.N)/auditing.Seconds(), "bundles/s")
}

func inflateAll(b *testing.B, data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
