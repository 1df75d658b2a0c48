package report

import (
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/policyxml"
)

// The names in the policies that are proposed, and the variables that they take what to revoke from.
const (
	revokeAppPolicy, revokeAppVariable     = "RevokeAppTokens", "request.formparam.app_id"
	revokeTokenPolicy, revokeTokenVariable = "RevokeRefreshToken", "request.formparam.token"
)

// add proposes the policies that are missing: one that revokes everything of an app, because whoever reacts to a leak seldom has the
// tokens themselves, and one that revokes the token that is presented.
func (b *incident) add() {
	made := b.handsOut()
	if len(made) == 0 {
		return
	}
	able := func(of func(*finding.Revocation) bool) bool {
		return slices.ContainsFunc(b.out.Revocations, func(c RevocationCall) bool { return of(c.Revocation) && len(c.For) == 0 })
	}
	if !able(func(r *finding.Revocation) bool { return r.ByApp }) {
		why := "revokes all tokens of an app, given the app's ID. It cannot be undone: let only operators call it."
		if b.organization.Platform == apigee.PlatformEdge {
			why += " Edge for Private Cloud does not have this policy."
		}
		b.addition(why, policyxml.RevokeApp(revokeAppPolicy, revokeAppVariable), revokeAppPolicy, "/revoke-app")
	}
	opaque := slices.ContainsFunc(made, func(i operatingIn) bool { return !i.operation.JWT })
	if opaque && !slices.ContainsFunc(b.out.Revocations, func(c RevocationCall) bool { return c.Revocation.ByToken }) {
		b.addition("revokes the token that a request presents, and its access token with it, as RFC 7009 describes: for tokens that were found, and for users who sign out. Authenticate the client before it.",
			policyxml.Invalidate(revokeTokenPolicy, revokeTokenVariable), revokeTokenPolicy, "/revoke")
	}
}

// addition proposes a policy with a flow that runs it.
func (b *incident) addition(why, xml, policy, suffix string) {
	condition := policyxml.And(fmt.Sprintf("proxy.pathsuffix MatchesPath %q", suffix), `request.verb = "POST"`)
	b.out.Additions = append(b.out.Additions, Addition{
		Why: fmt.Sprintf("%s %s", policy, why), XML: finding.Lines(xml + "\n\n" + policyxml.Flow(policy, condition, policyxml.Step(policy, ""))),
	})
}

// managementText says what a platform's management API can do about leaked tokens.
// Sources: the discovery document of the Apigee API, which has no resource for tokens;
// docs.cloud.google.com/apigee/docs/api-platform/security/oauth/validating-and-invalidating-access-tokens, for the effect of revoking a
// client and for the cache; organizations.developers.apps.keys.apiproducts, for the tokens that stay active.
func managementText(p apigee.Platform) []string {
	tokens := "Apigee X and hybrid have no management API that revokes tokens: only a policy in a deployed flow can."
	if p.Traits().RevokesByManagementAPI {
		tokens = "Edge's management API revokes tokens by app and by end user, where the organization's plan has that and it is enabled: POST /v1/organizations/ORG/oauth2/revoke. " +
			"By end user it finds only tokens that carry one."
	}
	return []string{
		tokens,
		"The management API can revoke the client instead: POST /v1/organizations/ORG/developers/DEVELOPER/apps/APP?action=revoke, or …/apps/APP/keys/KEY?action=revoke for one of its keys. " +
			"Then Apigee rejects the tokens of that client and issues no more to it, which locks out everybody who uses it. The tokens themselves stay active: " +
			"when the client is approved again, those that have not expired may work again.",
		"A token that was revoked may still be accepted for 3 minutes, because tokens are cached.",
	}
}
