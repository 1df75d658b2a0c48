package simulator

import "net/http"

// Login is the login server of Apigee Edge: it gives the token that a server made with the same one accepts.
type Login struct {
	Token          string // what is given out
	RefreshToken   string // given with it, and accepted in exchange for another
	User, Password string
	MFA            string // the code that the user needs beside the password; empty needs none
	Passcode       string // accepted instead of user and password; empty accepts none
}

// loginError is an error as the login server reports it. Source: RFC 6749 section 5.2.
type loginError struct {
	status      int
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// ServeHTTP answers POST /oauth/token of the client that Apigee's own tools log in with.
func (l Login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, secret, _ := r.BasicAuth()
	switch {
	case r.URL.Path != "/oauth/token":
		deny(w, http.StatusNotFound, "not_found", r.URL.Path)
	case r.Method != http.MethodPost || r.URL.RawQuery != "":
		deny(w, http.StatusMethodNotAllowed, "method_not_allowed", "POST a form")
	case client != "edgecli" || secret != "edgeclisecret":
		deny(w, http.StatusUnauthorized, "unauthorized", "Bad client credentials")
	case !l.accepts(r):
		deny(w, http.StatusUnauthorized, "unauthorized", "Bad credentials")
	default:
		write(w, struct {
			AccessToken  string `json:"access_token"`
			TokenType    string `json:"token_type"`
			RefreshToken string `json:"refresh_token,omitempty"`
			ExpiresIn    int    `json:"expires_in"`
			Scope        string `json:"scope"`
		}{l.Token, "bearer", l.RefreshToken, 1799, "scim.me openid password.write approvals.me oauth.approvals"})
	}
}

func (l Login) accepts(r *http.Request) bool {
	form := func(name string) string { return r.PostFormValue(name) }
	switch form("grant_type") {
	case "refresh_token":
		return l.RefreshToken != "" && form("refresh_token") == l.RefreshToken
	case "password":
		if form("passcode") != "" {
			return form("passcode") == l.Passcode && form("response_type") == "token"
		}
		return form("username") == l.User && form("password") == l.Password && form("mfa_token") == l.MFA
	}
	return false
}

func deny(w http.ResponseWriter, status int, code, why string) {
	write(w, &loginError{status, code, why})
}
