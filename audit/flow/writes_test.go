package flow

import (
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// bundleOf is a proxy with one policy and some resources.
func bundleOf(t *testing.T, policy string, resources map[string]string) *bundle.Bundle {
	t.Helper()
	a := &bundle.Archive{Files: []bundle.File{{Name: "apiproxy/policies/P.xml", Data: []byte(policy)}}}
	for name, text := range resources {
		a.Files = append(a.Files, bundle.File{Name: "apiproxy/resources/" + name, Data: []byte(text)})
	}
	b := bundle.Parse(apigee.Revision{Kind: apigee.KindProxy, Name: "p"}, a, bundle.DefaultLimits())
	if len(b.Problems) > 0 || len(b.Policies) != 1 {
		t.Fatalf("policies %v, problems %v", b.Policies, b.Problems)
	}
	return b
}

// writesOf reads what a policy may set, in short: `name`, `prefix*`, `name = "literal"`, `name <- copy`, `name ~ from`.
func writesOf(t *testing.T, policy string, resources map[string]string) []string {
	t.Helper()
	b := bundleOf(t, policy, resources)
	r := programReader{program: &Program{Revision: b.Revision}, bundle: b, scripts: map[string]scriptText{}}
	r.program.properties = r.readPropertySets()
	var out []string
	for _, src := range b.Policies {
		p := &Policy{Definition: &Definition{Name: src.Name, Type: src.Type, ContinueOnError: src.ContinueOnError}}
		for _, w := range spelledOut(r.appendChanges(nil, p, src)) {
			s := w.name
			if w.prefix {
				s += "*"
			}
			switch {
			case w.literal != nil:
				s += ` = "` + *w.literal + `"`
			case w.copyOf != "":
				s += " <- " + w.copyOf
			case w.from != "":
				s += " ~ " + w.from
			}
			out = append(out, s)
		}
	}
	return out
}

// TestWritesByType holds for each policy type what it may set, and some variable of another kind that it may not.
func TestWritesByType(t *testing.T) {
	for _, c := range []struct {
		policy string
		sets   string // some of what it sets, by blanks
		not    string // variables it cannot set, by blanks
	}{
		{`<OAuthV2 name="P"><Operation>VerifyAccessToken</Operation></OAuthV2>`,
			"scope grant_type client_id status expires_in token_type access_token organization_name issued_at developer.email app.name apiproduct.name accesstoken.tier company.id oauthV2.P.failed", "mode request.formparam.grant_type response.content"},
		{`<OAuthV2 name="P"><Operation>VerifyJWTAccessToken</Operation></OAuthV2>`, "scope apiproduct.name", "mode"},
		{`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation></OAuthV2>`,
			"oauthv2accesstoken.P.refresh_token oauthv2authcode.P.code oauthv2client.P.client_secret", "grant_type scope response.content oauthv2accesstoken.Q.refresh_token"},
		{`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation><GenerateResponse/></OAuthV2>`,
			"response.content response.status.code message.content", "request.content message.formparam.grant_type"},
		{`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation><GenerateResponse enabled="false"/></OAuthV2>`, "", "response.content"},
		{`<OAuthV2 name="P"><Operation>RefreshAccessToken</Operation><GenerateErrorResponse enabled="true"/></OAuthV2>`, "response.content", "scope"},
		{`<GetOAuthV2Info name="P"><RefreshToken ref="x"/></GetOAuthV2Info>`, "oauthv2refreshtoken.P.status oauthv2accesstoken.P.scope", "scope x"},
		{`<SetOAuthV2Info name="P"/>`, "oauthv2accesstoken.P.scope", "scope"},
		{`<DeleteOAuthV2Info name="P"/>`, "oauthv2accesstoken.P.scope", "scope"},
		{`<RevokeOAuthV2 name="P"/>`, "oauthV2.P.failed", "scope"},
		{`<VerifyAPIKey name="P"><APIKey ref="k"/></VerifyAPIKey>`,
			"verifyapikey.P.client_id verifyapikey.P.developer.app.name oauthV2.P.failed client_id developer.id developer.app.name apiproduct.name", "scope grant_type k"},
		{`<SpikeArrest name="P"/>`, "ratelimit.P.used.count", "ratelimit.Q.used.count mode"},
		{`<Quota name="P"/>`, "ratelimit.P.exceed.count", "mode"},
		{`<ConcurrentRatelimit name="P"/>`, "concurrentratelimit.P.allowed.count", "mode"},
		{`<ResetQuota name="P"/>`, "resetquota.P.failed", "mode"},
		{`<RaiseFault name="P" continueOnError="true"><FaultResponse><AssignVariable><Name>why</Name><Value>no</Value></AssignVariable></FaultResponse></RaiseFault>`,
			"fault.name raisefault.failed why response.content error.content", "mode request.content"},
		{`<MessageLogging name="P"/>`, "messagelogging.failed messagelogging.P.failed", "mode"},
		{`<AccessControl name="P"/>`, "acl.P.failed", "mode"},
		{`<JSONThreatProtection name="P"/>`, "jsonattack.P.failed", "mode request.content"},
		{`<XMLThreatProtection name="P"/>`, "xmlattack.P.failed", "mode"},
		{`<RegularExpressionProtection name="P"/>`, "regularexpressionprotection.P.failed", "mode"},
		{`<MessageValidation name="P"/>`, "messagevalidation.P.failed", "mode"},
		{`<OASValidation name="P"/>`, "oasvalidation.P.failed", "mode"},
		{`<GraphQL name="P"/>`, "graphql.operation.name", "mode"},
		{`<StatisticsCollector name="P"><Statistics><Statistic name="n" ref="mode"/></Statistics></StatisticsCollector>`, "", "mode n"},
		{`<DataCapture name="P"><Capture><DataCollector>dc_mode</DataCollector><Collect ref="mode"/></Capture></DataCapture>`, "", "mode dc_mode"},
		{`<TraceCapture name="P"><Variables><Variable name="n" ref="mode"/></Variables></TraceCapture>`, "", "mode n"},
		{`<CORS name="P"/>`, "response.header.access-control-allow-origin", "mode request.header.origin"},
		{`<VerifyJWT name="P"><Source>mode</Source></VerifyJWT>`, "jwt.P.claim.sub jwt.P.decoded.claim.x", "mode"},
		{`<DecodeJWT name="P"/>`, "jwt.P.claim.sub", "mode"},
		{`<GenerateJWT name="P"><OutputVariable>mode</OutputVariable></GenerateJWT>`, "mode jwt.P.generated_jwt", "scope"},
		{`<VerifyJWS name="P"/>`, "jws.P.valid", "mode"},
		{`<GenerateJWS name="P"><OutputVariable>mode</OutputVariable></GenerateJWS>`, "mode jws.P.generated_jws", "scope"},
		{`<PopulateCache name="P"><Source>mode</Source></PopulateCache>`, "populatecache.P.cachekey", "mode"},
		{`<LookupCache name="P"><CacheKey><KeyFragment ref="scope"/></CacheKey><AssignTo>mode</AssignTo></LookupCache>`, "mode mode.x lookupcache.P.cachehit", "scope"},
		{`<InvalidateCache name="P"/>`, "invalidatecache.P.cachekey", "mode"},
		{`<ResponseCache name="P"/>`, "responsecache.P.cachehit response.content response.status.code", "mode request.content"},
		{`<ValidateSAMLAssertion name="P"/>`, "saml.subject", "mode request.content"},
		{`<ValidateSAMLAssertion name="P"><Source>request</Source><RemoveAssertion>true</RemoveAssertion></ValidateSAMLAssertion>`, "request.content", "mode response.content"},
		{`<GenerateSAMLAssertion name="P"><OutputVariable><FlowVariable>mode</FlowVariable><Message name="request"/></OutputVariable></GenerateSAMLAssertion>`,
			"mode request.content saml.subject", "scope response.content"},
		{`<MonetizationLimitsCheck name="P"/>`, "mint.limitscheck.is_request_blocked", "mode"},
		{`<AccessEntity name="P"><EntityType value="app"/></AccessEntity>`, "AccessEntity.P AccessEntity.P.App.Name", "mode app"},
		{`<AssertCondition name="P"><Condition>mode = "x"</Condition></AssertCondition>`, "assertion.P.truthValue", "mode"},
		{`<BasicAuthentication name="P"><Operation>Decode</Operation><User ref="my.user"/><Password ref="my.word"/><Source>request.header.Authorization</Source></BasicAuthentication>`,
			"my.user my.word", "request.header.Authorization"},
		{`<BasicAuthentication name="P"><Operation>Encode</Operation><AssignTo>request.header.Authorization</AssignTo></BasicAuthentication>`, "request.header.Authorization", "mode"},
		{`<HMAC name="P"><Message>{mode}</Message><Output>my.mac</Output></HMAC>`, "my.mac hmac.P.output", "mode"},
		{`<KeyValueMapOperations name="P"><Get assignTo="my.value"><Key><Parameter ref="mode"/></Key></Get></KeyValueMapOperations>`, "my.value", "mode"},
		{`<KeyValueMapOperations name="P"><Put><Key><Parameter ref="mode"/></Key><Value ref="scope"/></Put></KeyValueMapOperations>`, "", "mode scope"},
		{`<JSONToXML name="P"><Source>mode</Source><OutputVariable>scope</OutputVariable></JSONToXML>`, "scope scope.content", "mode"},
		{`<XMLToJSON name="P"><Source>response</Source><OutputVariable>response</OutputVariable></XMLToJSON>`, "response.content response.header.content-type", "request.content mode"},
		{`<XSL name="P"><Source>request</Source></XSL>`, "request.content", "response.content mode"},
		{`<ExtractVariables name="P"><VariablePrefix>my</VariablePrefix><URIPath><Pattern>/a/{id}</Pattern></URIPath></ExtractVariables>`, "my.id", "id my.other"},
		{`<AssignMessage name="P"><AssignTo createNew="true" type="request">fresh</AssignTo></AssignMessage>`, "fresh.content", "request.content"},
		{`<HTTPModifier name="P"><Set><FormParams><FormParam name="grant_type">password</FormParam></FormParams></Set><AssignTo>request</AssignTo></HTTPModifier>`,
			"request.formparam.grant_type message.formparam.grant_type", "request.formparam.scope response.content"},
		{`<ServiceCallout name="P"><Request variable="out"><Set><Verb>POST</Verb></Set></Request><Response>back</Response></ServiceCallout>`,
			"back back.content out.verb servicecallout.P.target.url", "request.content mode"},
		{`<ServiceCallout name="P"><Request variable="out"/></ServiceCallout>`, "", "out.verb"},
		{`<IntegrationCallout name="P"><Request>req</Request><Response>back</Response></IntegrationCallout>`, "back integration.name", "mode"},
		{`<SetIntegrationRequest name="P"><Request>req</Request></SetIntegrationRequest>`, "req integration.name", "mode"},
		{`<PublishMessage name="P"><Source>{mode}</Source></PublishMessage>`, "publishmessage.P.failed", "mode"},
		{`<FlowCallout name="P"><Parameters><Parameter name="mode">x</Parameter></Parameters></FlowCallout>`, "mode", "scope"},
		{`<ConnectorCallout name="P"><Output>back</Output></ConnectorCallout>`, "back", "mode"},
		{`<Ldap name="P"/>`, "ldap.P.execution.success", "mode"},
		{`<ReadPropertySet name="P"><Read><Name>set</Name><Key>key</Key><AssignTo>mode</AssignTo></Read></ReadPropertySet>`, "mode", "scope"},
		{`<ExternalCallout name="P"/>`, "mode scope request.content", "proxy.pathsuffix propertyset.a.b"},
		{`<JavaCallout name="P"/>`, "mode request.formparam.grant_type", "environment.name"},
		{`<Javascript name="P"><Source>print("x")</Source></Javascript>`, "javascript.P.failed", "mode"},
		{`<SomethingNew name="P"><Value>x</Value></SomethingNew>`, "mode request.formparam.grant_type", "proxy.basepath"},
	} {
		t.Run(strings.Fields(strings.Trim(c.policy, "<>"))[0], func(t *testing.T) {
			b := bundleOf(t, c.policy, nil)
			src := b.Policies["P"]
			r := programReader{program: &Program{Revision: b.Revision}, bundle: b, scripts: map[string]scriptText{}}
			writes := spelledOut(r.appendChanges(nil, &Policy{Definition: &Definition{Name: "P", Type: src.Type, ContinueOnError: src.ContinueOnError}}, src))
			can := func(variable string) bool {
				return slices.ContainsFunc(writes, func(w write) bool { return w.covers(variable) })
			}
			for _, v := range strings.Fields(c.sets) {
				if !can(v) {
					t.Errorf("%s cannot set %s", c.policy, v)
				}
			}
			for _, v := range strings.Fields(c.not) {
				if can(v) {
					t.Errorf("%s can set %s", c.policy, v)
				}
			}
		})
	}
}

// TestContinueOnError holds that any policy may leave a fault behind when the flow goes on.
func TestContinueOnError(t *testing.T) {
	for _, policy := range []string{`<Quota name="P" continueOnError="true"/>`, `<FlowCallout name="P" continueOnError="true"/>`} {
		if got := writesOf(t, policy, nil); !slices.Contains(got, "fault.*") || !slices.Contains(got, "error.*") {
			t.Errorf("%s sets %q", policy, got)
		}
	}
	if got := writesOf(t, `<Quota name="P"/>`, nil); slices.Contains(got, "fault.*") {
		t.Errorf("a policy that stops the flow sets %q", got)
	}
}

// TestWritesFollowed holds which values are certain, and where the others may come from.
func TestWritesFollowed(t *testing.T) {
	properties := map[string]string{"properties/oauth.properties": "mode=refresh\nempty="}
	for _, c := range []struct {
		name, policy string
		want         []string // among what is set
		not          []string
	}{
		{"value", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Value>{b}</Value></AssignVariable></AssignMessage>`, []string{`a = "{b}"`}, nil},
		{"ref", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Ref>b</Ref></AssignVariable></AssignMessage>`, []string{`a <- b`}, nil},
		{"ref with fallback", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Ref>b</Ref><Value>c</Value></AssignVariable></AssignMessage>`, []string{`a ~ b`}, nil},
		{"template", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Template>{b}</Template></AssignVariable></AssignMessage>`, []string{`a <- b`}, nil},
		{"template of text", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Template>b</Template></AssignVariable></AssignMessage>`, []string{`a = "b"`}, nil},
		{"template around", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Template>x {b}</Template></AssignVariable></AssignMessage>`, []string{`a ~ b`}, nil},
		{"template of a hash", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Template>{sha256Hex(b)}</Template></AssignVariable></AssignMessage>`, []string{`a`}, nil},
		{"template in a variable", `<AssignMessage name="P"><AssignVariable><Name>a</Name><Template ref="t">b</Template></AssignVariable></AssignMessage>`, []string{`a`}, nil},
		{"property", `<AssignMessage name="P"><AssignVariable><Name>a</Name><PropertySetRef>oauth.mode</PropertySetRef></AssignVariable></AssignMessage>`, []string{`a = "refresh"`}, nil},
		{"unknown property", `<AssignMessage name="P"><AssignVariable><Name>a</Name><PropertySetRef>oauth.other</PropertySetRef></AssignVariable></AssignMessage>`, []string{`a`}, nil},
		{"read property", `<ReadPropertySet name="P"><Read><Name>oauth</Name><Key>mode</Key><AssignTo>a</AssignTo></Read></ReadPropertySet>`, []string{`a = "refresh"`}, nil},
		{"read property by reference", `<ReadPropertySet name="P"><Read><Name ref="n">oauth</Name><Key>mode</Key><AssignTo>a</AssignTo></Read></ReadPropertySet>`, []string{`a`}, nil},
		{"form parameter", `<AssignMessage name="P"><Set><FormParams><FormParam name="a">b</FormParam></FormParams></Set><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{`request.formparam.a = "b"`, "message.formparam.a", "request.content"}, nil},
		{"form parameter from the query", `<AssignMessage name="P"><Set><FormParams><FormParam name="a">{request.queryparam.b}</FormParam></FormParams></Set><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{`request.formparam.a <- request.queryparam.b`}, nil},
		{"without AssignTo", `<AssignMessage name="P"><Set><FormParams><FormParam name="a">{request.queryparam.b}</FormParam></FormParams></Set></AssignMessage>`,
			[]string{`request.formparam.a ~ request.queryparam.b`, `response.formparam.a ~ request.queryparam.b`}, nil},
		{"AssignTo message", `<AssignMessage name="P"><Set><FormParams><FormParam name="a">b</FormParam></FormParams></Set><AssignTo>message</AssignTo></AssignMessage>`,
			[]string{`request.formparam.a`, `response.formparam.a`}, []string{`request.formparam.a = "b"`}},
		{"added", `<AssignMessage name="P"><Add><FormParams><FormParam name="a">b</FormParam></FormParams></Add><AssignTo>request</AssignTo></AssignMessage>`, []string{`request.formparam.a`}, nil},
		{"removed", `<AssignMessage name="P"><Remove><Headers><Header name="x"/></Headers></Remove><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{"request.header.x"}, []string{"request.*", "request.formparam.*"}},
		{"all removed", `<AssignMessage name="P"><Remove><FormParams/></Remove><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{"request.formparam.*"}, []string{"request.*", "request.header.*"}},
		{"name in a template", `<AssignMessage name="P"><Set><FormParams><FormParam name="{n}">b</FormParam></FormParams></Set><AssignTo>request</AssignTo></AssignMessage>`, []string{"request.formparam.*"}, nil},
		{"form payload", `<AssignMessage name="P"><Set><Payload>grant_type=refresh_token&amp;refresh_token={request.queryparam.b}</Payload></Set><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{"request.formparam.*", "request.formparam.refresh_token ~ request.queryparam.b"}, nil},
		{"payload with other delimiters", `<AssignMessage name="P"><Set><Payload variablePrefix="%" variableSuffix="#">refresh_token=%request.queryparam.b#</Payload></Set><AssignTo>request</AssignTo></AssignMessage>`,
			[]string{"request.formparam.refresh_token ~ request.queryparam.b"}, nil},
		{"status", `<AssignMessage name="P"><Set><StatusCode>200</StatusCode></Set><AssignTo>response</AssignTo></AssignMessage>`, []string{"response.status.code"}, nil},
		{"copy of all", `<AssignMessage name="P"><Copy source="request"/><AssignTo createNew="true" type="request">out</AssignTo></AssignMessage>`, []string{"out.* ~ request."}, nil},
		{"copy of parameters", `<AssignMessage name="P"><Copy source="request"><QueryParams><QueryParam name="b">true</QueryParam></QueryParams></Copy><AssignTo>out</AssignTo></AssignMessage>`,
			[]string{"out.queryparam.b ~ request.queryparam.b"}, []string{"out.*"}},
		{"copy of all parameters", `<AssignMessage name="P"><Copy source="request"><QueryParams>true</QueryParams><Payload>false</Payload></Copy><AssignTo>out</AssignTo></AssignMessage>`,
			[]string{"out.queryparam.* ~ request.queryparam."}, []string{"out.content ~ request.content"}},
		{"extracted", `<ExtractVariables name="P"><Source>request</Source><QueryParam name="q"><Pattern>a{b}c{d}</Pattern></QueryParam><Header name="H"><Pattern>{h}</Pattern></Header>` +
			`<FormParam name="f"><Pattern>{g}</Pattern></FormParam><URIPath><Pattern>/x/{u}</Pattern></URIPath><Variable name="v"><Pattern>{w}</Pattern></Variable>` +
			`<JSONPayload><Variable name="j"><JSONPath>$.j</JSONPath></Variable></JSONPayload><XMLPayload><Variable name="x"><XPath>/x</XPath></Variable></XMLPayload></ExtractVariables>`,
			[]string{
				"b ~ request.queryparam.q", "d ~ request.queryparam.q", "h ~ request.header.H", "g ~ request.formparam.f", "u ~ proxy.pathsuffix",
				"w ~ v", "j ~ request.content", "x ~ request.content",
			}, []string{"v"}},
		{"cleared", `<ExtractVariables name="P"><Source clearPayload="true">request</Source><JSONPayload><Variable name="j"><JSONPath>$.j</JSONPath></Variable></JSONPayload></ExtractVariables>`,
			[]string{"request.content", "request.formparam.*"}, nil},
		{"parameter", `<FlowCallout name="P"><Parameters><Parameter name="a">{b}</Parameter><Parameter name="c" ref="d"/><Parameter name="e" value="f"/></Parameters></FlowCallout>`,
			[]string{"a <- b", "c <- d", `e = "f"`}, nil},
		{"script", `<Javascript name="P"><Source>context.setVariable('a', context.getVariable("request.queryparam.b")); context.setVariable("c", 1)</Source></Javascript>`,
			[]string{"a ~ request.queryparam.b", "c"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := writesOf(t, c.policy, properties)
			for _, w := range c.want {
				if !slices.Contains(got, w) {
					t.Errorf("%q is not among %q", w, got)
				}
			}
			for _, w := range c.not {
				if slices.Contains(got, w) {
					t.Errorf("%q is among %q", w, got)
				}
			}
		})
	}
}

// Variables are looked up by their order, which must come out as looking at each of them does.
func TestWriteSetsOneOf(t *testing.T) {
	variables := []string{"", "a", "a.b", "a.b.c", "a.bc", "ab", "environment.name", "propertyset.s.k", "request.header.x-a", "request.header.x-b", "z"}
	names := append([]string{"a.", "a.b.", "request.header.X-A", "request.header.x-c", "request.header.", "zz", "b"}, variables...)
	for n := range 1 << len(variables) {
		var some []string
		for i, v := range variables {
			if n&(1<<i) != 0 {
				some = append(some, v)
			}
		}
		for _, name := range names {
			for _, prefix := range []bool{false, true} {
				w := write{name: canonical(name), prefix: prefix}
				if got, want := w.setsOneOf(some), slices.ContainsFunc(some, w.covers); got != want {
					t.Fatalf("%+v sets one of %q: %t, want %t", w, some, got, want)
				}
			}
		}
	}
}
