package fix_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/rules"
)

// texts is an organization with one proxy, whose files are texts.
type texts map[string]string

func (s texts) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev"}}, nil
}

func (s texts) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: []apigee.Deployment{{Environment: "dev", Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}}}}, nil
}

func (s texts) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

func (s texts) Bundle(context.Context, apigee.Revision) (*bundle.Archive, error) {
	a := &bundle.Archive{SHA256: strings.Repeat("0", 64)}
	for name, text := range s {
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(text)})
	}
	return a, nil
}

const issuer = `<OAuthV2 name="%s"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`

// flows is a proxy with many flows, each of which issues by a policy of its own.
func flows(n int, condition func(i int) string) texts {
	out := texts{}
	var b strings.Builder
	b.WriteString(`<ProxyEndpoint name="default"><Flows>`)
	for i := range n {
		name := fmt.Sprintf("Issue-%d", i)
		out["apiproxy/policies/"+name+".xml"] = fmt.Sprintf(issuer, name)
		fmt.Fprintf(&b, "\n<Flow name=\"f%d\"><Condition>%s</Condition><Request><Step><Name>%s</Name></Step></Request></Flow>", i, condition(i), name)
	}
	out["apiproxy/proxies/default.xml"] = b.String() + "</Flows></ProxyEndpoint>"
	return out
}

// long is a condition of many characters that differs from the others.
func long(i int) string {
	var parts []string
	for j := range 40 {
		parts = append(parts, fmt.Sprintf(`(request.header.h%d = "value-%d" or request.queryparam.q%d != "x")`, j, (i*7+j)%50, (i+j)%40))
	}
	return strings.Join(parts, " and ")
}

func hostile() map[string]texts {
	paths := func(i int) string { return fmt.Sprintf(`proxy.pathsuffix MatchesPath "/p%d"`, i) }
	large := flows(1, paths)
	large["apiproxy/proxies/default.xml"] = strings.Replace(large["apiproxy/proxies/default.xml"], "</Flows>", strings.Repeat("<Flow name=\"x\"><Condition>request.verb = \"GET\"</Condition></Flow>\n", 15<<20/70)+"</Flows>", 1)
	steps := flows(1, paths)
	steps["apiproxy/proxies/default.xml"] = strings.Replace(steps["apiproxy/proxies/default.xml"], "<Request>", "<Request>"+strings.Repeat("<Step><Name>Issue-0</Name></Step>\n", 20_000), 1)
	names := texts{
		"apiproxy/policies/a.xml":      fmt.Sprintf(issuer, "Is/../su&lt;e"),
		"apiproxy/policies/b.xml":      fmt.Sprintf(issuer, strings.Repeat("n", 300)),
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>Is/../su&lt;e</Name></Step><Step><Name>` + strings.Repeat("n", 300) + `</Name></Step></Request></PreFlow></ProxyEndpoint>`,
	}
	return map[string]texts{
		"2000 flows": flows(2000, paths), "300 flows": flows(300, paths), "200 long conditions": flows(200, long), "15 MB": large, "20000 steps": steps, "names": names,
	}
}

func TestHostileTimes(t *testing.T) {
	for _, name := range []string{"300 flows", "names", "2000 flows", "200 long conditions"} {
		org := hostile()[name]
		start := time.Now()
		a, err := audit.Read(t.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		res := a.Result()
		read := time.Since(start)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		start = time.Now()
		err = fix.Propose(ctx, a, res, fix.Options{Concurrency: 2})
		took := time.Since(start)
		cancel()
		a.Close()
		n, none := 0, map[string]int{}
		for _, f := range res.Findings {
			n += len(f.Fixes)
			if len(f.Fixes) == 0 {
				none[f.RuleID+" "+f.NoFix]++
			}
		}
		t.Logf("%s: %d findings, audit %v, fixes %v, %d fixes (%v)", name, len(res.Findings), read, took, n, err)
		for k, v := range none {
			t.Logf("    %d: %.150s", v, k)
		}
	}
}
