package audit_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// oneBundle is an organization with a single proxy and a shared flow of the same content, deployed everywhere.
type oneBundle struct{ proxy, shared *bundle.Archive }

func (o *oneBundle) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "fuzz", Platform: apigee.PlatformX, Environments: []string{"dev", "prod"}}, nil
}

func (o *oneBundle) Deployments(context.Context) (inventory.Listing, error) {
	p := apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}
	s := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "s", Number: "1"}
	return inventory.Listing{Deployments: []apigee.Deployment{
		{Environment: "dev", Revision: p}, {Environment: "prod", Revision: p}, {Environment: "dev", Revision: s},
	}}, nil
}

func (o *oneBundle) FlowHooks(_ context.Context, env string) ([]apigee.FlowHook, error) {
	return []apigee.FlowHook{{Environment: env, Point: apigee.PreTargetFlowHook, SharedFlow: "s"}}, nil
}

func (o *oneBundle) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if r.Kind == apigee.KindSharedFlow {
		return o.shared, nil
	}
	return o.proxy, nil
}

// FuzzAudit runs the whole audit over arbitrary files: it must end, never panic, and place every f inside its file.
func FuzzAudit(f *testing.F) {
	f.Add(`<ProxyEndpoint name="default"><Flows><Flow name="t"><Condition>proxy.pathsuffix MatchesPath "/token"</Condition>
<Request><Step><Name>A</Name></Step><Step><Name>C</Name></Step></Request></Flow></Flows><RouteRule><TargetEndpoint>t</TargetEndpoint></RouteRule></ProxyEndpoint>`,
		`<OAuthV2 name="A"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`,
		`<OAuthV2 name="B"><Operation>RefreshAccessToken</Operation><RefreshTokenExpiresIn ref="x">-1</RefreshTokenExpiresIn></OAuthV2>`)
	f.Add(`<ProxyEndpoint><PreFlow><Request><Step><FaultRules><FaultRule><Step><Name>B</Name></Step></FaultRule></FaultRules></Step></Request></PreFlow></ProxyEndpoint>`,
		`<FlowCallout name="A"><SharedFlowBundle>s</SharedFlowBundle></FlowCallout>`, `<GetOAuthV2Info name="B"><RefreshToken ref="é"/></GetOAuthV2Info>`)
	f.Fuzz(func(t *testing.T, endpoint, a, b string) {
		if len(endpoint)+len(a)+len(b) > 20000 {
			return // bounded input keeps each case quick; size limits have their own tests
		}
		callout := `<FlowCallout name="C"><SharedFlowBundle>s</SharedFlowBundle></FlowCallout>`
		o := &oneBundle{
			proxy: &bundle.Archive{Files: []bundle.File{
				{Name: "apiproxy/policies/A.xml", Data: []byte(a)}, {Name: "apiproxy/policies/B.xml", Data: []byte(b)},
				{Name: "apiproxy/policies/C.xml", Data: []byte(callout)}, {Name: "apiproxy/proxies/default.xml", Data: []byte(endpoint)},
				{Name: "apiproxy/targets/t.xml", Data: []byte(strings.ReplaceAll(endpoint, "ProxyEndpoint", "TargetEndpoint"))},
			}},
			shared: &bundle.Archive{Files: []bundle.File{
				{Name: "sharedflowbundle/policies/A.xml", Data: []byte(a)}, {Name: "sharedflowbundle/policies/B.xml", Data: []byte(b)},
				{Name: "sharedflowbundle/policies/C.xml", Data: []byte(callout)},
				{Name: "sharedflowbundle/sharedflows/default.xml", Data: []byte(strings.ReplaceAll(endpoint, "ProxyEndpoint", "SharedFlow"))},
			}},
		}
		res, err := audit.Run(context.Background(), o, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		text := map[string]string{}
		for _, archive := range []*bundle.Archive{o.proxy, o.shared} {
			for _, file := range archive.Files {
				text[file.Name] = string(file.Data)
			}
		}
		for _, f := range res.Findings {
			places := []finding.Place{f.Place}
			for _, h := range append(f.Path, f.Related...) {
				places = append(places, h.Place)
			}
			for _, p := range places {
				if !inside(p, text[p.File]) {
					t.Errorf("%s points to %+v, outside of %q", f.RuleID, p, text[p.File])
				}
			}
		}
	})
}

// inside reports whether a place lies in a text. Places of flows that are not in the file have no line.
func inside(p finding.Place, text string) bool {
	lines := strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n")
	if p.Line == 0 {
		return p.File == "" || text != ""
	}
	return p.Line <= p.EndLine && p.EndLine <= len(lines) &&
		p.Column <= utf8.RuneCountInString(lines[p.Line-1])+1 && p.EndColumn <= utf8.RuneCountInString(lines[p.EndLine-1])+1
}
