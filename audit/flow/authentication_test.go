package flow

import "testing"

func TestAuthentication(t *testing.T) {
	for policy, want := range map[string]Authentication{
		`<VerifyAPIKey name="P"/>`: Authenticates,
		`<VerifyJWT name="P"/>`:    Authenticates,
		`<DecodeJWT name="P"/>`:    NoAuthentication,
		`<HMAC name="P"><VerificationValue ref="request.header.mac"/></HMAC>`:                                                       Authenticates,
		`<HMAC name="P"><Output>mac</Output></HMAC>`:                                                                                NoAuthentication,
		`<OAuthV2 name="P"><Operation>VerifyAccessToken</Operation></OAuthV2>`:                                                      Authenticates,
		`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation></OAuthV2>`:                                                    Authenticates,
		`<OAuthV2 name="P"><Operation>GenerateAccessToken</Operation><ExternalAuthorization>true</ExternalAuthorization></OAuthV2>`: NoAuthentication,
		`<OAuthV2 name="P"><Operation>InvalidateToken</Operation></OAuthV2>`:                                                        NoAuthentication,
		`<BasicAuthentication name="P"/>`:                                                                                           MayAuthenticate,
		`<ExternalCallout name="P"/>`:                                                                                               MayAuthenticate,
		`<Quota name="P"/>`:                                                                                                         NoAuthentication,
	} {
		src := bundleOf(t, policy, nil).Policies["P"]
		if got := authentication(src.Type, src.Doc.Root); got != want {
			t.Errorf("%s: %d, want %d", policy, got, want)
		}
	}
}
