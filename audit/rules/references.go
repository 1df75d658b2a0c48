package rules

import "apigee-audit/audit"

// The documents that several rules rest on.
func issuingWithoutRefresh() audit.Reference {
	return audit.Reference{
		Title: "Apigee antipattern: issue refresh tokens without a refresh flow",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/antipatterns/issuing-refresh-tokens",
	}
}

func oauthV2Policy() audit.Reference {
	return audit.Reference{
		Title: "Apigee OAuthV2 policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy",
	}
}

func thirdPartyOAuth() audit.Reference {
	return audit.Reference{
		Title: "Apigee: use third-party OAuth systems",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/security/oauth/use-third-party-oauth-system",
	}
}

func getOAuthV2Info() audit.Reference {
	return audit.Reference{
		Title: "Apigee GetOAuthV2Info policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/get-oauth-v2-info-policy",
	}
}

func proxyConfiguration() audit.Reference {
	return audit.Reference{
		Title: "Apigee API proxy configuration reference",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference",
	}
}

func flowCallout() audit.Reference {
	return audit.Reference{
		Title: "Apigee FlowCallout policy",
		URL:   "https://docs.cloud.google.com/apigee/docs/api-platform/reference/policies/flow-callout-policy",
	}
}

func rfc6749(section, about string) audit.Reference {
	return audit.Reference{
		Title: "RFC 6749 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc6749#section-" + section,
	}
}

func rfc7009(section, about string) audit.Reference {
	return audit.Reference{
		Title: "RFC 7009 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc7009#section-" + section,
	}
}

func rfc9700(section, about string) audit.Reference {
	return audit.Reference{
		Title: "RFC 9700 section " + section + ": " + about, URL: "https://www.rfc-editor.org/rfc/rfc9700#section-" + section,
	}
}
