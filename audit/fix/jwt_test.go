package fix_test

import (
	"strings"
	"testing"

	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/rules"
)

// What refreshes JWTs signs as the policy that issues them, and is proposed only where that one says how.
func TestRefreshOfJWTs(t *testing.T) {
	for name, tt := range map[string]struct {
		signs string
		want  []string // what the proposed policy contains, nil where none is proposed
	}{
		"private key": {`<Algorithm>RS256</Algorithm><PrivateKey><Value ref="private.key"/><Password ref="private.pw"/><Id>k1</Id></PrivateKey>`,
			[]string{"<Algorithm>RS256<", "<PrivateKey>", `<Value ref="private.key"/>`, `<Password ref="private.pw"/>`, "<Id>k1</Id>"}},
		"secret key": {`<Algorithm>HS256</Algorithm><SecretKey><Value ref="private.secret"/></SecretKey>`,
			[]string{"<Algorithm>HS256<", "<SecretKey>", `<Value ref="private.secret"/>`}},
		"a literal key": {`<Algorithm>HS256</Algorithm><SecretKey><Value>c2VjcmV0</Value></SecretKey>`, nil},
		"no key":        {`<Algorithm>RS256</Algorithm>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			org := flows(1, paths)
			org["apiproxy/policies/Issue-0.xml"] = `<OAuthV2 name="Issue-0"><Operation>GenerateJWTAccessToken</Operation>` + tt.signs +
				`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`
			a, err := audit.Read(t.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			res := a.Result()
			if err := fix.Propose(t.Context(), a, res, fix.Options{}); err != nil {
				t.Fatal(err)
			}
			proposed, judged := "", false
			for _, f := range res.Findings {
				judged = judged || f.RuleID == "RT101"
				for _, x := range f.Fixes {
					for _, file := range x.NewFiles {
						if text := string(file.Text); strings.Contains(text, "RefreshJWTAccessToken") {
							proposed = text
						}
					}
				}
			}
			if !judged || (proposed != "") != (tt.want != nil) {
				t.Fatalf("RT101 is found: %v; proposed:\n%s", judged, proposed)
			}
			for _, want := range tt.want {
				if !strings.Contains(proposed, want) {
					t.Errorf("the policy does not contain %s:\n%s", want, proposed)
				}
			}
		})
	}
}
