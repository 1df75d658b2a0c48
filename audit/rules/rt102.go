package rules

import (
	"fmt"
	"strconv"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
)

func rt102() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT102", Name: "refresh-token-only-read",
		Severity: finding.Medium, Confidence: finding.HighConfidence, NeedsWhole: true,
		Summary:    "GetOAuthV2Info reads refresh tokens where nothing refreshes them; reading a refresh token does not use it.",
		CWE:        []int{613},
		References: []finding.Reference{issuingWithoutRefresh(), getOAuthV2Info()},
		Standards: []finding.Standard{
			brokenAuthentication("where access depends on the answer, because revoked and expired tokens get one too"),
		},
	}, Everywhere: func(f *flow.Facts) bool { return !f.SameWithoutRefresh() }, Check: checkOnlyRead}
}

// checkOnlyRead ignores introspection where there is also a real refresh, in the same proxy or anywhere in the environment,
// and reading a token that the same request revokes.
func checkOnlyRead(p *audit.Pass) {
	seen := map[policyIn]bool{}
	for at := range tokenPlacesByEnvironment(p.Facts) {
		if at.site.Policy.Reads == nil || at.env.AnyRefreshes() || seen[at.policyIn()] || revokedLater(at.trace, at.site) {
			continue
		}
		seen[at.policyIn()] = true
		sayOnlyRead(p, at)
	}
}

func sayOnlyRead(p *audit.Pass, at place) {
	pol, attached := at.site.Policy, at.site.Flow()
	nobody := "nothing in the environment"
	if p.Facts.Organization.Offline {
		nobody = p.Facts.Nothing()
	}
	d := audit.Diagnostic{
		Policy: pol, Element: "RefreshToken", Span: pol.Reads.Token.Span,
		Deployments: pol.Program.DeployedIn(at.env),
		Message: audit.Say("%s reads a refresh token, and %s refreshes it. It also answers for expired and revoked tokens, so it validates nothing.",
			at.name(), nobody),
		Remediation: fmt.Sprintf("Refresh with OAuthV2 RefreshAccessToken instead of reading the token in %s, or issue no refresh tokens: client_credentials issues none.",
			placeOf(attached, pol.Program)),
		Site: at.site, Searched: "no refresh operation in the same environment",
	}
	refresh := policyxml.Refresh{
		Name: freeName(pol.Program, "RefreshAccessToken"), RefreshToken: pol.Reads.Token.Value, ExpiresIn: "1800000",
		RefreshTokenExpiresIn: strconv.FormatInt(p.Settings.MaxRefreshLifetime.Milliseconds(), 10), Reuse: p.Settings.Profile == finding.ProfileFAPI,
	}
	file := pol.Hop()
	file.File, file.Line = pol.Program.Revision.Kind.Root()+"/policies/"+refresh.Name+".xml", 0
	paste(&d, refresh.XML(), file, "a new file")
	p.Report(d)
}

// revokedLater reports whether a request that reads a refresh token goes on to revoke it: by value, by what reading it
// returned, or together with all tokens of its app or user.
func revokedLater(w *flow.Trace, look *flow.Site) bool {
	token := w.Origin(look, look.Policy.Reads.Token.Value).Variable
	for _, r := range w.Later(look, (*flow.Policy).Revokes) {
		if r.Policy.Revoke != nil {
			return true
		}
		for _, t := range r.Policy.OAuth.Tokens {
			v := t.Value.Value
			brought := strings.HasPrefix(v, "oauthv2refreshtoken."+look.Policy.Name+".") || strings.HasPrefix(v, "oauthv2accesstoken."+look.Policy.Name+".")
			if (t.Type == "refreshtoken" || t.Cascade.Value) && (brought || w.Origin(r, v).Variable == token) {
				return true
			}
		}
	}
	return false
}
