package audit_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// sketch is a proxy p, written as the content of its proxy endpoint. The names of policies say what they are, see
// policyNamed.
type sketch struct {
	proxy  string
	target string            // content of target endpoint "t"; a route leads there unless proxy has one
	shared map[string]string // "s" or, with a revision, "s/2": the steps of a shared flow
	// deployed says which revision of a shared flow an environment has: "prod s/2"; without any, dev has all.
	deployed []string
	hooks    []string          // "dev PreProxyFlowHook s"
	policies map[string]string // those whose name does not say what they are
}

// Pieces of endpoints. A step is the name of a policy, with "if" and a condition behind it.
func request(steps ...string) string  { return tag("Request", "", steplist(steps)) }
func response(steps ...string) string { return tag("Response", "", steplist(steps)) }
func preFlow(content ...string) string {
	return tag("PreFlow", "", strings.Join(content, ""))
}
func postFlow(content ...string) string {
	return tag("PostFlow", "", strings.Join(content, ""))
}
func flows(list ...string) string { return tag("Flows", "", strings.Join(list, "")) }
func flowXML(name, condition string, content ...string) string {
	if condition != "" {
		condition = tag("Condition", "", escape(condition))
	}
	return tag("Flow", fmt.Sprintf("name=%q", name), condition+strings.Join(content, ""))
}
func route(condition, to string) string {
	if condition != "" {
		condition = tag("Condition", "", escape(condition))
	}
	return tag("RouteRule", `name="r"`, condition+to)
}

const toTarget = "<TargetEndpoint>t</TargetEndpoint>"

func steplist(list []string) string {
	var b strings.Builder
	for _, s := range list {
		name, condition, conditional := strings.Cut(s, " if ")
		if conditional {
			condition = tag("Condition", "", escape(condition))
		}
		b.WriteString(tag("Step", "", tag("Name", "", name)+condition))
	}
	return b.String()
}

// policyNamed makes the policy that a name stands for: Issue, Issue-cc (client_credentials only), Issue-both, Refresh
// (and Refresh-2 and so on), Revoke, Verify, Stop (RaiseFault), Call-s, Set-x-v and Copy-x-from-variable. A name that
// ends in -soft continues on error.
func policyNamed(name string) string {
	base, soft := strings.CutSuffix(name, "-soft")
	p := &modelPolicy{Name: name, Soft: soft}
	part := strings.SplitN(base, "-", 3)
	switch part[0] {
	case "Issue":
		p.Kind, p.Grants = kindIssue, map[string][]string{"cc": {"client_credentials"}, "both": {"client_credentials", "password"}, "": {"password"}}[strings.Join(part[1:], "")]
	case "Refresh":
		p.Kind = kindRefresh
	case "Revoke":
		p.Kind = kindProbe
	case "Verify":
		p.Kind = kindVerify
	case "Stop":
		p.Kind = kindRaise
	case "Call":
		p.Kind, p.SharedFlow = kindCall, part[1]
	case "Set":
		p.Kind, p.To, p.Value = kindAssign, part[1], &part[2]
	case "Copy":
		_, p.From, _ = strings.Cut(part[2], "from-")
		p.Kind, p.To = kindAssign, part[1]
	default:
		panic("what is a policy " + name + "?")
	}
	return p.emit()
}

// attachedName finds the names that steps attach.
var attachedName = regexp.MustCompile(`<Name>([^<]+)</Name>`)

func (k *sketch) withPolicies(root, content string, files map[string]string) {
	for _, m := range attachedName.FindAllStringSubmatch(content, -1) {
		xml, given := k.policies[m[1]]
		if !given {
			xml = policyNamed(m[1])
		}
		files[root+"policies/"+m[1]+".xml"] = xml
	}
}

// source makes the organization: p in every environment, and the shared flows where they are deployed.
func (k *sketch) source() *inMemory {
	s := &inMemory{bundles: map[apigee.Revision]map[string]string{}}
	environment := func(name string) {
		if !slices.Contains(s.environments, name) {
			s.environments = append(s.environments, name)
			s.deployed = append(s.deployed, apigee.Deployment{Environment: name, Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}})
		}
	}
	environment("dev")
	files := map[string]string{}
	endpoint := k.proxy
	if k.target != "" {
		if !strings.Contains(endpoint, "<RouteRule") {
			endpoint += route("", toTarget)
		}
		files["apiproxy/targets/t.xml"] = tag("TargetEndpoint", `name="t"`, k.target)
	}
	files["apiproxy/proxies/default.xml"] = tag("ProxyEndpoint", `name="default"`, endpoint)
	k.withPolicies("apiproxy/", endpoint+k.target, files)
	s.bundles[s.deployed[0].Revision] = files
	deployed := k.deployed
	for _, key := range slices.Sorted(maps.Keys(k.shared)) {
		r := sharedRevision(key)
		files := map[string]string{"sharedflowbundle/sharedflows/default.xml": tag("SharedFlow", `name="default"`, k.shared[key])}
		k.withPolicies("sharedflowbundle/", k.shared[key], files)
		s.bundles[r] = files
		if len(k.deployed) == 0 {
			deployed = append(deployed, "dev "+key)
		}
	}
	for _, d := range deployed {
		env, key, _ := strings.Cut(d, " ")
		environment(env)
		s.deployed = append(s.deployed, apigee.Deployment{Environment: env, Revision: sharedRevision(key)})
	}
	for _, h := range k.hooks {
		part := strings.Fields(h)
		environment(part[0])
		s.hooks = append(s.hooks, apigee.FlowHook{Environment: part[0], Point: part[1], SharedFlow: part[2]})
	}
	return s
}

