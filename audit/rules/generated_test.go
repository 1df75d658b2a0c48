package rules_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

// The generated organizations mix proxies of known behaviour at random and compare the core family, RT102 and RT109
// with an oracle that knows only the behaviours, not the XML.

// behaviour is what a generated proxy does, and the files that make it do so.
type behaviour struct {
	name                    string
	issues, imports         bool
	refreshes, dead, reads  bool
	callsIssuer, callsOther bool // the shared flows issue-session and refresh-session
	files                   map[string]string
}

func policy(name, operation, more string) string {
	return fmt.Sprintf("<OAuthV2 name=%q><Operation>%s</Operation>%s</OAuthV2>", name, operation, more)
}

const passwordGrant = "<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/>"

// proxy builds a bundle: the policies by name, and the endpoint's content.
func proxy(endpoint string, policies map[string]string) map[string]string {
	files := map[string]string{"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default">` + endpoint + `</ProxyEndpoint>`}
	for name, xml := range policies {
		files["apiproxy/policies/"+name+".xml"] = xml
	}
	return files
}

func flowXML(name, condition string, steps ...string) string {
	s := fmt.Sprintf("<Flow name=%q>", name)
	if condition != "" {
		s += "<Condition>" + condition + "</Condition>"
	}
	return s + "<Request>" + strings.Join(steps, "") + "</Request></Flow>"
}

func attach(policy, condition string) string {
	s := "<Step><Name>" + policy + "</Name>"
	if condition != "" {
		s += "<Condition>" + condition + "</Condition>"
	}
	return s + "</Step>"
}

func flows(list ...string) string { return "<Flows>" + strings.Join(list, "") + "</Flows>" }

const (
	token   = `proxy.pathsuffix MatchesPath "/token"`
	renewal = `proxy.pathsuffix MatchesPath "/token" and request.formparam.grant_type = "refresh_token"`
)

func behaviours() []behaviour {
	issue := policy("Issue", "GenerateAccessToken", passwordGrant)
	refresh := policy("Refresh", "RefreshAccessToken", "")
	both := map[string]string{"Issue": issue, "Refresh": refresh}
	fault := `<RaiseFault name="Stop"/>`
	return []behaviour{
		{name: "lonely", issues: true, files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{"Issue": issue})},
		{name: "jwt", issues: true, files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": policy("Issue", "GenerateJWTAccessToken", passwordGrant)})},
		{name: "default-grants", issues: true, files: proxy("<PreFlow><Response>"+attach("Issue", "")+"</Response></PreFlow>", map[string]string{
			"Issue": policy("Issue", "GenerateAccessToken", "")})},
		{name: "import", issues: true, imports: true, files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": policy("Issue", "GenerateAccessToken", passwordGrant+
				"<ExternalAuthorization>true</ExternalAuthorization><StoreToken>true</StoreToken><ExternalRefreshToken>idp.refresh</ExternalRefreshToken>")})},
		{name: "pass-through", files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": policy("Issue", "GenerateAccessToken", passwordGrant+
				"<ExternalAuthorization>true</ExternalAuthorization><StoreToken>false</StoreToken><ExternalRefreshToken>idp.refresh</ExternalRefreshToken>")})},
		{name: "machine", files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": policy("Issue", "GenerateAccessToken", "<SupportedGrantTypes><GrantType>client_credentials</GrantType></SupportedGrantTypes><RefreshTokenExpiresIn>1</RefreshTokenExpiresIn>")})},
		{name: "narrowed", files: proxy(flows(flowXML("token", token+` and request.formparam.grant_type = "client_credentials"`, attach("Issue", ""))),
			map[string]string{"Issue": policy("Issue", "GenerateAccessToken",
				"<SupportedGrantTypes><GrantType>client_credentials</GrantType><GrantType>password</GrantType></SupportedGrantTypes>")})},
		{name: "forced", files: proxy(flows(flowXML("token", token, attach("Force", ""), attach("Issue", ""))), map[string]string{
			"Force": `<AssignMessage name="Force"><AssignVariable><Name>oauth.grant</Name><Value>client_credentials</Value></AssignVariable></AssignMessage>`,
			"Issue": policy("Issue", "GenerateAccessToken",
				"<GrantType>oauth.grant</GrantType><SupportedGrantTypes><GrantType>client_credentials</GrantType><GrantType>password</GrantType></SupportedGrantTypes>")})},
		{name: "issuer-disabled", files: proxy(flows(flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": strings.Replace(issue, "<OAuthV2 ", `<OAuthV2 enabled="false" `, 1)})},
		{name: "issuer-unattached", files: proxy(flows(flowXML("token", token)), map[string]string{"Issue": issue})},
		{name: "issuer-after-fault", files: proxy(`<PreFlow><Request>`+attach("Stop", "")+`</Request></PreFlow>`+flows(flowXML("token", token, attach("Issue", ""))),
			map[string]string{"Issue": issue, "Stop": fault})},
		{name: "complete", issues: true, refreshes: true, files: proxy(flows(flowXML("refresh", renewal, attach("Refresh", "")), flowXML("token", token, attach("Issue", ""))), both)},
		{name: "complete-by-step", issues: true, refreshes: true, files: proxy(flows(flowXML("token", token,
			attach("Issue", `request.formparam.grant_type = "password"`), attach("Refresh", `request.formparam.grant_type = "refresh_token"`))), both)},
		{name: "complete-in-fault-rule", issues: true, refreshes: true, files: proxy(flows(flowXML("token", token, attach("Issue", "")))+
			`<FaultRules><FaultRule name="expired"><Condition>fault.name = "expired"</Condition>`+attach("Refresh", "")+`</FaultRule></FaultRules>`, both)},
		{name: "dead-unattached", issues: true, dead: true, files: proxy(flows(flowXML("token", token, attach("Issue", ""))), both)},
		{name: "dead-disabled", issues: true, dead: true, files: proxy(flows(flowXML("refresh", renewal, attach("Refresh", "")), flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": issue, "Refresh": strings.Replace(refresh, "<OAuthV2 ", `<OAuthV2 enabled="false" `, 1)})},
		{name: "dead-shadowed", issues: true, dead: true, files: proxy(flows(flowXML("token", token, attach("Issue", "")), flowXML("refresh", renewal, attach("Refresh", ""))), both)},
		{name: "dead-behind-default", issues: true, dead: true, files: proxy(flows(flowXML("all", "", attach("Issue", token)), flowXML("refresh", renewal, attach("Refresh", ""))), both)},
		{name: "dead-condition", issues: true, dead: true, files: proxy(flows(flowXML("token", token+` and request.verb = "POST"`,
			attach("Issue", ""), attach("Refresh", `request.verb = "GET"`))), both)},
		{name: "dead-constant", issues: true, dead: true, files: proxy(flows(flowXML("token", token, attach("Issue", ""), attach("Refresh", "false"))), both)},
		{name: "dead-after-fault", issues: true, dead: true, files: proxy(flows(flowXML("refresh", renewal, attach("Stop", ""), attach("Refresh", "")), flowXML("token", token, attach("Issue", ""))),
			map[string]string{"Issue": issue, "Refresh": refresh, "Stop": fault})},
		{name: "dead-other-grant", issues: true, dead: true, files: proxy(flows(flowXML("token", token,
			attach("Stop", `request.formparam.grant_type != "password"`), attach("Issue", ""), attach("Refresh", `request.formparam.grant_type = "refresh_token"`))),
			map[string]string{"Issue": issue, "Refresh": refresh, "Stop": fault})},
		{name: "dead-after-client", issues: true, dead: true, files: proxy(flows(flowXML("token", token, attach("Issue", "")))+
			"<PostClientFlow><Response>"+attach("Refresh", "")+"</Response></PostClientFlow>", both)},
		{name: "dead-target", issues: true, dead: true, files: func() map[string]string {
			f := proxy(flows(flowXML("token", token, attach("Issue", "")))+`<RouteRule name="none"/>`, both)
			f["apiproxy/targets/idp.xml"] = `<TargetEndpoint name="idp"><PreFlow><Request>` + attach("Refresh", "") + `</Request></PreFlow></TargetEndpoint>`
			return f
		}()},
		{name: "routed-target", issues: true, refreshes: true, files: func() map[string]string {
			f := proxy(flows(flowXML("token", token, attach("Issue", "")))+`<RouteRule name="idp"><TargetEndpoint>idp</TargetEndpoint></RouteRule>`, both)
			f["apiproxy/targets/idp.xml"] = `<TargetEndpoint name="idp"><PreFlow><Request>` + attach("Refresh", "") + `</Request></PreFlow></TargetEndpoint>`
			return f
		}()},
		{name: "refresher", refreshes: true, files: proxy(flows(flowXML("refresh", renewal, attach("Refresh", ""))), map[string]string{"Refresh": refresh})},
		{name: "reader", reads: true, files: proxy(flows(flowXML("status", `proxy.pathsuffix MatchesPath "/status"`, attach("Info", ""))), map[string]string{
			"Info": `<GetOAuthV2Info name="Info"><RefreshToken ref="request.formparam.token"/></GetOAuthV2Info>`})},
		{name: "calls-issuer", callsIssuer: true, files: proxy(flows(flowXML("token", token, attach("Call", ""))), map[string]string{
			"Call": `<FlowCallout name="Call"><SharedFlowBundle>issue-session</SharedFlowBundle></FlowCallout>`})},
		{name: "calls-both", callsIssuer: true, callsOther: true, files: proxy(flows(flowXML("token", token,
			attach("Call", `request.formparam.grant_type = "password"`), attach("Renew", `request.formparam.grant_type = "refresh_token"`))), map[string]string{
			"Call":  `<FlowCallout name="Call"><SharedFlowBundle>issue-session</SharedFlowBundle></FlowCallout>`,
			"Renew": `<FlowCallout name="Renew"><SharedFlowBundle>refresh-session</SharedFlowBundle></FlowCallout>`})},
		{name: "issues-calls-refresh", issues: true, callsOther: true, files: proxy(flows(flowXML("refresh", renewal, attach("Renew", "")), flowXML("token", token, attach("Issue", ""))), map[string]string{
			"Issue": issue, "Renew": `<FlowCallout name="Renew"><SharedFlowBundle>refresh-session</SharedFlowBundle></FlowCallout>`})},
		{name: "plain", files: proxy("<PreFlow><Request>"+attach("Verify", "")+"</Request></PreFlow>", map[string]string{
			"Verify": policy("Verify", "VerifyAccessToken", "")})},
	}
}

// generated is an organization in memory.
type generated struct {
	environments []string
	deployed     []apigee.Deployment
	does         map[apigee.Revision]behaviour
	hooks        []apigee.FlowHook
	families     map[string]family // by proxy
}

// family is the base path segment that a proxy shares with others, and the base path that says so.
type family struct{ segment, basePath string }

func (g *generated) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "generated", Platform: apigee.PlatformX, Environments: g.environments}, nil
}
func (g *generated) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: slices.Clone(g.deployed)}, nil
}
func (g *generated) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) {
	return g.hooks, nil
}
func (g *generated) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a := &bundle.Archive{SHA256: strings.Repeat("0", 64)}
	for _, name := range slices.Sorted(maps.Keys(g.does[r].files)) {
		data := g.does[r].files[name]
		if f, ok := g.families[r.Name]; ok {
			data = strings.Replace(data, "</ProxyEndpoint>", "<HTTPProxyConnection><BasePath>"+f.basePath+"</BasePath></HTTPProxyConnection></ProxyEndpoint>", 1)
		}
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(data)})
	}
	return a, nil
}

func sharedFlow(step, xml string) map[string]string {
	return map[string]string{
		"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default">` + attach(step, "") + `</SharedFlow>`,
		"sharedflowbundle/policies/P.xml":          xml,
	}
}

