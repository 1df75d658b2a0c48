package rules

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func rt302() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: "RT302", Name: "refresh-token-not-revocable",
		Severity: audit.Info, Confidence: audit.HighConfidence, NeedsWhole: true,
		Summary: "Refresh tokens are issued and no flow of the organization can revoke them.",
		CWE:     []int{613},
		References: []audit.Reference{
			rfc7009("2", "token revocation"), rfc9700("4.14.2", "refresh token protection, recommendations"), oauthV2Policy(), revokeOAuthV2(),
		},
		Standards: []audit.Standard{
			nistLogout("where the refresh token is what keeps a user signed in: signing out cannot invalidate it"),
		},
	}, Check: checkRevocable}
}

// checkRevocable reports the first policy of each bundle whose tokens no flow of the organization could revoke.
func checkRevocable(p *audit.Pass) {
	revokers := revokingPolicies(p.Facts)
	for _, group := range issuersByBundle(p.Facts) {
		group = withoutRevocation(group, revokers)
		if len(group) == 0 {
			continue
		}
		is := preferCommon(group[0], group[1:], func(is *audit.Issuer) *audit.Issuer { return is })
		at := place{is.Environment, is.Issues[0].Walk, is.Issues[0].Reach}
		d := at.diagnostic("", apigee.Span{})
		d.Deployments = nil
		for _, is := range group {
			d.Deployments = append(d.Deployments, deployed(is.Environment, is.Unit)...)
		}
		sayRevocable(p, at, revokers, &d)
		d.Searched = p.Facts.Searched("revocation of these refresh tokens")
		if alone := revokesAccessAlone(p.Facts); alone != nil && at.reach.Policy.OAuth.Operation == audit.GenerateAccessToken {
			d.Related = append(d.Related, alone.Hop())
			lower(&d, audit.LowConfidence, "%s %q revokes access tokens only; at least on Edge, a refresh token is said to stop working once its access token has been revoked.", alone.Type, alone.Name)
		}
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

func sayRevocable(p *audit.Pass, at place, revokers []*audit.Policy, d *audit.Diagnostic) {
	o := at.reach.Policy.OAuth
	verb := "issues"
	if o.Imports() {
		verb = "imports"
	}
	d.Message = fmt.Sprintf("%s %s refresh tokens, and %s revokes any, so a lost one stays valid until it expires.", at.name(), verb, p.Facts.Nothing())
	for _, r := range revokers {
		d.Related = append(d.Related, r.Hop())
		switch r.CanRevoke(o) {
		case audit.IssuedWithJWT:
			d.Message = fmt.Sprintf("%s %s refresh tokens with JWT access tokens, which InvalidateToken (%q) cannot revoke, and nothing else that was audited does: a lost one stays valid until it expires.", at.name(), verb, r.Name)
		case audit.WithoutEndUser:
			d.Message = fmt.Sprintf("%s %s refresh tokens without AppEndUser, so %s %q, which revokes by end user, finds none of them: a lost one stays valid until it expires.", at.name(), verb, r.Type, r.Name)
		}
	}
	switch {
	case o.AppEndUser.Value == "" && slices.ContainsFunc(revokers, func(r *audit.Policy) bool { return r.Revoke != nil }):
		d.Remediation = fmt.Sprintf("Set AppEndUser of %q to the variable that holds the user's id, so that tokens issued from then on can be revoked by end user.", at.reach.Policy.Name)
	case o.Operation == audit.GenerateJWTAccessToken:
		d.Remediation = fmt.Sprintf("Offer a flow with RevokeOAuthV2 and Cascade true, by app or by end user; for the second, set AppEndUser of %q. InvalidateToken fails for these tokens.", at.reach.Policy.Name)
	default:
		d.Remediation = "Offer a revocation endpoint: OAuthV2 with operation InvalidateToken, a Token of type refreshtoken and cascade true."
		if p.Facts.Organization.Platform.Traits().RevokesByManagementAPI {
			d.Remediation += " Until then operators can revoke through Edge's management API."
		} else {
			d.Remediation += " RevokeOAuthV2 revokes by app, or by end user where the issuing policy sets AppEndUser; Apigee X and hybrid have no management API that revokes tokens."
		}
	}
}

// revokingPolicies are the distinct policies that can run and revoke refresh tokens.
func revokingPolicies(f *audit.Facts) []*audit.Policy {
	var out []*audit.Policy
	for at := range places(f) {
		if pol := at.reach.Policy; pol.Revokes() && !slices.Contains(out, pol) {
			out = append(out, pol)
		}
	}
	return out
}

// revokesAccessAlone is a policy that revokes access tokens without cascade, nil when none can run.
// Source: discuss.google.dev/t/9852, on what that does to the refresh token.
func revokesAccessAlone(f *audit.Facts) *audit.Policy {
	for at := range places(f) {
		if o := at.reach.Policy.OAuth; o != nil && o.Operation == audit.InvalidateToken && !o.RevokesRefreshTokens() &&
			slices.ContainsFunc(o.Tokens, func(t audit.Token) bool { return t.Type == "accesstoken" }) {
			return at.reach.Policy
		}
	}
	return nil
}

// withoutRevocation keeps those places of each issuer whose tokens no policy could revoke.
func withoutRevocation(group []*audit.Issuer, revokers []*audit.Policy) []*audit.Issuer {
	var out []*audit.Issuer
	for _, is := range group {
		left := *is
		left.Issues = nil
		for _, i := range is.Issues {
			if !slices.ContainsFunc(revokers, func(r *audit.Policy) bool { return r.CanRevoke(i.Reach.Policy.OAuth) == audit.Revocable }) {
				left.Issues = append(left.Issues, i)
			}
		}
		if len(left.Issues) > 0 {
			out = append(out, &left)
		}
	}
	return out
}

// issuersByBundle lists the issuing bundles with one entry per environment, the newest revision first.
func issuersByBundle(f *audit.Facts) map[audit.BundleID][]*audit.Issuer {
	groups := map[audit.BundleID][]*audit.Issuer{}
	for _, e := range f.Environments {
		for _, is := range e.Issuers() {
			groups[is.Unit.Bundle()] = append(groups[is.Unit.Bundle()], is)
		}
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b *audit.Issuer) int {
			return audit.CompareUnits(b.Unit, a.Unit)
		})
	}
	return groups
}
