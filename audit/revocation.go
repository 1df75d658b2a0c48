package audit

import (
	"slices"

	"apigee-audit/apigee"
)

// Revocation is what a RevokeOAuthV2 policy says.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy.
type Revocation struct {
	Cascade Flag
	// ByApp and ByEndUser tell whose tokens it revokes; neither where the policy does not say.
	ByApp, ByEndUser bool
}

func readRevocation(d *apigee.Document) *Revocation {
	root := d.Root
	return &Revocation{
		Cascade: readFlag(d, root.Child("Cascade")), ByApp: root.Child("AppId") != nil, ByEndUser: root.Child("EndUserId") != nil,
	}
}

// RevokesRefreshTokens reports whether the policy invalidates refresh tokens: one given as such, or the one paired with
// an access token through cascade.
func (o *OAuthV2) RevokesRefreshTokens() bool {
	return o.Operation == InvalidateToken && slices.ContainsFunc(o.Tokens, func(t Token) bool {
		return t.Type == "refreshtoken" || t.Cascade.Value
	})
}

// Revokes reports whether the policy revokes refresh tokens at all.
func (p *Policy) Revokes() bool {
	return p.Revoke != nil || p.OAuth != nil && p.OAuth.RevokesRefreshTokens()
}

// WhyNotRevoked is the reason why a policy that revokes refresh tokens can revoke none of those that another one issues.
type WhyNotRevoked uint8

// The reasons; Revocable is none.
const (
	Revocable WhyNotRevoked = iota
	// IssuedWithJWT: OAuthV2 fails on refresh tokens that were issued with JWT access tokens.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/security/oauth/validating-and-invalidating-access-tokens.
	IssuedWithJWT
	// WithoutEndUser: RevokeOAuthV2 finds tokens by end user only if they were issued with AppEndUser.
	// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy.
	WithoutEndUser
)

// CanRevoke tells why the policy can revoke no refresh token that the other one issues; Revocable if it can.
func (p *Policy) CanRevoke(issued *OAuthV2) WhyNotRevoked {
	switch {
	case p.Revoke == nil && issued.Operation == GenerateJWTAccessToken:
		return IssuedWithJWT
	case p.Revoke != nil && p.Revoke.ByEndUser && !p.Revoke.ByApp && issued.AppEndUser.Value == "":
		return WithoutEndUser
	}
	return Revocable
}