func sharedRevision(key string) apigee.Revision {
	name, number, given := strings.Cut(key, "/")
	if !given {
		number = "1"
	}
	return apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: number}
}

// verdict says of a policy in an environment what the audit takes it to be: "dead", "runs", or the grants it serves.
func (s sayings) verdict(env, policy string) string {
	for at, grants := range s {
		if at.environment == env && at.policy == policy {
			slices.Sort(grants)
			if grants = slices.Compact(grants); len(grants) > 0 {
				return strings.Join(grants, " ")
			}
			return "runs"
		}
	}
	return "dead"
}

// TestWalkCases states what single proxies do, by Apigee's documentation. Where no environment is named it is dev.
func TestWalkCases(t *testing.T) {
	post := `request.verb = "POST"`
	password, renewal := `request.formparam.grant_type = "password"`, `request.formparam.grant_type = "refresh_token"`
	for name, tt := range map[string]struct {
		sketch
		want    map[string]string // "Refresh" or "prod Refresh" → dead, runs, or grants
		pending string            // why the audit does not say so yet
	}{
		// What alternatives assign is not known behind them.
		"an alternative flow assigns what was assigned before": {
			sketch: sketch{proxy: preFlow(request("Set-mode-b")) + flows(flowXML("token", post, request("Set-mode-a"))) + postFlow(request(`Refresh if mode = "a"`))},
			want:   map[string]string{"Refresh": "runs"},
		},
		"an alternative flow of the response assigns it": {
			sketch: sketch{proxy: preFlow(request("Set-mode-b")) + flows(flowXML("token", post, response("Set-mode-a"))) + postFlow(response(`Refresh if mode = "a"`))},
			want:   map[string]string{"Refresh": "runs"},
		},
		"one of two targets assigns it": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b"), response(`Refresh if mode = "a"`, `Refresh-2 if mode = "b"`)) +
					route(post, toTarget) + route("", ""),
				target: preFlow(request("Set-mode-a")),
			},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "runs"},
		},
		"two alternatives, and neither of them assigns what is asked for": {
			sketch: sketch{proxy: preFlow(request("Set-mode-b")) + flows(flowXML("token", post, request("Set-kind-a"))) + postFlow(request(`Refresh if mode = "a"`, `Refresh-2 if mode = "b"`))},
			want:   map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
		},
		"the alternatives assign something else that is asked for": {
			sketch:  sketch{proxy: preFlow(request("Set-mode-b")) + flows(flowXML("token", post, request("Set-kind-a"))) + postFlow(request(`Refresh if mode = "a"`, `Refresh-2 if kind = "c"`))},
			want:    map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
			pending: "behind alternatives that assign anything, all that was assigned before them is forgotten too",
		},

		// Hooks run what their environment attaches, and nothing where it attaches none.
		"a hook assigns what the proxy assigned before": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b")), target: preFlow(request(`Refresh if mode = "a"`)),
				shared: map[string]string{"s": steplist([]string{"Set-mode-a"})}, hooks: []string{"dev PreTargetFlowHook s"},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"a hook asks for what the proxy has assigned since an earlier hook": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-a")), target: preFlow(),
				shared: map[string]string{"s": steplist([]string{"Set-mode-b"}), "s2": steplist([]string{`Refresh if mode = "a"`})},
				hooks:  []string{"dev PreProxyFlowHook s", "dev PreTargetFlowHook s2"},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"a hook on the response asks for it": {
			sketch: sketch{
				proxy:  preFlow(request("Set-mode-a")),
				shared: map[string]string{"s": steplist([]string{"Set-mode-b"}), "s2": steplist([]string{`Refresh if mode = "a"`})},
				hooks:  []string{"dev PreProxyFlowHook s", "dev PostProxyFlowHook s2"},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"hooks of one environment only": {
			sketch: sketch{
				proxy: preFlow(request(`Revoke if mode = "a"`)), shared: map[string]string{"s": steplist([]string{"Refresh", "Set-mode-b"})},
				deployed: []string{"dev s", "prod s"}, hooks: []string{"prod PreProxyFlowHook s"},
			},
			want: map[string]string{"dev Refresh": "dead", "dev Revoke": "runs", "prod Refresh": "runs"},
		},
		"different hook points": {
			sketch: sketch{
				proxy: preFlow(request("Revoke-2")), shared: map[string]string{"s": steplist([]string{"Refresh"})},
				deployed: []string{"dev s", "prod s"}, hooks: []string{"dev PreTargetFlowHook s", "prod PostProxyFlowHook s"},
			},
			want: map[string]string{"dev Refresh": "dead", "prod Refresh": "runs"}, // no target is called
		},
		"different shared flows at one hook point": {
			sketch: sketch{
				proxy:    preFlow(request("Revoke-2")),
				shared:   map[string]string{"s": steplist([]string{"Refresh"}), "s2": steplist([]string{"Revoke"})},
				deployed: []string{"dev s", "dev s2", "prod s", "prod s2"}, hooks: []string{"dev PreProxyFlowHook s", "prod PreProxyFlowHook s2"},
			},
			want: map[string]string{"dev Refresh": "runs", "dev Revoke": "dead", "prod Refresh": "dead", "prod Revoke": "runs"},
		},
		"different revisions of a hook's shared flow": {
			sketch: sketch{
				proxy:    preFlow(request("Revoke-2")),
				shared:   map[string]string{"s/1": steplist([]string{"Refresh"}), "s/2": steplist([]string{"Revoke"})},
				deployed: []string{"dev s/1", "prod s/2"}, hooks: []string{"dev PreProxyFlowHook s", "prod PreProxyFlowHook s"},
			},
			want: map[string]string{"dev Refresh": "runs", "dev Revoke": "dead", "prod Refresh": "dead", "prod Revoke": "runs"},
		},
		"different revisions of a called shared flow": {
			sketch: sketch{
				proxy:    preFlow(request("Call-s")),
				shared:   map[string]string{"s/1": steplist([]string{"Refresh"}), "s/2": steplist([]string{"Revoke"})},
				deployed: []string{"dev s/1", "prod s/2"},
			},
			want: map[string]string{"dev Refresh": "runs", "dev Revoke": "dead", "prod Refresh": "dead", "prod Revoke": "runs"},
		},
		"different revisions of a shared flow two calls away": {
			sketch: sketch{
				proxy:    preFlow(request("Call-s0")),
				shared:   map[string]string{"s0/1": steplist([]string{"Call-s"}), "s/1": steplist([]string{"Refresh"}), "s/2": steplist([]string{"Revoke"})},
				deployed: []string{"dev s0/1", "prod s0/1", "dev s/1", "prod s/2"},
			},
			want: map[string]string{"dev Refresh": "runs", "dev Revoke": "dead", "prod Refresh": "dead", "prod Revoke": "runs"},
		},
		"a shared flow that one environment lacks": {
			sketch: sketch{
				proxy: preFlow(request("Call-s")), shared: map[string]string{"s": steplist([]string{"Refresh"})},
				deployed: []string{"prod s"},
			},
			want: map[string]string{"dev Refresh": "dead", "prod Refresh": "runs"},
		},
		"the name of the environment": {
			sketch: sketch{
				proxy: preFlow(request(`Refresh if environment.name = "prod"`)), deployed: []string{"prod s"},
				shared: map[string]string{"s": steplist([]string{"Revoke"})},
			},
			want: map[string]string{"dev Refresh": "dead", "prod Refresh": "runs"},
		},
		"the name of the environment, asked in a hook": {
			sketch: sketch{
				proxy: preFlow(request("Revoke-2")), shared: map[string]string{"s": steplist([]string{`Refresh if environment.name = "prod"`})},
				deployed: []string{"dev s", "prod s"}, hooks: []string{"dev PreProxyFlowHook s", "prod PreProxyFlowHook s"},
			},
			want: map[string]string{"dev Refresh": "dead", "prod Refresh": "runs"},
		},

		// Targets.
		"a target's answer is new": {
			sketch: sketch{
				proxy:  flows(flowXML("f", `response.header.x-mode = null`, response(`Refresh if response.header.x-mode = "a"`))),
				target: preFlow(),
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"so is that of a target which the bundle lacks": {
			sketch: sketch{proxy: flows(flowXML("f", `response.header.x-mode = null`, response(`Refresh if response.header.x-mode = "a"`))) + route("", toTarget)},
			want:   map[string]string{"Refresh": "runs"},
		},
		"a target's flows ask for the request": {
			sketch: sketch{
				proxy:  flows(flowXML("f", post, request("Issue"))) + route(`request.verb = "GET"`, toTarget) + route("", ""),
				target: flows(flowXML("a", post, request("Refresh")), flowXML("b", "", request("Refresh-2"))),
			},
			want:    map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
			pending: "the target boundary forgets everything",
		},

		// Faults.
		"an assignment that may have failed": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-a", "Fail-soft", `Refresh if mode = "a"`)),
				policies: map[string]string{"Fail-soft": `<AssignMessage name="Fail-soft" continueOnError="true"><Set><Payload>{nowhere}</Payload></Set>` +
					`<AssignVariable><Name>mode</Name><Value>b</Value></AssignVariable></AssignMessage>`},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"fault rules are tried from the bottom": {
			sketch: sketch{proxy: preFlow(request("Revoke-2")) + `<FaultRules><FaultRule name="a"><Step><Name>Refresh</Name></Step></FaultRule>` +
				`<FaultRule name="b"><Condition>fault.name = "x"</Condition><Step><Name>Refresh-2</Name></Step></FaultRule></FaultRules>`},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "runs"},
		},
		"a default fault rule behind one that takes all": {
			sketch: sketch{proxy: preFlow(request("Revoke-2")) + `<FaultRules><FaultRule name="all"/></FaultRules><DefaultFaultRule name="d"><Step><Name>Refresh</Name></Step></DefaultFaultRule>`},
			want:   map[string]string{"Refresh": "dead"},
		},
		"a default fault rule that is enforced": {
			sketch: sketch{proxy: preFlow(request("Revoke-2")) + `<FaultRules><FaultRule name="all"/></FaultRules><DefaultFaultRule name="d"><Step><Name>Refresh</Name></Step><AlwaysEnforce>true</AlwaysEnforce></DefaultFaultRule>`},
			want:   map[string]string{"Refresh": "runs"},
		},
		"a fault in PreFlow stops everything": {
			sketch: sketch{proxy: preFlow(request("Stop", "Refresh")) + flows(flowXML("f", "", request("Issue")))},
			want:   map[string]string{"Refresh": "dead", "Issue": "dead"},
		},

		"a RaiseFault that continues on error may stop nothing": {
			sketch: sketch{proxy: preFlow(request("Issue-soft", "Stop-soft", "Refresh"))},
			want:   map[string]string{"Refresh": "runs"},
		},
		"a disabled RaiseFault stops nothing, and a disabled refresh does nothing": {
			sketch: sketch{proxy: preFlow(request("Stop", "Refresh", "Refresh-2")), policies: map[string]string{
				"Stop": `<RaiseFault name="Stop" enabled="false"/>`, "Refresh-2": `<OAuthV2 name="Refresh-2" enabled="false"><Operation>RefreshAccessToken</Operation></OAuthV2>`,
			}},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "dead"},
		},
		"a fault in a called shared flow": {
			sketch: sketch{proxy: preFlow(request("Call-s", "Refresh")), shared: map[string]string{"s": steplist([]string{"Stop"})}},
			want:   map[string]string{"Refresh": "dead"},
		},
		"a fault in a called shared flow that is ignored": {
			sketch: sketch{proxy: preFlow(request("Call-s-soft", "Refresh")), shared: map[string]string{"s": steplist([]string{"Stop", "Refresh-2"})}},
			want:   map[string]string{"Refresh": "runs", "Refresh-2": "dead"},
		},
		"every flow ends in a fault": {
			sketch: sketch{proxy: flows(flowXML("a", post, request("Stop")), flowXML("b", "", request("Revoke", "Stop"))) + postFlow(request("Refresh"))},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"every flow ends in a fault on the response": {
			sketch: sketch{proxy: flows(flowXML("a", post, response("Stop")), flowXML("b", "", response("Revoke", "Stop"))) + postFlow(response("Refresh"))},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"one flow ends in a fault": {
			sketch: sketch{proxy: flows(flowXML("a", post, request("Stop")), flowXML("b", "", request("Revoke"))) + postFlow(request("Refresh if "+post, `Refresh-2 if request.verb = "GET"`))},
			want:   map[string]string{"Refresh": "dead", "Refresh-2": "runs", "Revoke": "runs"},
		},
		"a target ends in a fault": {
			sketch: sketch{proxy: preFlow(response("Refresh")), target: preFlow(request("Revoke", "Stop"))},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},

		// Flows, routes, calls and conditions.
		"the first true flow takes the request": {
			sketch: sketch{proxy: flows(flowXML("a", post, request("Revoke")), flowXML("b", post, request("Refresh")), flowXML("c", "", request("Refresh-2")))},
			want:   map[string]string{"Revoke": "runs", "Refresh": "dead", "Refresh-2": "runs"},
		},
		"the first true route takes the request": {
			sketch: sketch{proxy: preFlow(request("Revoke")) + route("", "") + route(post, toTarget), target: preFlow(request("Refresh"))},
			want:   map[string]string{"Revoke": "runs", "Refresh": "dead"},
		},
		"PostClientFlow runs logging only": {
			sketch: sketch{proxy: preFlow(request("Revoke")) + tag("PostClientFlow", "", response("Refresh"))},
			want:   map[string]string{"Revoke": "runs", "Refresh": "dead"},
		},
		"the condition of a call goes on in the shared flow": {
			sketch: sketch{proxy: preFlow(request("Call-s if " + post)), shared: map[string]string{"s": steplist([]string{`Refresh if request.verb = "GET"`, "Revoke"})}},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"a shared flow asks for what the proxy has assigned": {
			sketch: sketch{proxy: preFlow(request("Set-mode-b", "Call-s")), shared: map[string]string{"s": steplist([]string{`Refresh if mode = "a"`, `Revoke if mode = "b"`})}},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"the proxy asks for what a shared flow has assigned": {
			sketch: sketch{proxy: preFlow(request("Call-s", `Refresh if mode = "a"`, `Revoke if mode = "b"`)), shared: map[string]string{"s": steplist([]string{"Set-mode-b"})}},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"the proxy asks for what a hook has assigned": {
			sketch: sketch{
				proxy: preFlow(request(`Refresh if mode = "a"`, `Revoke if mode = "b"`)), hooks: []string{"dev PreProxyFlowHook s"},
				shared: map[string]string{"s": steplist([]string{"Set-mode-b"})},
			},
			want: map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"a shared flow asks for its parameter": {
			sketch: sketch{
				proxy:  preFlow(request("Set-mode-b", "Call")),
				shared: map[string]string{"s": steplist([]string{`Refresh if mode = "b"`, `Revoke if mode = "a"`})},
				policies: map[string]string{"Call": `<FlowCallout name="Call"><Parameters><Parameter name="mode">a</Parameter></Parameters>` +
					`<SharedFlowBundle>s</SharedFlowBundle></FlowCallout>`},
			},
			want: map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"names of headers ignore case, those of parameters do not": {
			sketch: sketch{proxy: flows(flowXML("f", `request.header.X-Mode = "a" and request.queryparam.M = "a"`, request(`Refresh if request.header.x-mode = "b"`, `Revoke if request.queryparam.m = "b"`)))},
			want:   map[string]string{"Refresh": "dead", "Revoke": "runs"},
		},
		"the conditions on the way narrow the grants": {
			sketch: sketch{proxy: flows(flowXML("f", `request.formparam.grant_type = "client_credentials"`, request("Issue-both")), flowXML("g", `request.formparam.grant_type != "client_credentials"`, request("Issue")))},
			want:   map[string]string{"Issue-both": "runs", "Issue": "password"},
		},
		"message is the request before the answer and the response behind it": {
			sketch: sketch{proxy: flows(flowXML("f", `message.header.x-mode = "a"`, response(`Refresh if message.header.x-mode = "b"`)))},
			want:   map[string]string{"Refresh": "runs"},
		},
		"a target's own flow sees the new answer": {
			sketch: sketch{proxy: preFlow(request("Revoke-2")), target: flows(flowXML("f", `response.header.x-mode = null`, request("Revoke"), response(`Refresh if response.header.x-mode = "a"`)))},
			want:   map[string]string{"Refresh": "runs", "Revoke": "runs"},
		},
		"a flow that no request can choose may be chosen for the response": {
			sketch: sketch{proxy: preFlow(request("Set-mode-a")) + flows(flowXML("a", `mode = "a"`, request("Set-mode-b")), flowXML("b", `mode = "b"`, request("Revoke"), response("Refresh")))},
			want:   map[string]string{"Refresh": "runs", "Revoke": "dead"},
		},

		// What policies set.
		"a callout to a service sets its response": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b", "SC", `Refresh if mode = "a"`)),
				policies: map[string]string{"SC": `<ServiceCallout name="SC"><Request variable="r"/><Response>mode</Response><HTTPTargetConnection>` +
					`<URL>https://example.com</URL></HTTPTargetConnection></ServiceCallout>`},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"an extraction sets what its patterns name": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b", "Set-kind-b", "EV", `Refresh if mode = "a"`, `Refresh-2 if kind = "a"`)),
				policies: map[string]string{"EV": `<ExtractVariables name="EV"><Source>request</Source><QueryParam name="m"><Pattern>x-{mode}</Pattern></QueryParam>` +
					`</ExtractVariables>`},
			},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "dead"},
		},
		"and does so below its prefix": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b", "EV")) + flows(flowXML("f", `in.mode = null`, request("EV", `Refresh if in.mode = "a"`, `Refresh-2 if mode = "a"`))),
				policies: map[string]string{"EV": `<ExtractVariables name="EV"><Source>request</Source><VariablePrefix>in</VariablePrefix><JSONPayload>` +
					`<Variable name="mode"><JSONPath>$.mode</JSONPath></Variable></JSONPayload></ExtractVariables>`},
			},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "dead"},
		},
		"a key value map sets what it assigns to": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b", "Set-kind-b", "KV", `Refresh if mode = "a"`, `Refresh-2 if kind = "a"`)),
				policies: map[string]string{"KV": `<KeyValueMapOperations name="KV" mapIdentifier="m"><Get assignTo="mode"><Key><Parameter>k</Parameter></Key></Get>` +
					`</KeyValueMapOperations>`},
			},
			want: map[string]string{"Refresh": "runs", "Refresh-2": "dead"},
		},
		"code that is not in the bundle sets anything": {
			sketch: sketch{
				proxy:    preFlow(request("Set-mode-b", "JS", `Refresh if mode = "a"`)),
				policies: map[string]string{"JS": `<Javascript name="JS"><ResourceURL>jsc://elsewhere.js</ResourceURL></Javascript>`},
			},
			want: map[string]string{"Refresh": "runs"},
		},
		"AssignMessage replaces a whole message": {
			sketch: sketch{
				proxy: flows(flowXML("f", `request.header.x-mode = "a"`, request("New", `Refresh if request.header.x-mode = "b"`))),
				policies: map[string]string{"New": `<AssignMessage name="New"><AssignTo createNew="true" type="request">request</AssignTo><Set><Headers><Header name="x-mode">{mode}</Header></Headers></Set>` +
					`</AssignMessage>`},
			},
			want: map[string]string{"Refresh": "runs"},
		},

		// What the walk does not do yet: it forgets at hooks and targets.
		"what the proxy assigned is known in the target": {
			sketch:  sketch{proxy: preFlow(request("Set-mode-b")), target: preFlow(request(`Refresh if mode = "a"`, `Refresh-2 if mode = "b"`))},
			want:    map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
			pending: "the target boundary forgets everything",
		},
		"and behind it": {
			sketch:  sketch{proxy: preFlow(request("Set-mode-b"), response(`Refresh if mode = "a"`, `Refresh-2 if mode = "b"`)), target: preFlow()},
			want:    map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
			pending: "the target boundary forgets everything",
		},
		"the request is known behind the target": {
			sketch:  sketch{proxy: flows(flowXML("cc", `request.formparam.grant_type = "client_credentials"`, response("Issue-both"))), target: preFlow()},
			want:    map[string]string{"Issue-both": "runs"},
			pending: "the target boundary forgets everything",
		},
		"a fault in PreFlow takes requests away from the target": {
			sketch:  sketch{proxy: preFlow(request(`Stop if mode = "a"`)), target: preFlow(request(`Refresh if mode = "a"`))},
			want:    map[string]string{"Refresh": "dead"},
			pending: "the target boundary forgets everything",
		},
		"a hook asks for what the proxy has assigned": {
			sketch:  sketch{proxy: preFlow(request("Set-mode-b", "Issue")), shared: map[string]string{"s": steplist([]string{`Refresh if mode = "a"`})}, hooks: []string{"dev PostProxyFlowHook s"}},
			want:    map[string]string{"Refresh": "dead"},
			pending: "hook points forget everything, and what only a hook reads is dropped",
		},
		"a hook that writes something else": {
			sketch: sketch{
				proxy: preFlow(request("Set-mode-b")), target: preFlow(request(`Refresh if mode = "a"`)),
				shared: map[string]string{"s": steplist([]string{"Set-kind-a"})}, hooks: []string{"dev PreTargetFlowHook s"},
			},
			want:    map[string]string{"Refresh": "dead"},
			pending: "hook points forget everything",
		},

		// A refresh operation needs its grant.
		"a refresh operation for the password grant": {
			sketch:  sketch{proxy: flows(flowXML("f", password, request("Issue", "Refresh")))},
			want:    map[string]string{"Refresh": "dead", "Issue": "password"},
			pending: "a refresh operation is not asked for its grant",
		},
		"a refresh operation behind an issuing step that takes every other grant": {
			sketch:  sketch{proxy: preFlow(request("Issue", "Refresh"))},
			want:    map[string]string{"Refresh": "dead", "Issue": "password"},
			pending: "an issuing step is not taken to fault",
		},
		"unless that continues on error": {
			sketch: sketch{proxy: preFlow(request("Issue-soft", "Refresh"))},
			want:   map[string]string{"Refresh": "runs", "Issue-soft": "password"},
		},
		"or stands under a condition": {
			sketch: sketch{proxy: preFlow(request("Issue if "+password, "Refresh if "+renewal))},
			want:   map[string]string{"Refresh": "runs", "Issue": "password"},
		},

		// Flow selection in the response.
		"the flow of the response may be chosen anew": {
			sketch: sketch{proxy: flows(flowXML("a", `mode = "a"`, request("Set-mode-b"), response("Set-kind-a")), flowXML("b", `mode = "b"`, request(), response(`Refresh if mode = "b" and kind != "x"`)))},
			want:   map[string]string{"Refresh": "runs"},
		},
		"so that what the other flow stops need not be stopped": {
			sketch: sketch{proxy: flows(flowXML("a", `mode = "b"`, request("Set-mode-c"), response("Stop")), flowXML("b", "", request("Stop"))) +
				postFlow(response("Refresh"))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "a flow that could be chosen for the request is not tried anew for the response",
		},
		"a flow chosen anew asks more than the flow of the request": {
			sketch: sketch{proxy: flows(flowXML("a", `mode = "a"`, request("Set-mode-b"), response("Revoke")), flowXML("b", `mode = "b"`, response(`Refresh if kind = "c"`))) +
				preFlow(request("Stop if mode = \"b\" and kind = \"c\""))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "a flow that could be chosen for the request is not tried anew for the response",
		},

		// Found by the interpreter.
		"a shared flow that is called under a condition": {
			sketch:  sketch{proxy: preFlow(request(`Call-s if kind = "x"`, `Refresh if mode = "b"`)), shared: map[string]string{"s": steplist([]string{"Set-mode-a"})}},
			want:    map[string]string{"Refresh": "runs"},
			pending: "what a shared flow assigns is taken as certain although the call has a condition",
		},
		"a shared flow whose faults the call ignores": {
			sketch: sketch{
				proxy:  preFlow(request("Set-mode-b", "Call-s-soft", `Refresh if mode = "b"`)),
				shared: map[string]string{"s": steplist([]string{`Stop if kind = "x"`, "Set-mode-a"})},
			},
			want:    map[string]string{"Refresh": "runs"},
			pending: "what stands behind a fault that is ignored is taken as certain",
		},
		"a hook whose faults are ignored": {
			sketch: sketch{
				proxy: preFlow(request(`Refresh if mode = "b"`)), hooks: []string{"dev PreProxyFlowHook s"},
				shared: map[string]string{"s": steplist([]string{`Stop if kind = "x"`, "Set-mode-a"})},
			},
			want:    map[string]string{"Refresh": "runs"},
			pending: "what stands behind a fault that is ignored is taken as certain",
		},
		"the query says nothing of the grant": {
			sketch:  sketch{proxy: preFlow(request("Issue if request.queryparam.grant_type = null"))},
			want:    map[string]string{"Issue": "password"},
			pending: "the grant is expected in the form and in the query",
		},
		"the query is rewritten before": {
			sketch: sketch{
				proxy: preFlow(request("Rewrite", "Issue")),
				policies: map[string]string{"Rewrite": `<AssignMessage name="Rewrite"><Set><QueryParams><QueryParam name="grant_type">x</QueryParam></QueryParams></Set>` +
					`<AssignTo type="request">request</AssignTo></AssignMessage>`},
			},
			want:    map[string]string{"Issue": "password"},
			pending: "the grant is expected in the form and in the query",
		},
		"the form is rewritten for a client that says something else in the query": {
			sketch: sketch{
				proxy: flows(flowXML("f", `request.queryparam.grant_type = "otp"`, request("Rewrite", "Issue"))),
				policies: map[string]string{"Rewrite": `<AssignMessage name="Rewrite"><Set><FormParams><FormParam name="grant_type">password</FormParam></FormParams></Set>` +
					`<AssignTo type="request">request</AssignTo></AssignMessage>`},
			},
			want:    map[string]string{"Issue": "password"},
			pending: "the grant is expected in the form and in the query",
		},
		"VerifyAccessToken sets scope": {
			sketch:  sketch{proxy: flows(flowXML("f", `scope = null`, request("Verify", `Refresh if scope = "renew"`)))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "VerifyAccessToken is taken to set nothing",
		},
		"a policy that fails sets fault.name": {
			sketch:  sketch{proxy: flows(flowXML("f", `fault.name = null`, request("Verify-soft", `Refresh if fault.name = "access_token_expired"`)))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "a failure that is ignored is taken to set nothing",
		},
		"and variables of its own": {
			sketch:  sketch{proxy: flows(flowXML("f", `oauthV2.Verify-soft.failed = null`, request("Verify-soft", `Refresh if oauthV2.Verify-soft.failed = true`)))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "a policy's own variables are taken never to change",
		},
		"a parameter need not outlive the call": {
			sketch: sketch{
				proxy:  preFlow(request("Call", `Refresh if mode = "b"`)),
				shared: map[string]string{"s": steplist([]string{`Revoke if mode = "a"`})},
				policies: map[string]string{"Call": `<FlowCallout name="Call"><Parameters><Parameter name="mode">a</Parameter></Parameters>` +
					`<SharedFlowBundle>s</SharedFlowBundle></FlowCallout>`},
			},
			want:    map[string]string{"Refresh": "runs", "Revoke": "runs"},
			pending: "a parameter is taken to stay",
		},
		"a copy of nothing": {
			sketch:  sketch{proxy: flows(flowXML("f", `request.header.x-mode = null`, request("Copy-mode-from-request.header.x-mode", `Refresh if mode != null`)))},
			want:    map[string]string{"Refresh": "runs"},
			pending: "a Ref that does not resolve is taken to make its variable null",
		},
		"a copy of something": {
			sketch: sketch{proxy: flows(flowXML("f", `request.header.x-mode = "a"`, request("Copy-mode-from-request.header.x-mode", `Refresh if mode = "b"`, `Refresh-2 if mode = "a"`)))},
			want:   map[string]string{"Refresh": "dead", "Refresh-2": "runs"},
		},
		"a hook around a URL": {
			sketch:  sketch{proxy: preFlow(request("Revoke-2")) + route("", "<URL>https://example.com</URL>"), shared: map[string]string{"s": steplist([]string{"Refresh"})}, hooks: []string{"dev PreTargetFlowHook s"}},
			want:    map[string]string{"Refresh": "runs"},
			pending: "hooks of targets are not tried for a URL",
		},
		"the answer of a URL is new": {
			sketch:  sketch{proxy: flows(flowXML("f", `response.header.x-mode = null`, response(`Refresh if response.header.x-mode = "a"`))) + route("", "<URL>https://example.com</URL>")},
			want:    map[string]string{"Refresh": "runs"},
			pending: "only a target endpoint of the bundle is taken to answer",
		},
		"message is the request, whatever rewrites that": {
			sketch: sketch{
				proxy: flows(flowXML("f", `message.header.x-mode = "a"`, request("Rewrite", `Refresh if message.header.x-mode = "b"`))),
				policies: map[string]string{"Rewrite": `<AssignMessage name="Rewrite"><Set><Headers><Header name="x-mode">b</Header></Headers></Set>` +
					`<AssignTo type="request">request</AssignTo></AssignMessage>`},
			},
			want:    map[string]string{"Refresh": "runs"},
			pending: "message and request are taken as unrelated",
		},
	} {
		t.Run(name, func(t *testing.T) {
			said := ask(t, tt.source())
			for at, want := range tt.want {
				env, policy, given := strings.Cut(at, " ")
				if !given {
					env, policy = "dev", at
				}
				if got := said.verdict(env, policy); got != want {
					pending(t, tt.pending, "%s in %s: the audit says %s, but it is %s", policy, env, got, want)
				}
			}
		})
	}
}

// findings audits an organization and keeps what some rules find.
func findings(t *testing.T, s *inMemory, ids ...string) []finding.Finding {
	t.Helper()
	res, err := audit.Run(context.Background(), s, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(res.Findings, func(f finding.Finding) bool { return !slices.Contains(ids, f.RuleID) })
}

// TestDeadRefreshIsTheRightOne: of several refresh policies that cannot run, the finding names the one to mend.
func TestDeadRefreshIsTheRightOne(t *testing.T) {
	for name, tt := range map[string]struct {
		sketch
		kind        apigee.Kind
		bundle, say string
	}{
		"the newest revision, where none is deployed": {
			sketch: sketch{
				proxy:    preFlow(request("Issue", "Call-s")),
				shared:   map[string]string{"s/2": steplist([]string{"Refresh-2 if false"}), "s/9": steplist([]string{"Refresh-9 if false"}), "s/10": steplist([]string{"Refresh-10 if false"})},
				deployed: []string{"prod s/9", "qa s/10", "test s/2"},
			},
			kind: apigee.KindProxy, bundle: "p", say: `Refresh policy "Refresh-10" of shared flow s`,
		},
		"the hook's own": {
			sketch: sketch{
				proxy: preFlow(), hooks: []string{"dev PreProxyFlowHook s"},
				shared: map[string]string{"s": steplist([]string{"Issue", `Refresh if request.verb = "GET" and request.verb = "POST"`})},
			},
			kind: apigee.KindSharedFlow, bundle: "s", say: `Refresh policy "Refresh" of shared flow s`,
		},
		"the proxy's before the shared flow's": {
			sketch: sketch{
				proxy:  preFlow(request("Issue", "Call-s", "Refresh if false")),
				shared: map[string]string{"s": steplist([]string{"Refresh-2 if false"})},
			},
			kind: apigee.KindProxy, bundle: "p", say: `Refresh policy "Refresh" of proxy p`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var found []finding.Finding
			for _, f := range findings(t, tt.source(), "RT101", "RT104", "RT106", "RT107") {
				if slices.ContainsFunc(f.Deployments, func(d finding.Deployed) bool { return d.Environment == "dev" }) {
					found = append(found, f)
				}
			}
			if len(found) != 1 || found[0].RuleID != "RT104" || found[0].Kind != tt.kind || found[0].Name != tt.bundle || !strings.Contains(found[0].Message, tt.say) {
				t.Errorf("want RT104 at %s %s, %s…; got %+v", tt.kind, tt.bundle, tt.say, found)
			}
		})
	}
}

// TestTogether: places that no request passes together have nothing to do with one another. The conditions are such that
// they alone would not keep the places apart.
func TestTogether(t *testing.T) {
	deliver := map[string]string{
		"Issue":   `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`,
		"Deliver": `<AssignMessage name="Deliver"><Set><Payload>{oauthv2accesstoken.Issue.refresh_token}</Payload></Set><AssignTo type="response"/></AssignMessage>`,
	}
	open := map[string]string{
		"Check":   `<VerifyAPIKey name="Check"><APIKey ref="request.queryparam.key"/></VerifyAPIKey>`,
		"Refresh": `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation><ExternalAuthorization>true</ExternalAuthorization><GenerateResponse enabled="true"/></OAuthV2>`,
	}
	replace := map[string]string{
		"Issue":   `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`,
		"Replace": `<AssignMessage name="Replace"><Set><Payload>{"access_token": "{oauthv2accesstoken.Issue.access_token}"}</Payload></Set><AssignTo type="response"/></AssignMessage>`,
	}
	post, full := `request.verb = "POST"`, `request.header.x-mode = "full"`
	for name, tt := range map[string]struct {
		sketch
		rule  string
		found bool
	}{
		"delivered in the same flow":           {sketch{proxy: flows(flowXML("a", post, request("Issue"), response("Deliver"))), policies: deliver}, "RT105", false},
		"delivered in another flow only":       {sketch{proxy: flows(flowXML("a", post, request("Issue")), flowXML("b", full, response("Deliver"))), policies: deliver}, "RT105", true},
		"delivered in PostFlow":                {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response("Deliver")), policies: deliver}, "RT105", false},
		"delivered for another verb":           {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response(`Deliver if request.verb = "GET"`)), policies: deliver}, "RT105", true},
		"delivered in a flow of the target":    {sketch{proxy: flows(flowXML("a", post, request("Issue"))), target: flows(flowXML("b", full, response("Deliver"))), policies: deliver}, "RT105", false},
		"delivered before it is issued":        {sketch{proxy: preFlow(request("Deliver")) + flows(flowXML("a", post, request("Issue"))), policies: deliver}, "RT105", true},
		"delivered in a fault rule only":       {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + `<FaultRules><FaultRule name="f"><Step><Name>Deliver</Name></Step></FaultRule></FaultRules>`, policies: deliver}, "RT105", true},
		"replaced for everybody":               {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response("Replace")), policies: replace}, "RT105", true},
		"replaced for everybody who got here":  {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response("Replace if "+post)), policies: replace}, "RT105", true},
		"replaced for some":                    {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response("Replace if "+full)), policies: replace}, "RT105", false},
		"replaced where it went wrong":         {sketch{proxy: flows(flowXML("a", post, request("Issue"))) + postFlow(response("Replace if response.status.code != 200")), policies: replace}, "RT105", false},
		"replaced in another flow only":        {sketch{proxy: flows(flowXML("a", post, request("Issue")), flowXML("b", full, response("Replace"))), policies: replace}, "RT105", false},
		"authenticated in the same flow":       {sketch{proxy: flows(flowXML("a", post, request("Check", "Refresh"))), policies: open}, "RT502", false},
		"authenticated in another flow only":   {sketch{proxy: flows(flowXML("a", full, request("Check")), flowXML("b", post, request("Refresh"))), policies: open}, "RT502", true},
		"authenticated in PreFlow":             {sketch{proxy: preFlow(request("Check")) + flows(flowXML("b", post, request("Refresh"))), policies: open}, "RT502", false},
		"authenticated after the refresh only": {sketch{proxy: flows(flowXML("b", post, request("Refresh"))) + postFlow(request("Check")), policies: open}, "RT502", true},
	} {
		t.Run(name, func(t *testing.T) {
			if found := findings(t, tt.source(), tt.rule); (len(found) > 0) != tt.found {
				t.Errorf("%s: found %+v, want it %v", tt.rule, found, tt.found)
			}
		})
	}
}

// TestEndpointsAreDifferentRequests: what one proxy endpoint does is of no use to requests of the other.
func TestEndpointsAreDifferentRequests(t *testing.T) {
	s := (&sketch{proxy: preFlow(request("Issue")), policies: map[string]string{
		"Issue": `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`,
	}}).source()
	files := s.bundles[s.deployed[0].Revision]
	files["apiproxy/proxies/other.xml"] = tag("ProxyEndpoint", `name="other"`, postFlow(response("Deliver")))
	files["apiproxy/policies/Deliver.xml"] = `<AssignMessage name="Deliver"><Set><Payload>{oauthv2accesstoken.Issue.refresh_token}</Payload></Set></AssignMessage>`
	if found := findings(t, s, "RT105"); len(found) != 1 {
		t.Errorf("the other endpoint delivers the token to other requests: want one RT105, got %+v", found)
	}
}
