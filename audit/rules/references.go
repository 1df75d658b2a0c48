package rules

import "apigee-audit/audit/finding"

// The documents that several rules cite.
func issuingWithoutRefresh() finding.Reference {
	return finding.Reference{
		Title: "Apigee antipattern: issue refresh tokens without a refresh flow",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens",
	}
}

func oauthV2Policy() finding.Reference {
	return finding.Reference{
		Title: "Apigee OAuthV2 policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy",
	}
}

func thirdPartyOAuth() finding.Reference {
	return finding.Reference{
		Title: "Apigee: use third-party OAuth systems",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/security/oauth/use-third-party-oauth-system",
	}
}

func getOAuthV2Info() finding.Reference {
	return finding.Reference{
		Title: "Apigee GetOAuthV2Info policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/get-oauth-v2-info-policy",
	}
}

func proxyConfiguration() finding.Reference {
	return finding.Reference{
		Title: "Apigee API proxy configuration reference",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference",
	}
}

func flowCallout() finding.Reference {
	return finding.Reference{
		Title: "Apigee FlowCallout policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/flow-callout-policy",
	}
}

func rfc6749(section, about string) finding.Reference {
	return finding.Reference{
		Title: "RFC 6749 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc6749#section-" + section,
	}
}

func rfc7009(section, about string) finding.Reference {
	return finding.Reference{
		Title: "RFC 7009 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc7009#section-" + section,
	}
}

func rfc9700(section, about string) finding.Reference {
	return finding.Reference{
		Title: "RFC 9700 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc9700#section-" + section,
	}
}

func longExpiration() finding.Reference {
	return finding.Reference{
		Title: "Apigee antipattern: set a long expiration time for OAuth tokens",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/oauth-long-expiration",
	}
}

func noExpiration() finding.Reference {
	return finding.Reference{
		Title: "Apigee Edge antipattern: set no expiration time for OAuth tokens",
		URL:   "https://docs.apigee.com/api-platform/antipatterns/oauth-no-expiration",
	}
}

func limits() finding.Reference {
	return finding.Reference{Title: "Apigee limits", URL: "https://docs.cloud.google.com/apigee/docs/api-platform/reference/limits"}
}

func revokeOAuthV2() finding.Reference {
	return finding.Reference{
		Title: "Apigee RevokeOAuthV2 policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/revoke-oauth-v2-policy",
	}
}

func accessTokens() finding.Reference {
	return finding.Reference{
		Title: "Apigee: get OAuth 2.0 tokens",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/security/oauth/access-tokens",
	}
}

func fapi2() finding.Reference {
	return finding.Reference{
		Title: "FAPI 2.0 Security Profile section 5.3.2.1: requirements for authorization servers",
		URL:   "https://openid.net/specs/fapi-security-profile-2_0-final.html",
	}
}

func owaspAuthentication() finding.Reference {
	return finding.Reference{
		Title: "OWASP API Security Top 10, API2:2023 Broken Authentication",
		URL:   "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
	}
}

func owaspLogging() finding.Reference {
	return finding.Reference{
		Title: "OWASP Logging Cheat Sheet: data to exclude",
		URL:   "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html",
	}
}

func analyticsReference() finding.Reference {
	return finding.Reference{
		Title: "Apigee analytics metrics, dimensions and filters",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/analytics/analytics-reference",
	}
}

func dataMasking() finding.Reference {
	return finding.Reference{
		Title: "Apigee data masking and hiding",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/security/data-masking",
	}
}