// generate draws proxies from a pool of behaviours; small pools give lonely, clean and refresher-free organizations.
func generate(r *rand.Rand) *generated {
	g := &generated{environments: []string{"dev", "prod", "test"}[:1+r.IntN(3)], does: map[apigee.Revision]behaviour{}, families: map[string]family{}}
	all := behaviours()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if r.IntN(4) == 0 {
		all = slices.DeleteFunc(all, func(b behaviour) bool { return b.issues || b.callsIssuer })
	}
	pool := all[:1+r.IntN(len(all))]
	deploy := func(kind apigee.Kind, name, env string, b behaviour) {
		rev := apigee.Revision{Kind: kind, Name: name, Number: "1"}
		for n := 1; ; n++ {
			rev.Number = strconv.Itoa(n)
			if have, ok := g.does[rev]; !ok || have.name == b.name {
				break
			}
		}
		g.does[rev] = b
		g.deployed = append(g.deployed, apigee.Deployment{Environment: env, Revision: rev})
	}
	for i := range 1 + r.IntN(20) {
		b := pool[r.IntN(len(pool))]
		name := fmt.Sprintf("p%d", i)
		g.families[name] = []family{{name, "/" + name}, {name, "/v1/" + name}, {"oauth", "/oauth/" + name}, {"oauth", "/v2/oauth/" + name}, {"", "/*/" + name}}[r.IntN(5)]
		for _, env := range g.environments {
			if r.IntN(5) == 0 { // drift
				b = pool[r.IntN(len(pool))]
			}
			if r.IntN(4) > 0 {
				deploy(apigee.KindProxy, name, env, b)
			}
		}
	}
	for _, env := range g.environments {
		if r.IntN(3) > 0 {
			deploy(apigee.KindSharedFlow, "issue-session", env, behaviour{name: "issue", files: sharedFlow("Issue", policy("Issue", "GenerateAccessToken", passwordGrant))})
		}
		if r.IntN(3) > 0 {
			deploy(apigee.KindSharedFlow, "refresh-session", env, behaviour{name: "refresh", files: sharedFlow("Refresh", policy("Refresh", "RefreshAccessToken", ""))})
		}
	}
	return g
}

