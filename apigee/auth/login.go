package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	// DefaultEdgeLogin is the login server of Edge for Public Cloud. An organization with SAML has a zone of its own,
	// https://ZONE.login.apigee.com, and Private Cloud a server of its own.
	DefaultEdgeLogin = "https://login.apigee.com"
	tokenPath        = "/oauth/token"

	// The client that Apigee's own command-line tools log in with. It is public, whatever
	// its second half is called. Source: docs.apigee.com, "Use OAuth2 to access the Edge API".
	edgeClient       = "edgecli"
	edgeClientSecret = "edgeclisecret"
)

// parseLogin is the token endpoint of a login server.
func parseLogin(text string) (string, error) {
	const want = "use scheme and host, such as https://zone.login.apigee.com"
	u, err := url.Parse(text)
	switch { // no error quotes the text, which may hold a password
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("the login server is not an http(s) URL: " + want)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return "", errors.New("the login server's URL contains more than scheme and host: " + want)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return "", errors.New("the login server would be sent the password unencrypted: use https; or, if it has no TLS, open a tunnel to its host with `ssh -L 9099:localhost:9099 HOST` " +
			"and use --login-url http://localhost:9099 (plain http is for loopback only)")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = tokenPath
	}
	return u.String(), nil
}

// edgeLogin gets access tokens from a login server and keeps them fresh.
type edgeLogin struct {
	ctx      context.Context // of the whole audit: a token source is asked without one
	http     *http.Client
	endpoint string
	form     url.Values // of the first request

	mu    sync.Mutex
	used  bool // the form has got a token
	token *oauth2.Token
}

func newEdgeLogin(ctx context.Context, base http.RoundTripper, endpoint string, form url.Values) *edgeLogin {
	client := &http.Client{
		Transport: base,
		Timeout:   tokenTimeout,
		// A redirect would be given the password.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &edgeLogin{ctx: ctx, http: client, endpoint: endpoint, form: form}
}

// Token implements oauth2.TokenSource.
func (l *edgeLogin) Token() (*oauth2.Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token.Valid() {
		return l.token, nil
	}
	token, err := l.fetch()
	if err != nil {
		return nil, err
	}
	l.token, l.used = token, true
	return token, nil
}

// fetch renews the token with its refresh token, or logs in again if that does not work.
func (l *edgeLogin) fetch() (*oauth2.Token, error) {
	if l.token == nil || l.token.RefreshToken == "" {
		return l.start()
	}
	token, err := l.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {l.token.RefreshToken}})
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
		return l.start()
	}
	if err == nil && token.RefreshToken == "" {
		token.RefreshToken = l.token.RefreshToken // it goes on. Source: RFC 6749 section 6.
	}
	return token, err
}

// start logs in with what the user gave. Codes work once.
func (l *edgeLogin) start() (*oauth2.Token, error) {
	if l.used && (l.form.Has("mfa_token") || l.form.Has("passcode")) {
		return nil, &LoginError{errors.New("the login has expired, and its code cannot be used again"), "use a machine user for audits that take this long"}
	}
	return l.post(l.form)
}

func (l *edgeLogin) post(form url.Values) (*oauth2.Token, error) {
	request, err := http.NewRequestWithContext(l.ctx, http.MethodPost, l.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	request.Header.Set("Accept", "application/json;charset=utf-8")
	request.SetBasicAuth(edgeClient, edgeClientSecret)
	answer, err := l.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxToken))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, &LoginError{&oauth2.RetrieveError{Response: answer, Body: body}, l.advice(answer.StatusCode, body)}
	}
	var said struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int64  `json:"expires_in"` // seconds
	}
	if err := json.Unmarshal(body, &said); err != nil || said.AccessToken == "" {
		return nil, &LoginError{errors.New("the login server's answer contains no access token"), "check --login-url, and whether there is a proxy or a login page in between"}
	}
	token := &oauth2.Token{AccessToken: said.AccessToken, RefreshToken: said.RefreshToken}
	if said.ExpiresIn > 0 {
		token.Expiry = time.Now().Add(time.Duration(min(said.ExpiresIn, maxTokenLife)) * time.Second)
	}
	return token, nil
}

// maxTokenLife keeps a server's number, in seconds, from overflowing.
const maxTokenLife = 365 * 24 * 60 * 60

// advice says what to try when the server refuses the login.
func (l *edgeLogin) advice(status int, body []byte) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "the login server gives an account only so many new tokens an hour, some 30 on Public Cloud: get one token, for example with get_token, and " +
			"pass it to every run in APIGEE_AUDIT_TOKEN or with --token-file"
	case l.form.Has("passcode"):
		return "a passcode works only once and for a short time: get a new one from " + strings.TrimSuffix(l.endpoint, tokenPath) + "/passcode"
	case l.form.Has("mfa_token"):
		return "give a new code in APIGEE_AUDIT_MFA, as each works only once and for half a minute, and check APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD"
	case speaksOfCode(body):
		return "the account has two-step verification: give its current code in APIGEE_AUDIT_MFA, or use a machine user"
	}
	return "check APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD; with two-step verification also give the current code in APIGEE_AUDIT_MFA; " +
		"an organization with SAML needs a passcode in APIGEE_AUDIT_PASSCODE, from the page /passcode of the login server, or a machine user"
}

// speaksOfCode reports whether a refusal is about the code of two-step verification: "Error: Invalid MFA code.", whether it is
// wrong or missing. Source: github.com/DinoChiesa/apigee-edge-js, issue 14.
func speaksOfCode(body []byte) bool {
	var said struct {
		Description string `json:"error_description"`
	}
	return json.Unmarshal(body, &said) == nil && strings.Contains(strings.ToUpper(said.Description), "MFA")
}

// Renew implements [Renewer].
func (l *edgeLogin) Renew() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token != nil {
		l.token = &oauth2.Token{RefreshToken: l.token.RefreshToken}
	}
	return nil
}

// Advice implements advisor. A login that the server refuses has advice of its own, see [LoginError].
func (l *edgeLogin) Advice() Advice {
	server := strings.TrimSuffix(l.endpoint, tokenPath)
	return Advice{
		Refused: "the token comes from login server " + server + ": check that it is the one of this organization, and name another with --login-url",
		Account: "the user who logged in at " + server,
		User:    l.form.Get("username"),
	}
}

func (l *edgeLogin) secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := []string{l.form.Get("password"), l.form.Get("mfa_token"), l.form.Get("passcode")}
	if l.token != nil {
		known = append(known, l.token.RefreshToken)
	}
	return known
}

// LoginError is a login that failed, with what to do about it.
type LoginError struct {
	err    error
	Advice string
}

func (e *LoginError) Error() string { return e.err.Error() }

func (e *LoginError) Unwrap() error { return e.err }
