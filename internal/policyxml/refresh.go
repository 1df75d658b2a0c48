package policyxml

// Refresh is an OAuthV2 policy that refreshes.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy and, for JWT access tokens,
// docs.cloud.google.com/apigee/docs/api-platform/security/oauth/using-jwt-oauth.
type Refresh struct {
	Name string
	// GrantType and RefreshToken are the variables with the grant type and the token, "" for the defaults.
	GrantType, RefreshToken string
	// ExpiresIn and RefreshTokenExpiresIn are lifetimes in milliseconds, each with the variable that wins over it.
	ExpiresIn, ExpiresInRef, RefreshTokenExpiresIn, RefreshTokenExpiresInRef string
	Reuse                                                                    bool // the same refresh token again
	// JWT is how access tokens are signed that are JWTs, nil for opaque ones.
	JWT *Signing
	// External is set where another system refreshes and Apigee keeps its tokens.
	External *External
}

// Signing is the algorithm of JWT access tokens and the variables that hold the key.
type Signing struct {
	Algorithm string
	// Key is the element, SecretKey or PrivateKey; Ref, PasswordRef and ID are what it holds.
	Key, Ref, PasswordRef, IDRef, ID string
}

// External are the variables with the tokens of another system.
type External struct{ AccessToken, RefreshToken string }

// XML writes the policy.
func (r Refresh) XML() string {
	operation := "RefreshAccessToken"
	if r.JWT != nil {
		operation = "RefreshJWTAccessToken"
	}
	lines := []string{Element("Operation", operation)}
	add := func(name, value string, attributes ...string) {
		if value != "" {
			lines = append(lines, Element(name, value, attributes...))
		}
	}
	if s := r.JWT; s != nil {
		add("Algorithm", s.Algorithm)
		key := []string{Element("Value", "", "ref", s.Ref)}
		if s.PasswordRef != "" {
			key = append(key, Element("Password", "", "ref", s.PasswordRef))
		}
		if s.ID != "" || s.IDRef != "" {
			key = append(key, Element("Id", s.ID, "ref", s.IDRef))
		}
		lines = append(lines, Parent(s.Key, key))
	}
	if x := r.External; x != nil {
		add("ExternalAuthorization", "true")
		add("StoreToken", "true")
		add("ExternalAccessToken", x.AccessToken)
		add("ExternalRefreshToken", x.RefreshToken)
	}
	add("GrantType", r.GrantType)
	add("RefreshToken", r.RefreshToken)
	add("ExpiresIn", r.ExpiresIn, "ref", r.ExpiresInRef)
	add("RefreshTokenExpiresIn", r.RefreshTokenExpiresIn, "ref", r.RefreshTokenExpiresInRef)
	reuse := "false"
	if r.Reuse {
		reuse = "true"
	}
	add("ReuseRefreshToken", reuse)
	lines = append(lines, Element("GenerateResponse", "", "enabled", "true"))
	return Parent("OAuthV2", lines, "name", r.Name)
}
