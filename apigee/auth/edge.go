package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"unicode"

	"golang.org/x/oauth2"

	"apigee-audit/internal/files"
)

// EdgeCredentials say as whom an organization on Apigee Edge is read: a ready token (TokenFile, else Token), else a
// passcode, else a user. Users log in with OAuth where LoginURL or MFA is given, otherwise every request carries name and
// password (basic authentication). Machine users are users.
type EdgeCredentials struct {
	TokenFile string    // holds an access token and nothing else; "-" is Stdin
	Stdin     io.Reader // read once, for TokenFile "-"
	Token     string    // the value of APIGEE_AUDIT_TOKEN

	User, Password string // without password, Netrc is searched
	// Netrc is a file in which to look for Host; it need not exist.
	Netrc string
	// Host is the management server's, without a port: the only one that an entry of Netrc is good for.
	Host string

	// LoginURL is the login server, with or without the path of its token endpoint; empty means [DefaultEdgeLogin].
	LoginURL string
	MFA      string // the current code of two-step verification
	Passcode string // from the login server's page /passcode, for organizations with SAML

	// Warn gets what the user should know and does not hinder; nil discards it.
	Warn func(string)
	// Base sends the requests to the login server in place of the default transport; for tests.
	Base http.RoundTripper
}

// TokenSource finds the credentials. Tokens of a login server are fetched later, with the first request, so the context
// must live as long as the source.
func (c EdgeCredentials) TokenSource(ctx context.Context) (oauth2.TokenSource, error) {
	if c.TokenFile != "" || c.Token != "" {
		return Credentials{TokenFile: c.TokenFile, Stdin: c.Stdin, Token: c.Token, tool: "get_token"}.TokenSource(ctx)
	}
	login, err := parseLogin(cmp.Or(c.LoginURL, DefaultEdgeLogin))
	if err != nil {
		return nil, err
	}
	if c.Passcode != "" {
		return newEdgeLogin(ctx, c.Base, login, url.Values{"grant_type": {"password"}, "response_type": {"token"}, "passcode": {c.Passcode}}), nil
	}
	user, password, err := c.user()
	if err != nil {
		return nil, err
	}
	if c.LoginURL == "" && c.MFA == "" {
		source, err := newBasic(user, password)
		if err != nil {
			return nil, err
		}
		source.from = c.userFrom()
		return source, nil
	}
	form := url.Values{"grant_type": {"password"}, "username": {user}, "password": {password}}
	if c.MFA != "" {
		form.Set("mfa_token", c.MFA)
	}
	return newEdgeLogin(ctx, c.Base, login, form), nil
}

// user is the name and the password of who runs the audit.
func (c EdgeCredentials) user() (name, password string, err error) {
	switch {
	case c.User != "" && c.Password != "":
		return c.User, c.Password, nil
	case c.User == "" && c.Password != "":
		return "", "", errors.New("APIGEE_AUDIT_PASSWORD is set but APIGEE_AUDIT_USER is not: set both")
	}
	text, err := c.netrc()
	if err != nil {
		return "", "", err
	}
	name, password, ok := netrcLogin(text, c.Host, c.User)
	switch {
	case ok:
		return name, password, nil
	case c.User != "":
		return "", "", fmt.Errorf("APIGEE_AUDIT_USER is set but there is no password: set APIGEE_AUDIT_PASSWORD, or add machine %s with this login to .netrc", c.Host)
	}
	return "", "", &MissingError{fmt.Sprintf("no credentials found, neither in the environment nor for machine %s in .netrc", c.Host), EdgeLoginAdvice}
}

// userFrom is where the user's name and password come from.
func (c EdgeCredentials) userFrom() string {
	if c.Password != "" {
		return "APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD"
	}
	return fmt.Sprintf("the entry for machine %s in %s", c.Host, c.Netrc)
}

func (c EdgeCredentials) netrc() (string, error) {
	if c.Netrc == "" {
		return "", nil
	}
	f, info, err := files.Open(c.Netrc)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read user and password: %w", err)
	}
	defer f.Close()
	// Windows has no such modes and always shows the same.
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" && c.Warn != nil {
		c.Warn(c.Netrc + " can be read by other users of this machine: protect it with chmod 600")
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return "", fmt.Errorf("read user and password: %w", err)
	}
	return string(text), nil
}

// basic sends name and password with each request. In the place of a token they take the same way through the transport,
// with the same care for hosts and redirects.
type basic struct {
	token    *oauth2.Token
	user     string
	password string
	from     string
}

// Advice implements advisor.
func (b *basic) Advice() Advice {
	return Advice{
		Refused: "user and password come from " + b.from + ": check both; accounts with two-step verification and organizations with SAML accept only tokens, " +
			"so set APIGEE_AUDIT_MFA to the current code or APIGEE_AUDIT_PASSCODE to a passcode (and --login-url to the zone's login host), or use a machine user",
		Account: "the user of " + b.from,
		User:    b.user,
	}
}

// newBasic refuses what the scheme cannot carry. Source: RFC 7617 section 2.
func newBasic(user, password string) (*basic, error) {
	if strings.ContainsFunc(user, func(r rune) bool { return r == ':' || unicode.IsControl(r) }) {
		return nil, errors.New("the user name contains a colon or a control character: use the e-mail address alone")
	}
	if strings.ContainsFunc(password, unicode.IsControl) {
		return nil, errors.New("the password contains a control character, perhaps a line break from the file it came from")
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return &basic{token: &oauth2.Token{AccessToken: pair, TokenType: "Basic"}, user: user, password: password}, nil
}

// Token implements oauth2.TokenSource.
func (b *basic) Token() (*oauth2.Token, error) { return b.token, nil }

func (b *basic) secrets() []string { return []string{b.password} }
