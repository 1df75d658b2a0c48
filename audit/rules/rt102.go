package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt102() *audit.Rule {
	return &audit.Rule{
		ID: "RT102", Name: "refresh-token-only-read",
		Severity: audit.Medium, Confidence: audit.HighConfidence, NeedsWhole: true,
		Summary:    "GetOAuthV2Info reads refresh tokens where nothing refreshes them; reading is no use of a refresh token.",
		CWE:        []int{613},
		References: []audit.Reference{issuingWithoutRefresh(), getOAuthV2Info()},
		Standards: []audit.Standard{
			brokenAuthentication("where the answer decides on access, since it comes for revoked and expired tokens too"),
		},
		Check: checkOnlyRead,
	}
}

// checkOnlyRead leaves introspection beside a real refresh alone, in the same proxy or anywhere in the environment.
func checkOnlyRead(p *audit.Pass) {
	for _, e := range p.Facts.Environments {
		if len(e.Refreshers()) > 0 {
			continue
		}
		seen := map[*audit.Policy]bool{}
		for _, w := range e.Walks {
			for _, r := range w.Reaches {
				if r.Policy.ReadsToken.Span.Line == 0 || seen[r.Policy] {
					continue
				}
				seen[r.Policy] = true
				flow := r.Flow()
				p.Report(audit.Diagnostic{
					Policy: r.Policy, Element: "RefreshToken", Span: r.Policy.ReadsToken.Span,
					Deployments: deployed(e, r.Policy.Unit),
					Message: fmt.Sprintf("GetOAuthV2Info %q reads a refresh token, and nothing in the environment refreshes it. It answers for expired and revoked tokens too, so it validates nothing.",
						r.Policy.Name),
					Remediation: fmt.Sprintf("Refresh through OAuthV2 RefreshAccessToken in place of reading the token at %s:%d, or stop issuing refresh tokens.", flow.File, flow.Line),
					Path:        r.Path(), Searched: "no refresh operation in the environments named here",
				})
			}
		}
	}
}
