package rules_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

func callout(name, flow string) string {
	return `<FlowCallout name="` + name + `"><SharedFlowBundle>` + flow + `</SharedFlowBundle></FlowCallout>`
}

func assign(name, content string) string {
	return `<AssignMessage name="` + name + `">` + content + `</AssignMessage>`
}

func variable(name, element, value string) string {
	return `<AssignVariable><Name>` + name + `</Name><` + element + `>` + value + `</` + element + `></AssignVariable>`
}

// passwordOnly lets requests for refresh get past a step that issues: an OAuthV2 policy faults on grants it does not list.
const passwordOnly = `request.formparam.grant_type = "password"`

// TestReachability audits one proxy p, deployed to prod with the shared flows of the case, and looks at what its policies
// Issue and Refresh come to.
func TestReachability(t *testing.T) {
	issue := audittest.Policy("Issue", "GenerateAccessToken", audittest.PasswordGrant)
	refresh := audittest.Policy("Refresh", "RefreshAccessToken", "")
	mixed := audittest.Policy("Issue", "GenerateAccessToken",
		"<SupportedGrantTypes><GrantType>password</GrantType><GrantType>client_credentials</GrantType></SupportedGrantTypes>")
	stop := `<RaiseFault name="Stop"/>`
	request := func(steps ...string) string {
		return "<PreFlow><Request>" + strings.Join(steps, "") + "</Request></PreFlow>"
	}
	response := func(steps ...string) string {
		return "<PostFlow><Response>" + strings.Join(steps, "") + "</Response></PostFlow>"
	}
	js := `<Javascript name="Code"><ResourceURL>jsc://code.js</ResourceURL></Javascript>`

	for name, tt := range map[string]struct {
		endpoint string
		policies map[string]string
		extra    map[string]string            // further files of the proxy
		flows    map[string]map[string]string // shared flows deployed beside it: name → files
		hook     string                       // "PreProxyFlowHook name"
		grants   string                       // of the proxy's own issuing policies
		refresh  bool                         // a refresh policy of the proxy itself can run
		because  string                       // RT104 says so
		rule     string                       // expected core verdict; "" for none
	}{
		"an issuing step that takes every request": {
			endpoint: request(audittest.Attach("Issue", ""), audittest.Attach("Refresh", "")), policies: map[string]string{"Issue": issue, "Refresh": refresh},
			grants: "password", rule: "RT104", because: `OAuthV2 "Issue" runs before it and faults on every grant type but password`,
		},
		"an issuing step that continues on error": {
			endpoint: request(audittest.Attach("Issue", ""), audittest.Attach("Refresh", "")), grants: "password", refresh: true,
			policies: map[string]string{"Refresh": refresh, "Issue": strings.Replace(issue, "<OAuthV2 ", `<OAuthV2 continueOnError="true" `, 1)},
		},
		"a refresh for requests of another grant": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", passwordOnly)), policies: map[string]string{"Issue": issue, "Refresh": refresh},
			grants: "password", rule: "RT104", because: `no request with grant type refresh_token in request.formparam.grant_type gets to it`,
		},
		"a refresh that reads its grant elsewhere": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", passwordOnly)), grants: "password", refresh: true,
			policies: map[string]string{"Issue": issue, "Refresh": audittest.Policy("Refresh", "RefreshAccessToken", "<GrantType>flow.grant</GrantType>")},
		},
		"a refresh whose grant the proxy makes": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Force", ""), audittest.Attach("Refresh", "")), grants: "password", refresh: true,
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Force": assign("Force",
				`<AssignTo createNew="false" type="request">request</AssignTo><Set><FormParams><FormParam name="grant_type">refresh_token</FormParam></FormParams></Set>`)},
		},
		"nested shared flows": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", "")), policies: map[string]string{"Issue": issue, "Call": callout("Call", "outer")},
			flows: map[string]map[string]string{"outer": audittest.SharedFlow("Call", callout("Call", "inner")), "inner": audittest.SharedFlow("Refresh", refresh)}, grants: "password",
		},
		"shared flows that call each other": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", "")), policies: map[string]string{"Issue": issue, "Call": callout("Call", "a")},
			flows: map[string]map[string]string{"a": audittest.SharedFlow("Call", callout("Call", "b")), "b": audittest.SharedFlow("Call", callout("Call", "a"))}, grants: "password", rule: "RT101",
		},
		"flow hook": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)), policies: map[string]string{"Issue": issue},
			flows: map[string]map[string]string{"h": audittest.SharedFlow("Refresh", refresh)}, hook: "PreProxyFlowHook h", grants: "password",
		},
		"target hook where no target is called": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<RouteRule name="none"/>`, policies: map[string]string{"Issue": issue},
			flows: map[string]map[string]string{"h": audittest.SharedFlow("Refresh", refresh)}, hook: "PreTargetFlowHook h", grants: "password", rule: "RT101",
		},
		"target hook where one is called": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<RouteRule name="t"><TargetEndpoint>t</TargetEndpoint></RouteRule>`, policies: map[string]string{"Issue": issue},
			extra: map[string]string{"apiproxy/targets/t.xml": `<TargetEndpoint name="t"/>`},
			flows: map[string]map[string]string{"h": audittest.SharedFlow("Refresh", refresh)}, hook: "PostTargetFlowHook h", grants: "password",
		},
		"hook for another proxy": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)), policies: map[string]string{"Issue": issue}, hook: "PreProxyFlowHook h", grants: "password", rule: "RT101",
			flows: map[string]map[string]string{"h": {
				"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + audittest.Attach("Refresh", `apiproxy.name = "other"`) + `</SharedFlow>`,
				"sharedflowbundle/policies/R.xml":          refresh}},
		},
		"another environment's name": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `environment.name = "test"`)), policies: map[string]string{"Issue": issue, "Refresh": refresh},
			grants: "password", rule: "RT104", because: "is never true",
		},
		"a fault in a hook does not stop the proxy": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", "")), policies: map[string]string{"Issue": issue, "Refresh": refresh},
			flows: map[string]map[string]string{"h": audittest.SharedFlow("Stop", stop)}, hook: "PreProxyFlowHook h", grants: "password", refresh: true,
		},
		"a fault in a called shared flow does": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", ""), audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Call": callout("Call", "s")},
			flows:    map[string]map[string]string{"s": audittest.SharedFlow("Stop", stop)}, grants: "password", rule: "RT104", because: `RaiseFault "Stop" stops every request`,
		},
		"unless the callout continues on error": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", ""), audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Call": strings.Replace(callout("Call", "s"), "<FlowCallout ", `<FlowCallout continueOnError="true" `, 1)},
			flows:    map[string]map[string]string{"s": audittest.SharedFlow("Stop", stop)}, grants: "password", refresh: true,
		},
		"a RaiseFault that continues on error": {
			endpoint: request(audittest.Attach("Stop", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": `<RaiseFault name="Stop" continueOnError="true"/>`}, grants: "password", refresh: true,
		},
		"a disabled RaiseFault": {
			endpoint: request(audittest.Attach("Stop", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": `<RaiseFault name="Stop" enabled="false"/>`}, grants: "password", refresh: true,
		},
		"faults that leave nothing between them": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Stop", `request.verb = "POST"`), audittest.Attach("Stop", `request.verb != "POST"`), audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": stop}, grants: "password", rule: "RT104", because: "stops every request",
		},
		"every flow ends in a fault": {
			endpoint: audittest.Flows(audittest.Flow("token", audittest.Token, audittest.Attach("Issue", passwordOnly), audittest.Attach("Stop", "")), audittest.Flow("rest", "", audittest.Attach("Stop", ""))) + response(audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": stop}, grants: "password", rule: "RT104", because: "stops every request",
		},
		"one flow does not": {
			endpoint: audittest.Flows(audittest.Flow("token", audittest.Token, audittest.Attach("Issue", passwordOnly)), audittest.Flow("rest", "", audittest.Attach("Stop", ""))) + response(audittest.Attach("Refresh", "")),
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": stop}, grants: "password", refresh: true,
		},
		"grant type forced in the form": {
			endpoint: request(audittest.Attach("Force", ""), audittest.Attach("Issue", "")), policies: map[string]string{"Issue": mixed, "Force": assign("Force",
				`<AssignTo createNew="false" type="request">request</AssignTo><Set><FormParams><FormParam name="grant_type">client_credentials</FormParam></FormParams></Set>`)},
		},
		"grant type forced only sometimes": {
			endpoint: request(audittest.Attach("Force", `request.header.machine = "1"`), audittest.Attach("Issue", "")), policies: map[string]string{"Issue": mixed, "Force": assign("Force",
				`<AssignTo createNew="false" type="request">request</AssignTo><Set><FormParams><FormParam name="grant_type">client_credentials</FormParam></FormParams></Set>`)},
			grants: "password", rule: "RT101",
		},
		"grant type copied and tested": {
			endpoint: request(audittest.Attach("Copy", ""), audittest.Attach("Issue", `oauth.grant = "client_credentials"`)),
			policies: map[string]string{"Issue": mixed, "Copy": assign("Copy", variable("oauth.grant", "Ref", "request.formparam.grant_type"))},
		},
		"a value assigned before is tested": {
			endpoint: request(audittest.Attach("Mode", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `flow.mode = "full"`)), grants: "password", rule: "RT104", because: "is never true",
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Mode": assign("Mode", variable("flow.mode", "Value", "simple"))},
		},
		"code may have set it since": {
			endpoint: request(audittest.Attach("Mode", ""), audittest.Attach("Code", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `flow.mode = "full"`)), grants: "password", refresh: true,
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Mode": assign("Mode", variable("flow.mode", "Value", "simple")), "Code": js},
			extra:    map[string]string{"apiproxy/resources/jsc/code.js": `context.setVariable("flow.mode", choose());`},
		},
		"code that sets something else": {
			endpoint: request(audittest.Attach("Mode", ""), audittest.Attach("Code", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `flow.mode = "full"`)), grants: "password", rule: "RT104", because: "is never true",
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Mode": assign("Mode", variable("flow.mode", "Value", "simple")), "Code": js},
			extra:    map[string]string{"apiproxy/resources/jsc/code.js": `context.setVariable("flow.other", 1);`},
		},
		"code that is not in the bundle may set anything": {
			endpoint: request(audittest.Attach("Mode", ""), audittest.Attach("Code", ""), audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `flow.mode = "full"`)), grants: "password", refresh: true,
			policies: map[string]string{"Issue": issue, "Refresh": refresh, "Mode": assign("Mode", variable("flow.mode", "Value", "simple")), "Code": js},
		},
		"a value set in the request is tested in the response": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<Flows><Flow name="f"><Condition>request.verb = "POST"</Condition><Response>` +
				audittest.Attach("Refresh", `request.verb = "GET"`) + `</Response></Flow></Flows>`,
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", rule: "RT104", because: "contradicts the condition of flow",
		},
		"a response condition on the target's answer": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<Flows><Flow name="f"><Response>` + audittest.Attach("Refresh", `response.status.code = 401`) + `</Response></Flow></Flows>` +
				`<RouteRule name="t"><TargetEndpoint>t</TargetEndpoint></RouteRule>`,
			extra:    map[string]string{"apiproxy/targets/t.xml": `<TargetEndpoint name="t"/>`},
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", refresh: true,
		},
		"a route that an earlier one takes everything from": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<RouteRule name="none"/><RouteRule name="t"><TargetEndpoint>t</TargetEndpoint></RouteRule>`,
			extra:    map[string]string{"apiproxy/targets/t.xml": `<TargetEndpoint name="t"><PreFlow><Request>` + audittest.Attach("Refresh", "") + `</Request></PreFlow></TargetEndpoint>`},
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", rule: "RT104", because: "no route leads to target endpoint",
		},
		"a fault rule that never gets its turn": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<FaultRules><FaultRule name="mine"><Condition>fault.name = "x"</Condition>` + audittest.Attach("Refresh", "") +
				`</FaultRule><FaultRule name="all"/></FaultRules>`, // proxy endpoints try them bottom to top
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", rule: "RT104", because: "another one always comes first",
		},
		"the same rules the other way round": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<FaultRules><FaultRule name="all"/><FaultRule name="mine"><Condition>fault.name = "x"</Condition>` + audittest.Attach("Refresh", "") +
				`</FaultRule></FaultRules>`,
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", refresh: true,
		},
		"a default fault rule": {
			endpoint: request(audittest.Attach("Issue", passwordOnly)) + `<DefaultFaultRule name="d">` + audittest.Attach("Refresh", "") + `</DefaultFaultRule>`,
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", refresh: true,
		},
		"a legacy fault rule of a step": {
			endpoint: request(`<Step><Name>Issue</Name><FaultRules><FaultRule name="f">` + audittest.Attach("Refresh", "") + `</FaultRule></FaultRules></Step>`),
			policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", refresh: true,
		},
		"a parameter of a callout": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", "")), grants: "password", rule: "RT104", because: "is never true",
			policies: map[string]string{"Issue": issue, "Call": `<FlowCallout name="Call"><Parameters><Parameter name="mode">issue</Parameter></Parameters><SharedFlowBundle>s</SharedFlowBundle></FlowCallout>`},
			flows: map[string]map[string]string{"s": {
				"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + audittest.Attach("Refresh", `mode = "refresh"`) + `</SharedFlow>`,
				"sharedflowbundle/policies/R.xml":          refresh}},
		},
		"a callout that is disabled": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Call", "")), grants: "password", rule: "RT104", because: "is not called",
			policies: map[string]string{"Issue": issue, "Call": strings.Replace(callout("Call", "s"), "<FlowCallout ", `<FlowCallout enabled="false" `, 1)},
			flows:    map[string]map[string]string{"s": audittest.SharedFlow("Refresh", refresh)},
		},
		"a malformed condition may be true": {
			endpoint: request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", `((request.verb = "GET"`)), policies: map[string]string{"Issue": issue, "Refresh": refresh}, grants: "password", refresh: true,
		},
		"two endpoints do not mix": {
			endpoint: request(audittest.Attach("Stop", "")), policies: map[string]string{"Issue": issue, "Refresh": refresh, "Stop": stop}, grants: "password", refresh: true,
			extra: map[string]string{"apiproxy/proxies/other.xml": `<ProxyEndpoint name="other">` + request(audittest.Attach("Issue", passwordOnly), audittest.Attach("Refresh", "")) + `</ProxyEndpoint>`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files := audittest.Proxy(tt.endpoint, tt.policies)
			for f, data := range tt.extra {
				files[f] = data
			}
			g := &audittest.Generated{Environments: []string{"prod"}, Does: map[apigee.Revision]audittest.Behaviour{}}
			deploy := func(kind apigee.Kind, name string, files map[string]string) {
				r := apigee.Revision{Kind: kind, Name: name, Number: "1"}
				g.Does[r] = audittest.Behaviour{Files: files}
				g.Deployed = append(g.Deployed, apigee.Deployment{Environment: "prod", Revision: r})
			}
			deploy(apigee.KindProxy, "p", files)
			for n, f := range tt.flows {
				deploy(apigee.KindSharedFlow, n, f)
			}
			if point, flow, ok := strings.Cut(tt.hook, " "); ok {
				g.Hooks = []apigee.FlowHook{{Environment: "prod", Point: point, SharedFlow: flow}}
			}
			res, err := audit.Run(context.Background(), g, audit.Options{Rules: rules.All()})
			if err != nil || len(res.Problems) > 0 {
				t.Fatalf("error %v, problems %v", err, res.Problems)
			}
			own := res.Inventory[slices.IndexFunc(res.Inventory, func(e finding.Evidence) bool { return e.Name == "p" })]
			if got := strings.Join(own.Grants, ","); got != tt.grants || own.Refreshes != tt.refresh {
				t.Errorf("issues %q, refreshes %v; want %q, %v", got, own.Refreshes, tt.grants, tt.refresh)
			}
			rule := ""
			for _, f := range res.Findings {
				if slices.Contains([]string{"RT101", "RT103", "RT104", "RT106", "RT107", "RT110"}, f.RuleID) {
					rule += f.RuleID
					if !strings.Contains(f.Message, tt.because) {
						t.Errorf("message %q does not say %q", f.Message, tt.because)
					}
				}
			}
			if rule != tt.rule {
				t.Errorf("core verdict %q, want %q", rule, tt.rule)
			}
		})
	}
}
