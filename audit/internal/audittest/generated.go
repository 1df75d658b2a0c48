package audittest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Behaviour is what a generated proxy does, and the files that make it do so.
type Behaviour struct {
	Name                    string
	Issues, Imports         bool
	Refreshes, Dead, Reads  bool
	CallsIssuer, CallsOther bool // the shared flows issue-session and refresh-session
	Files                   map[string]string
}

// Policy is an OAuthV2 policy.
func Policy(name, operation, more string) string {
	return fmt.Sprintf("<OAuthV2 name=%q><Operation>%s</Operation>%s</OAuthV2>", name, operation, more)
}

// PasswordGrant are the elements of a policy that issues by password.
const PasswordGrant = "<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/>"

// Proxy builds a bundle: the policies by name, and the endpoint's content.
func Proxy(endpoint string, policies map[string]string) map[string]string {
	files := map[string]string{"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default">` + endpoint + `</ProxyEndpoint>`}
	for name, xml := range policies {
		files["apiproxy/policies/"+name+".xml"] = xml
	}
	return files
}

// Flow is a conditional flow whose request steps are given.
func Flow(name, condition string, steps ...string) string {
	s := fmt.Sprintf("<Flow name=%q>", name)
	if condition != "" {
		s += "<Condition>" + condition + "</Condition>"
	}
	return s + "<Request>" + strings.Join(steps, "") + "</Request></Flow>"
}

// Attach is a step of a policy, with its condition if there is one.
func Attach(policy, condition string) string {
	s := "<Step><Name>" + policy + "</Name>"
	if condition != "" {
		s += "<Condition>" + condition + "</Condition>"
	}
	return s + "</Step>"
}

// Flows are conditional flows.
func Flows(list ...string) string { return "<Flows>" + strings.Join(list, "") + "</Flows>" }

// Conditions of the flow that issues tokens, and of one that refreshes them only.
const (
	Token   = `proxy.pathsuffix MatchesPath "/token"`
	Renewal = `proxy.pathsuffix MatchesPath "/token" and request.formparam.grant_type = "refresh_token"`
)

// Behaviours are all that proxies are generated with.
func Behaviours() []Behaviour {
	issue := Policy("Issue", "GenerateAccessToken", PasswordGrant)
	refresh := Policy("Refresh", "RefreshAccessToken", "")
	both := map[string]string{"Issue": issue, "Refresh": refresh}
	fault := `<RaiseFault name="Stop"/>`
	return []Behaviour{
		{Name: "lonely", Issues: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{"Issue": issue})},
		{Name: "jwt", Issues: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": Policy("Issue", "GenerateJWTAccessToken", PasswordGrant)})},
		{Name: "default-grants", Issues: true, Files: Proxy("<PreFlow><Response>"+Attach("Issue", "")+"</Response></PreFlow>", map[string]string{
			"Issue": Policy("Issue", "GenerateAccessToken", "")})},
		{Name: "import", Issues: true, Imports: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": Policy("Issue", "GenerateAccessToken", PasswordGrant+
				"<ExternalAuthorization>true</ExternalAuthorization><StoreToken>true</StoreToken><ExternalRefreshToken>idp.refresh</ExternalRefreshToken>")})},
		{Name: "pass-through", Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": Policy("Issue", "GenerateAccessToken", PasswordGrant+
				"<ExternalAuthorization>true</ExternalAuthorization><StoreToken>false</StoreToken><ExternalRefreshToken>idp.refresh</ExternalRefreshToken>")})},
		{Name: "machine", Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": Policy("Issue", "GenerateAccessToken", "<SupportedGrantTypes><GrantType>client_credentials</GrantType></SupportedGrantTypes><RefreshTokenExpiresIn>1</RefreshTokenExpiresIn>")})},
		{Name: "narrowed", Files: Proxy(Flows(Flow("token", Token+` and request.formparam.grant_type = "client_credentials"`, Attach("Issue", ""))),
			map[string]string{"Issue": Policy("Issue", "GenerateAccessToken",
				"<SupportedGrantTypes><GrantType>client_credentials</GrantType><GrantType>password</GrantType></SupportedGrantTypes>")})},
		{Name: "forced", Files: Proxy(Flows(Flow("token", Token, Attach("Force", ""), Attach("Issue", ""))), map[string]string{
			"Force": `<AssignMessage name="Force"><AssignVariable><Name>oauth.grant</Name><Value>client_credentials</Value></AssignVariable></AssignMessage>`,
			"Issue": Policy("Issue", "GenerateAccessToken",
				"<GrantType>oauth.grant</GrantType><SupportedGrantTypes><GrantType>client_credentials</GrantType><GrantType>password</GrantType></SupportedGrantTypes>")})},
		{Name: "issuer-disabled", Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": strings.Replace(issue, "<OAuthV2 ", `<OAuthV2 enabled="false" `, 1)})},
		{Name: "issuer-unattached", Files: Proxy(Flows(Flow("token", Token)), map[string]string{"Issue": issue})},
		{Name: "issuer-after-fault", Files: Proxy(`<PreFlow><Request>`+Attach("Stop", "")+`</Request></PreFlow>`+Flows(Flow("token", Token, Attach("Issue", ""))),
			map[string]string{"Issue": issue, "Stop": fault})},
		{Name: "complete", Issues: true, Refreshes: true, Files: Proxy(Flows(Flow("refresh", Renewal, Attach("Refresh", "")), Flow("token", Token, Attach("Issue", ""))), both)},
		{Name: "complete-by-step", Issues: true, Refreshes: true, Files: Proxy(Flows(Flow("token", Token,
			Attach("Issue", `request.formparam.grant_type = "password"`), Attach("Refresh", `request.formparam.grant_type = "refresh_token"`))), both)},
		{Name: "complete-in-fault-rule", Issues: true, Refreshes: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", "")))+
			`<FaultRules><FaultRule name="expired"><Condition>fault.name = "expired"</Condition>`+Attach("Refresh", "")+`</FaultRule></FaultRules>`, both)},
		{Name: "dead-unattached", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""))), both)},
		{Name: "dead-disabled", Issues: true, Dead: true, Files: Proxy(Flows(Flow("refresh", Renewal, Attach("Refresh", "")), Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": issue, "Refresh": strings.Replace(refresh, "<OAuthV2 ", `<OAuthV2 enabled="false" `, 1)})},
		{Name: "dead-shadowed", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", "")), Flow("refresh", Renewal, Attach("Refresh", ""))), both)},
		{Name: "dead-behind-default", Issues: true, Dead: true, Files: Proxy(Flows(Flow("all", "", Attach("Issue", Token)), Flow("refresh", Renewal, Attach("Refresh", ""))), both)},
		{Name: "dead-condition", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token+` and request.verb = "POST"`,
			Attach("Issue", ""), Attach("Refresh", `request.verb = "GET"`))), both)},
		{Name: "dead-constant", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", ""), Attach("Refresh", "false"))), both)},
		{Name: "dead-after-fault", Issues: true, Dead: true, Files: Proxy(Flows(Flow("refresh", Renewal, Attach("Stop", ""), Attach("Refresh", "")), Flow("token", Token, Attach("Issue", ""))),
			map[string]string{"Issue": issue, "Refresh": refresh, "Stop": fault})},
		{Name: "dead-other-grant", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token,
			Attach("Stop", `request.formparam.grant_type != "password"`), Attach("Issue", ""), Attach("Refresh", `request.formparam.grant_type = "refresh_token"`))),
			map[string]string{"Issue": issue, "Refresh": refresh, "Stop": fault})},
		{Name: "dead-after-client", Issues: true, Dead: true, Files: Proxy(Flows(Flow("token", Token, Attach("Issue", "")))+
			"<PostClientFlow><Response>"+Attach("Refresh", "")+"</Response></PostClientFlow>", both)},
		{Name: "dead-target", Issues: true, Dead: true, Files: func() map[string]string {
			f := Proxy(Flows(Flow("token", Token, Attach("Issue", "")))+`<RouteRule name="none"/>`, both)
			f["apiproxy/targets/idp.xml"] = `<TargetEndpoint name="idp"><PreFlow><Request>` + Attach("Refresh", "") + `</Request></PreFlow></TargetEndpoint>`
			return f
		}()},
		{Name: "routed-target", Issues: true, Refreshes: true, Files: func() map[string]string {
			f := Proxy(Flows(Flow("token", Token, Attach("Issue", "")))+`<RouteRule name="idp"><TargetEndpoint>idp</TargetEndpoint></RouteRule>`, both)
			f["apiproxy/targets/idp.xml"] = `<TargetEndpoint name="idp"><PreFlow><Request>` + Attach("Refresh", "") + `</Request></PreFlow></TargetEndpoint>`
			return f
		}()},
		{Name: "refresher", Refreshes: true, Files: Proxy(Flows(Flow("refresh", Renewal, Attach("Refresh", ""))), map[string]string{"Refresh": refresh})},
		{Name: "reader", Reads: true, Files: Proxy(Flows(Flow("status", `proxy.pathsuffix MatchesPath "/status"`, Attach("Info", ""))), map[string]string{
			"Info": `<GetOAuthV2Info name="Info"><RefreshToken ref="request.formparam.token"/></GetOAuthV2Info>`})},
		{Name: "calls-issuer", CallsIssuer: true, Files: Proxy(Flows(Flow("token", Token, Attach("Call", ""))), map[string]string{
			"Call": `<FlowCallout name="Call"><SharedFlowBundle>issue-session</SharedFlowBundle></FlowCallout>`})},
		{Name: "calls-both", CallsIssuer: true, CallsOther: true, Files: Proxy(Flows(Flow("token", Token,
			Attach("Call", `request.formparam.grant_type = "password"`), Attach("Renew", `request.formparam.grant_type = "refresh_token"`))), map[string]string{
			"Call":  `<FlowCallout name="Call"><SharedFlowBundle>issue-session</SharedFlowBundle></FlowCallout>`,
			"Renew": `<FlowCallout name="Renew"><SharedFlowBundle>refresh-session</SharedFlowBundle></FlowCallout>`})},
		{Name: "issues-calls-refresh", Issues: true, CallsOther: true, Files: Proxy(Flows(Flow("refresh", Renewal, Attach("Renew", "")), Flow("token", Token, Attach("Issue", ""))), map[string]string{
			"Issue": issue, "Renew": `<FlowCallout name="Renew"><SharedFlowBundle>refresh-session</SharedFlowBundle></FlowCallout>`})},
		{Name: "plain", Files: Proxy("<PreFlow><Request>"+Attach("Verify", "")+"</Request></PreFlow>", map[string]string{
			"Verify": Policy("Verify", "VerifyAccessToken", "")})},
	}
}

// Generated is an organization in memory.
type Generated struct {
	Environments []string
	Deployed     []apigee.Deployment
	Does         map[apigee.Revision]Behaviour
	Hooks        []apigee.FlowHook
	Families     map[string]Family // by proxy
}

// Family is the base path segment that a proxy shares with others, and the base path that says so.
type Family struct{ Segment, BasePath string }

// Organization is X, with the environments that were drawn.
func (g *Generated) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "generated", Platform: apigee.PlatformX, Environments: g.Environments}, nil
}

// Deployments lists what was drawn.
func (g *Generated) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: slices.Clone(g.Deployed)}, nil
}

// FlowHooks are the same in every environment.
func (g *Generated) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) {
	return g.Hooks, nil
}

// Bundle packs what the behaviour of a revision consists of.
func (g *Generated) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a := &bundle.Archive{SHA256: strings.Repeat("0", 64)}
	for _, name := range slices.Sorted(maps.Keys(g.Does[r].Files)) {
		data := g.Does[r].Files[name]
		if f, ok := g.Families[r.Name]; ok {
			data = strings.Replace(data, "</ProxyEndpoint>", "<HTTPProxyConnection><BasePath>"+f.BasePath+"</BasePath></HTTPProxyConnection></ProxyEndpoint>", 1)
		}
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(data)})
	}
	return a, nil
}

// SharedFlow is a shared flow of one step.
func SharedFlow(step, xml string) map[string]string {
	return map[string]string{
		"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + Attach(step, "") + `</SharedFlow>`,
		"sharedflowbundle/policies/P.xml":          xml,
	}
}

// Generate draws proxies from a pool of behaviours; small pools give lonely, clean and refresher-free organizations.
func Generate(r *rand.Rand) *Generated {
	g := &Generated{Environments: []string{"dev", "prod", "test"}[:1+r.IntN(3)], Does: map[apigee.Revision]Behaviour{}, Families: map[string]Family{}}
	all := Behaviours()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if r.IntN(4) == 0 {
		all = slices.DeleteFunc(all, func(b Behaviour) bool { return b.Issues || b.CallsIssuer })
	}
	pool := all[:1+r.IntN(len(all))]
	deploy := func(kind apigee.Kind, name, env string, b Behaviour) {
		rev := apigee.Revision{Kind: kind, Name: name, Number: "1"}
		for n := 1; ; n++ {
			rev.Number = strconv.Itoa(n)
			if have, ok := g.Does[rev]; !ok || have.Name == b.Name {
				break
			}
		}
		g.Does[rev] = b
		g.Deployed = append(g.Deployed, apigee.Deployment{Environment: env, Revision: rev})
	}
	for i := range 1 + r.IntN(20) {
		b := pool[r.IntN(len(pool))]
		name := fmt.Sprintf("p%d", i)
		g.Families[name] = []Family{{name, "/" + name}, {name, "/v1/" + name}, {"oauth", "/oauth/" + name}, {"oauth", "/v2/oauth/" + name}, {"", "/*/" + name}}[r.IntN(5)]
		for _, env := range g.Environments {
			if r.IntN(5) == 0 { // drift
				b = pool[r.IntN(len(pool))]
			}
			if r.IntN(4) > 0 {
				deploy(apigee.KindProxy, name, env, b)
			}
		}
	}
	for _, env := range g.Environments {
		if r.IntN(3) > 0 {
			deploy(apigee.KindSharedFlow, "issue-session", env, Behaviour{Name: "issue", Files: SharedFlow("Issue", Policy("Issue", "GenerateAccessToken", PasswordGrant))})
		}
		if r.IntN(3) > 0 {
			deploy(apigee.KindSharedFlow, "refresh-session", env, Behaviour{Name: "refresh", Files: SharedFlow("Refresh", Policy("Refresh", "RefreshAccessToken", ""))})
		}
	}
	return g
}
