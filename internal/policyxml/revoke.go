package policyxml

// Invalidate is an OAuthV2 policy that revokes the refresh token that a request presents, and its access token with it.
// Source: docs.cloud.google.com/apigee/docs/api-platform/security/oauth/validating-and-invalidating-access-tokens.
func Invalidate(name, variable string) string {
	return Parent("OAuthV2", []string{
		Element("Operation", "InvalidateToken"),
		Parent("Tokens", []string{Element("Token", variable, "type", "refreshtoken", "cascade", "true")}),
	}, "name", name)
}

// RevokeApp is a RevokeOAuthV2 policy that revokes all tokens of an app, given the variable with the app's ID.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy.
func RevokeApp(name, variable string) string {
	return Parent("RevokeOAuthV2", []string{Element("AppId", "", "ref", variable), Element("Cascade", "true")}, "name", name)
}
