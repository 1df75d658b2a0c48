package fix_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
	for _, name := range slices.Sorted(maps.Keys(s)) {
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(s[name])})
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

func paths(i int) string { return fmt.Sprintf(`proxy.pathsuffix MatchesPath "/p%d"`, i) }

// Every finding of a hostile bundle gets its fixes or the reason why it has none, and the proofs take no more than is allowed.
func TestHostileBundles(t *testing.T) {
	large := flows(1, paths)
	large["apiproxy/proxies/default.xml"] = strings.Replace(large["apiproxy/proxies/default.xml"], "</Flows>",
		strings.Repeat("<Flow name=\"x\"><Condition>request.verb = \"GET\"</Condition></Flow>\n", 15<<20/70)+"</Flows>", 1)
	path, tooLong := "Is/../su&lt;e", strings.Repeat("n", 300)
	names := texts{
		"apiproxy/policies/a.xml": fmt.Sprintf(issuer, path), "apiproxy/policies/b.xml": fmt.Sprintf(issuer, tooLong),
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><PreFlow><Request><Step><Name>` + path + `</Name></Step><Step><Name>` + tooLong +
			`</Name></Step></Request></PreFlow></ProxyEndpoint>`,
	}
	for name, tt := range map[string]struct {
		org    texts
		says   string // a reason that some finding has
		spares bool   // some finding has a fix
	}{
		"many flows":      {flows(400, paths), "too large, or has too many findings", true},
		"long conditions": {flows(60, long), "", true},
		"a large file":    {large, "too large, or has too many findings", false},
		"names":           {names, "cannot be that of a file", true},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := audit.Read(t.Context(), tt.org, audit.Options{Rules: rules.All(), Concurrency: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			res := a.Result()
			if err := fix.Propose(t.Context(), a, res, fix.Options{Concurrency: 2}); err != nil {
				t.Fatal(err)
			}
			said, fixes := tt.says == "", 0
			for _, f := range res.Findings {
				if (len(f.Fixes) == 0) == (f.NoFix == "") {
					t.Errorf("%s has %d fixes, and why there is none: %q", f.RuleID, len(f.Fixes), f.NoFix)
				}
				said, fixes = said || strings.Contains(f.NoFix, tt.says), fixes+len(f.Fixes)
			}
			if !said || tt.spares != (fixes > 0) {
				t.Errorf("%d fixes; the reason %q is given: %v", fixes, tt.says, said)
			}
		})
	}
}

// The search for fixes ends soon after its context.
func TestEndOfContext(t *testing.T) {
	a, err := audit.Read(t.Context(), flows(1000, paths), audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	res := a.Result()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := fix.Propose(ctx, a, res, fix.Options{Concurrency: 2}); err == nil {
		t.Error("no error for a context that ended")
	}
	if took := time.Since(start); took > 10*time.Second { // a second or less, where nothing else runs
		t.Errorf("it took %v", took)
	}
}
