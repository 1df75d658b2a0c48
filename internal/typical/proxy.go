// Package typical makes proxies of ordinary size, for benchmarks.
package typical

import (
	"fmt"
	"strings"
)

// Tokens is what a proxy does with refresh tokens.
type Tokens int

// Proxies that only verify access tokens, that issue refresh tokens and refresh them, and that issue them only.
const (
	Verifies Tokens = iota
	Refreshes
	Issues
)

// Proxy has the files of a proxy of 40 policies, three endpoints and a script, the size of one in production. All proxies are made from
// one template: three files in five are the same in all of them, and the others have the number in their paths.
func Proxy(n int, does Tokens) map[string][]byte {
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
	if does == Verifies {
		flows.WriteString(`<Flow name="health"><Request><Step><Name>FC-Log</Name></Step></Request></Flow>`)
		files["apiproxy/policies/FC-Log.xml"] = `<FlowCallout name="FC-Log"><SharedFlowBundle>log</SharedFlowBundle></FlowCallout>`
	}
	issue, refresh := "OA-Issue", "OA-Refresh"
	if does == Verifies {
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
	if does == Verifies {
		delete(files, "apiproxy/policies/OA-Issue.xml")
	}
	if does != Refreshes {
		delete(files, "apiproxy/policies/OA-Refresh.xml")
	}
	out := map[string][]byte{}
	for name, text := range files {
		out[name] = []byte(strings.ReplaceAll(text, "/orders/", fmt.Sprintf("/orders%d/", n)))
	}
	return out
}
