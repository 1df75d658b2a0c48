package rules

import (
	"fmt"
	"slices"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

func rt302() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT302", Name: "refresh-token-not-revocable",
		Severity: finding.Info, Confidence: finding.HighConfidence, NeedsWhole: true,
		Summary: "Refresh tokens are issued and no flow of the organization can revoke them.",
		CWE:     []int{613},
		References: []finding.Reference{
			rfc7009("2", "token revocation"), rfc9700("4.14.2", "refresh token protection, recommendations"), oauthV2Policy(), revokeOAuthV2(),
		},
		Standards: []finding.Standard{
			nistLogout("where the refresh token is what keeps a user signed in: signing out cannot invalidate it"),
		},
	}, Everywhere: func(f *flow.Facts) bool { return !f.SameRevocations() }, Check: checkRevocable}
}

// checkRevocable reports the first policy of each bundle whose tokens no flow of the organization could revoke.
func checkRevocable(p *audit.Pass) {
	var revokers []*flow.Policy
	var alone *flow.Policy // the first that revokes access tokens only
	for _, pol := range p.Facts.Revoking() {
		if pol.Revokes() {
			revokers = append(revokers, pol)
		}
		if alone == nil && revokesAccessAlone(pol) {
			alone = pol
		}
	}
	for _, group := range issuersByBundle(p.Facts) {
		group = withoutRevocation(group, revokers)
		if len(group) == 0 {
			continue
		}
		is := preferCommon(group[0], group[1:], func(is *flow.Issuer) *flow.Issuer { return is })
		at := place{env: is.Environment, trace: is.Issuances[0].Trace, site: is.Issuances[0].Site}
		d := at.diagnostic("", xmltree.Span{})
		d.Deployments = nil
		for _, is := range group {
			d.Deployments = append(d.Deployments, is.Program.DeployedIn(is.Environment)...)
		}
		sayRevocable(p, at, revokers, &d)
		d.Searched = p.Facts.Searched("revocation of these refresh tokens")
		if alone != nil && at.site.Policy.OAuth.Operation == flow.GenerateAccessToken {
			d.Related = append(d.Related, alone.Hop())
			lower(&d, finding.LowConfidence, "%s %q revokes access tokens only; at least on Edge, a refresh token is said to stop working once its access token has been revoked.", alone.Type, alone.Name)
		}
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

func sayRevocable(p *audit.Pass, at place, revokers []*flow.Policy, d *audit.Diagnostic) {
	o := at.site.Policy.OAuth
	verb := "issues"
	if o.Imports() {
		verb = "imports"
	}
	d.Message = audit.Say("%s %s refresh tokens, and %s revokes any, so a lost one stays valid until it expires.", at.name(), verb, p.Facts.Nothing())
	for _, r := range revokers {
		d.Related = append(d.Related, r.Hop())
		switch r.CanRevoke(o) {
		case finding.IssuedWithJWT:
			d.Message = audit.Say("%s %s refresh tokens with JWT access tokens, which InvalidateToken (%q) cannot revoke, and nothing else that was audited does: a lost one stays valid until it expires.", at.name(), verb, r.Name)
		case finding.WithoutEndUser:
			d.Message = audit.Say("%s %s refresh tokens without AppEndUser, so %s %q, which revokes by end user, finds none of them: a lost one stays valid until it expires.", at.name(), verb, r.Type, r.Name)
		}
	}
	switch {
	case o.AppEndUser.Value == "" && slices.ContainsFunc(revokers, func(r *flow.Policy) bool { return r.Revoke != nil }):
		d.Remediation = fmt.Sprintf("Set AppEndUser of %q to the variable that holds the user's id, so that tokens issued from then on can be revoked by end user.", at.site.Policy.Name)
	case o.Operation == flow.GenerateJWTAccessToken:
		d.Remediation = fmt.Sprintf("Offer a flow with RevokeOAuthV2 and Cascade true, by app or by end user; for the second, set AppEndUser of %q. InvalidateToken fails for these tokens.", at.site.Policy.Name)
	default:
		d.Remediation = "Offer a revocation endpoint: OAuthV2 with operation InvalidateToken, a Token of type refreshtoken and cascade true."
		if p.Facts.Organization.Platform.Traits().RevokesByManagementAPI {
			d.Remediation += " Until then operators can revoke through Edge's management API."
		} else {
			d.Remediation += " RevokeOAuthV2 revokes by app, or by end user where the issuing policy sets AppEndUser; Apigee X and hybrid have no management API that revokes tokens."
		}
	}
}

// revokesAccessAlone reports whether a policy revokes access tokens without cascade.
// Source: discuss.google.dev/t/9852, on what that does to the refresh token.
func revokesAccessAlone(p *flow.Policy) bool {
	o := p.OAuth
	return o != nil && o.Operation == flow.InvalidateToken && !o.RevokesRefreshTokens() &&
		slices.ContainsFunc(o.Tokens, func(t flow.Token) bool { return t.Type == "accesstoken" })
}

// withoutRevocation keeps those places of each issuer whose tokens no policy could revoke.
func withoutRevocation(group []*flow.Issuer, revokers []*flow.Policy) []*flow.Issuer {
	var out []*flow.Issuer
	for _, is := range group {
		left := *is
		left.Issuances = nil
		for _, i := range is.Issuances {
			if !slices.ContainsFunc(revokers, func(r *flow.Policy) bool { return r.CanRevoke(i.Site.Policy.OAuth) == finding.Revocable }) {
				left.Issuances = append(left.Issuances, i)
			}
		}
		if len(left.Issuances) > 0 {
			out = append(out, &left)
		}
	}
	return out
}

// issuersByBundle lists the issuing bundles with one entry per environment, the newest revision first.
func issuersByBundle(f *flow.Facts) map[flow.BundleID][]*flow.Issuer {
	groups := map[flow.BundleID][]*flow.Issuer{}
	for i := range f.Environments {
		for _, is := range f.IssuersInScope(i) {
			groups[is.Program.Bundle()] = append(groups[is.Program.Bundle()], is)
		}
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b *flow.Issuer) int {
			return flow.ComparePrograms(b.Program, a.Program)
		})
	}
	return groups
}