// oracle lists "rule bundle environment" by the contract of the core family.
func (g *generated) oracle() []string {
	type at struct{ env, name string }
	issuesAt, refreshesAt := map[at]bool{}, map[at]bool{}
	issuesThere := map[at]bool{} // proxies through which anything issues
	have := map[at]bool{}        // shared flows
	known := map[string]bool{}
	for _, d := range g.deployed {
		if d.Kind == apigee.KindSharedFlow {
			have[at{d.Environment, d.Name}], known[d.Name] = true, true
		}
	}
	issuers := map[at][]apigee.Deployment{} // bundle → proxies through which it issues
	refreshes := func(d apigee.Deployment) bool {
		b := g.does[d.Revision]
		return b.refreshes || b.callsOther && have[at{d.Environment, "refresh-session"}]
	}
	for _, d := range g.deployed {
		b := g.does[d.Revision]
		if b.issues || b.callsIssuer && have[at{d.Environment, "issue-session"}] {
			issuesThere[at{d.Environment, d.Name}] = true
		}
		if b.issues {
			issuers[at{d.Environment, d.Name}] = []apigee.Deployment{d}
		}
		if b.callsIssuer && have[at{d.Environment, "issue-session"}] {
			k := at{d.Environment, "issue-session"}
			issuers[k] = append(issuers[k], d)
		}
		if d.Kind == apigee.KindProxy && refreshes(d) {
			refreshesAt[at{d.Environment, d.Name}] = true
		}
	}
	tied := func(d apigee.Deployment) bool {
		for r := range refreshesAt {
			segment := g.families[r.name].segment
			if r.env == d.Environment && (!issuesThere[r] || segment != "" && segment == g.families[d.Name].segment) {
				return true
			}
		}
		return false
	}
	var out []string
	for k, through := range issuers {
		issuesAt[k] = true
		var lacking []apigee.Deployment
		dead, drift, imports, sameEnv, anywhere := false, false, false, false, len(refreshesAt) > 0
		for _, d := range through {
			b := g.does[d.Revision]
			imports = imports || b.imports
			if refreshes(d) {
				continue
			}
			lacking = append(lacking, d)
			dead = dead || b.dead || b.callsOther && known["refresh-session"]
		}
		for r := range refreshesAt {
			sameEnv = sameEnv || r.env == k.env
			drift = drift || r.env != k.env && slices.ContainsFunc(lacking, func(d apigee.Deployment) bool { return d.Name == r.name })
		}
		rule := "RT101"
		switch {
		case len(lacking) == 0:
			continue
		case dead:
			rule = "RT104"
		case drift:
			rule = "RT107"
		case sameEnv:
			rule = "RT106"
			if slices.ContainsFunc(lacking, func(d apigee.Deployment) bool { return !tied(d) }) {
				rule = "RT110"
			}
		case anywhere:
			rule = "RT107"
		case imports:
			rule = "RT103"
		}
		out = append(out, rule+" "+k.name+" "+k.env)
	}
	for _, d := range g.deployed {
		b := g.does[d.Revision]
		if b.reads && !slices.ContainsFunc(slices.Collect(maps.Keys(refreshesAt)), func(r at) bool { return r.env == d.Environment }) {
			out = append(out, "RT102 "+d.Name+" "+d.Environment)
		}
		if len(issuesAt) > 0 || d.Kind != apigee.KindProxy {
			continue
		}
		if b.refreshes {
			out = append(out, "RT109 "+d.Name+" "+d.Environment)
		}
		if b.callsOther && have[at{d.Environment, "refresh-session"}] {
			out = append(out, "RT109 refresh-session "+d.Environment)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestGeneratedOrganizations(t *testing.T) {
	compared := []string{"RT101", "RT102", "RT103", "RT104", "RT106", "RT107", "RT109", "RT110"}
	said, shared := map[string]int{}, 0
	for seed := range uint64(400) {
		g := generate(rand.New(rand.NewPCG(seed, 1)))
		res, err := audit.Run(context.Background(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Problems) > 0 {
			t.Fatalf("seed %d: problems %v", seed, res.Problems)
		}
		var got []string
		fingerprints, core := map[string]bool{}, map[string]string{}
		for _, f := range res.Findings {
			if fingerprints[f.Fingerprint] {
				t.Errorf("seed %d: two findings have the fingerprint %s", seed, f.Fingerprint)
			}
			fingerprints[f.Fingerprint] = true
			if !slices.Contains(compared, f.RuleID) {
				continue
			}
			said[f.RuleID]++
			for _, d := range f.Deployments {
				place := f.Name + " " + d.Environment
				got = append(got, f.RuleID+" "+place)
				if f.RuleID == "RT102" || f.RuleID == "RT109" {
					continue
				}
				if core[place] != "" {
					t.Errorf("seed %d: both %s and %s speak of %s", seed, core[place], f.RuleID, place)
				}
				core[place] = f.RuleID
			}
			if f.SharedFingerprint != "" {
				shared++
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(g.oracle(), got); diff != "" {
			var what []string
			for _, d := range g.deployed {
				what = append(what, fmt.Sprintf("%s %s/%s: %s", d.Environment, d.Kind, d.Name, g.does[d.Revision].name))
			}
			t.Fatalf("seed %d (-oracle +audit):\n%s\n%s", seed, diff, strings.Join(what, "\n"))
		}
	}
	if shared == 0 {
		t.Error("no bundle had RT106 in one environment and RT110 in another; the generator no longer reaches that")
	}
	for _, rule := range compared {
		if said[rule] < 20 {
			t.Errorf("%s was said only %d times; the generator no longer reaches it", rule, said[rule])
		}
	}
}
