package simulator

import (
	"net/http"
	"sync"
)

// Login is the login server of Apigee Edge: it gives the token that a server made with the same one accepts.
type Login struct {
	Token          string // what is given out
	RefreshToken   string // given with it, and accepted in exchange for another
	User, Password string // without User, any are accepted
	MFA            string // the code that the user needs beside the password; empty needs none
	Passcode       string // accepted once instead of user and password; empty accepts none

	mu   sync.Mutex
	used bool // the passcode
}

// loginError is an error as the login server reports it. Source: RFC 6749 section 5.2.
type loginError struct {
	status      int
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// loginPath is the token endpoint of a login server.
const loginPath = "/oauth/token"

// ServeHTTP answers POST /oauth/token of the client that Apigee's own tools log in with.
func (l *Login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, secret, _ := r.BasicAuth()
	switch {
	case r.URL.Path != loginPath:
		deny(w, http.StatusNotFound, "not_found", r.URL.Path)
		return
	case r.Method != http.MethodPost || r.URL.RawQuery != "":
		deny(w, http.StatusMethodNotAllowed, "method_not_allowed", "POST a form")
		return
	case client != "edgecli" || secret != "edgeclisecret":
		deny(w, http.StatusUnauthorized, "unauthorized", "Bad client credentials")
		return
	}
	if why := l.refuses(r); why != "" {
		deny(w, http.StatusUnauthorized, "unauthorized", why)
		return
	}
	write(w, struct {
		AccessToken  string `json:"access_token"`
		TokenType    string `json:"token_type"`
		RefreshToken string `json:"refresh_token,omitempty"`
		ExpiresIn    int    `json:"expires_in"`
		Scope        string `json:"scope"`
		ID           string `json:"jti"`
	}{l.Token, "bearer", l.RefreshToken, 43199, "scim.me openid password.write approvals.me oauth.approvals", "5f0d0a52-7c8b-4d6e-9a31-2b6f1f0c9e77"})
}

// refuses says why a request is refused, "" where it is not.
func (l *Login) refuses(r *http.Request) string {
	const bad = "Bad credentials"
	form := func(name string) string { return r.PostFormValue(name) }
	switch grant := form("grant_type"); {
	case grant == "refresh_token" && l.RefreshToken != "" && form("refresh_token") == l.RefreshToken:
		return ""
	case grant != "password":
		return bad
	case form("passcode") != "":
		if form("response_type") == "token" && l.take(form("passcode")) {
			return ""
		}
		return "Invalid passcode"
	case form("username") == "" || l.User != "" && (form("username") != l.User || form("password") != l.Password):
		return bad
	case l.MFA != "" && form("mfa_token") != l.MFA:
		// Whether it is wrong or missing. Source: github.com/DinoChiesa/apigee-edge-js, issue 14.
		return "Error: Invalid MFA code."
	}
	return ""
}

// take accepts the passcode, once.
func (l *Login) take(passcode string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Passcode == "" || passcode != l.Passcode || l.used {
		return false
	}
	l.used = true
	return true
}

func deny(w http.ResponseWriter, status int, code, why string) {
	write(w, &loginError{status, code, why})
}
