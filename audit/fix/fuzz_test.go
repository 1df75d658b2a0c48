package fix_test

import (
	"testing"

	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/rules"
)

// FuzzFix looks for fixes of arbitrary files: each keeps its promise, and so do all of them together. What lies outside of the edits
// is not changed: the fixed files are made of the edits alone.
func FuzzFix(f *testing.F) {
	const issue = `<OAuthV2 name="A"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`
	f.Add(`<ProxyEndpoint name="default"><Flows><Flow name="t"><Condition>proxy.pathsuffix MatchesPath "/token"</Condition>
<Request><Step><Name>A</Name></Step></Request></Flow></Flows></ProxyEndpoint>`, issue, `<OAuthV2 name="B" enabled="false"><Operation>RefreshAccessToken</Operation></OAuthV2>`)
	f.Add("<ProxyEndpoint><PreFlow><Request>\r\n\t<Step><Name>A</Name><!-- é --></Step>\r\n\t<Step><Name>B</Name></Step></Request></PreFlow></ProxyEndpoint>", issue,
		`<OAuthV2 name="B"><Operation>RefreshAccessToken</Operation><ReuseRefreshToken><![CDATA[true]]></ReuseRefreshToken><RefreshToken>request.queryparam.r</RefreshToken></OAuthV2>`)
	f.Add("\ufeff<ProxyEndpoint><Flows><Flow><Condition>true</Condition><Request><Step><Name>A</Name></Step></Request></Flow><Flow><Condition/><Request><Step><Name>B</Name></Step></Request></Flow></Flows></ProxyEndpoint>",
		`<OAuthV2 name="A"><RefreshTokenExpiresIn ref="x"> -1 </RefreshTokenExpiresIn></OAuthV2>`, `<OAuthV2 name="B"><Operation>InvalidateToken</Operation><Tokens><Token type="refreshtoken">x</Token></Tokens></OAuthV2>`)
	f.Fuzz(func(t *testing.T, endpoint, a, b string) {
		if len(endpoint)+len(a)+len(b) > 4000 {
			return
		}
		org := texts{"apiproxy/proxies/default.xml": endpoint, "apiproxy/policies/A.xml": a, "apiproxy/policies/B.xml": b}
		for _, text := range org {
			if wellFormed([]byte(text)) != nil {
				return // nor is it then with a fix
			}
		}
		options := audit.Options{Rules: rules.All(), Concurrency: 1}
		newTally().prove(t, org, options, fix.Options{})
		mendAll(t, org, options, fix.Options{})
	})
}
