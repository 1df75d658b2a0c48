package reporttest

import (
	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// refreshes is a fix that adds a file and changes two, one of them at two places, and with which others come and go.
func refreshes() finding.Fix {
	const policy = "<OAuthV2 name=\"RefreshToken\">\n  <Operation>RefreshAccessToken</Operation>\n</OAuthV2>\n"
	return finding.Fix{
		Description: `Refresh tokens with a new policy "RefreshToken" beside "GenerateToken", which leaves refresh requests to it.`,
		Kind:        apigee.KindProxy, Name: "login", Revision: "12",
		Edits: []finding.Edit{
			{Place: at("apiproxy/policies/GenerateToken.xml", 5, 17, 5, 20), Text: "form"},
			{Place: at("apiproxy/proxies/default.xml", 14, 21, 14, 21), Text: " and request.formparam.grant_type = \"password\""},
			{Place: at("apiproxy/proxies/default.xml", 16, 1, 16, 1), Text: "      <Step>\r\n        <Name>RefreshToken</Name>\r\n        <Condition>request.formparam.grant_type = \"refresh_token\"</Condition>\r\n      </Step>\r\n"},
		},
		NewFiles: []finding.NewFile{{File: "apiproxy/policies/RefreshToken.xml", Text: policy}},
		Mends: []finding.Effect{{
			RuleID: "RT203", RuleName: "refresh-not-longer-than-access", Severity: finding.Low, Kind: apigee.KindProxy, Name: "login", Policy: "Mobile", Fingerprint: "eeeeeeeeeeeeeeee",
		}},
		Introduces: []finding.Effect{{
			RuleID: "RT106", RuleName: "refresh-in-another-proxy", Severity: finding.Low, Kind: apigee.KindProxy, Name: "pay", Fingerprint: "ffffffffffffffff", Instead: "RT101",
		}},
		Diff: `--- a/apiproxy/policies/GenerateToken.xml
+++ b/apiproxy/policies/GenerateToken.xml
@@ -4,3 +4,3 @@
   <SupportedGrantTypes>
-    <GrantType>any</GrantType>
+    <GrantType>form</GrantType>
   </SupportedGrantTypes>
--- /dev/null
+++ b/apiproxy/policies/RefreshToken.xml
@@ -0,0 +1,3 @@
+<OAuthV2 name="RefreshToken">
+  <Operation>RefreshAccessToken</Operation>
+</OAuthV2>
--- a/apiproxy/proxies/default.xml
+++ b/apiproxy/proxies/default.xml
@@ -12,6 +12,10 @@
       <Step>
         <Name>GenerateToken</Name>
-        <Condition>a</Condition>
+        <Condition>a and request.formparam.grant_type = "password"</Condition>
       </Step>
+      <Step>
+        <Name>RefreshToken</Name>
+        <Condition>request.formparam.grant_type = "refresh_token"</Condition>
+      </Step>
     </Request>
   </Flow>
`,
	}
}

// stopsIssuing is a fix with one edit, that deletes.
func stopsIssuing() finding.Fix {
	return finding.Fix{
		Description: `Let "GenerateToken" issue tokens by client_credentials, which come without refresh tokens.`,
		Kind:        apigee.KindProxy, Name: "login", Revision: "12",
		Edits: []finding.Edit{{Place: at("apiproxy/policies/GenerateToken.xml", 6, 1, 7, 1)}},
		Diff:  "--- a/apiproxy/policies/GenerateToken.xml\n+++ b/apiproxy/policies/GenerateToken.xml\n@@ -5,3 +5,2 @@\n     <GrantType>client_credentials</GrantType>\n-    <GrantType>password</GrantType>\n   </SupportedGrantTypes>\n",
	}
}
