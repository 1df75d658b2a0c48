package rules

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func rt302() *audit.Rule {
	return &audit.Rule{
		ID: "RT302", Name: "refresh-token-not-revocable",
		Severity: audit.Info, Confidence: audit.HighConfidence, NeedsWhole: true,
		Summary: "Refresh tokens are issued and no flow of the organization can revoke one.",
		CWE:     []int{613},
		References: []audit.Reference{
			rfc7009("2", "token revocation"), rfc9700("4.14.2", "refresh token protection, recommendations"), oauthV2Policy(), revokeOAuthV2(),
		},
		Standards: []audit.Standard{
			nistLogout("where the refresh token is what keeps a user signed in: signing out cannot invalidate it"),
		},
		Check: checkRevocable,
	}
}

// checkRevocable speaks at the first issuing policy of each bundle.
func checkRevocable(p *audit.Pass) {
	for at := range places(p.Facts) {
		if o := at.reach.Policy.OAuth; at.reach.Policy.Revoke != nil || o != nil && o.RevokesRefreshTokens() {
			return
		}
	}
	for _, group := range issuersByBundle(p.Facts) {
		is := preferCommon(group[0], group[1:], func(is *audit.Issuer) *audit.Issuer { return is })
		at := place{is.Environment, is.Issues[0].Walk, is.Issues[0].Reach}
		d := at.diagnostic("", apigee.Span{})
		d.Deployments = nil
		for _, is := range group {
			d.Deployments = append(d.Deployments, deployed(is.Environment, is.Unit)...)
		}
		d.Message = fmt.Sprintf("%s issues refresh tokens, and no flow of the organization revokes any, so a lost one stays good until it expires.", at.name())
		d.Remediation = "Offer a revocation endpoint: OAuthV2 with operation InvalidateToken, a Token of type refreshtoken and cascade true."
		if p.Facts.Organization.Platform == apigee.PlatformEdge {
			d.Remediation += " Until then operators can revoke through Edge's management API."
		} else {
			d.Remediation += " RevokeOAuthV2 revokes by app or end user; the management API of this platform cannot."
		}
		d.Searched = p.Facts.Searched("revocation of refresh tokens")
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// issuersByBundle lists the issuing bundles with one entry an environment, the newest revision first.
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
