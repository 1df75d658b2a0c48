package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEdgeBasic(t *testing.T) {
	netrc := writeFile(t, "machine 127.0.0.1 login robot@example.com password from-netrc\n")
	for name, test := range map[string]struct {
		c              EdgeCredentials
		user, password string
	}{
		"environment":             {EdgeCredentials{User: "me@example.com", Password: "p:w ä"}, "me@example.com", "p:w ä"},
		"environment, netrc":      {EdgeCredentials{User: "me@example.com", Password: "mine", Netrc: netrc}, "me@example.com", "mine"},
		"netrc":                   {EdgeCredentials{Netrc: netrc}, "robot@example.com", "from-netrc"},
		"user, password of netrc": {EdgeCredentials{User: "robot@example.com", Netrc: netrc}, "robot@example.com", "from-netrc"},
	} {
		t.Run(name, func(t *testing.T) {
			test.c.Host = "127.0.0.1"
			source, err := test.c.TokenSource(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			e := newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, ok := r.BasicAuth()
				if !ok || user != test.user || password != test.password {
					t.Errorf("%q %q %v", user, password, ok)
				}
				// A server may quote back what it got, in whichever form.
				edgeRefuse(w, 400, "x", "no "+password+" "+r.Header.Get("Authorization"))
			}), func(o *Options) { o.Tokens = source })
			_, err = e.Organization(t.Context())
			wantError(t, err, "no [secret] Basic [token]")
		})
	}
}

func TestEdgeTokenBeforeUser(t *testing.T) {
	source, err := EdgeCredentials{Token: "ready-token", User: "me", Password: "secret"}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token, err := source.Token(); err != nil || token.AccessToken != "ready-token" || token.Type() != "Bearer" {
		t.Error(token, err)
	}
}

func TestEdgeCredentialsErrors(t *testing.T) {
	for name, test := range map[string]struct {
		c    EdgeCredentials
		want []string
	}{
		"none":                  {EdgeCredentials{Host: "api.example.com", Netrc: "/does/not/exist"}, []string{"no credentials found", "machine api.example.com in .netrc", "APIGEE_AUDIT_USER", "--token-file"}},
		"no password":           {EdgeCredentials{User: "me", Host: "api.example.com"}, []string{"APIGEE_AUDIT_PASSWORD", "machine api.example.com"}},
		"no user":               {EdgeCredentials{Password: "hunter2"}, []string{"APIGEE_AUDIT_USER is not"}},
		"colon":                 {EdgeCredentials{User: "a:b", Password: "hunter2"}, []string{"colon"}},
		"line break":            {EdgeCredentials{User: "a", Password: "hunter2\n"}, []string{"line break"}},
		"login without scheme":  {EdgeCredentials{User: "a", Password: "hunter2", LoginURL: "login.apigee.com"}, []string{"not an http(s) URL"}},
		"login over http":       {EdgeCredentials{User: "a", Password: "hunter2", LoginURL: "http://login.apigee.com"}, []string{"unencrypted"}},
		"login with a password": {EdgeCredentials{User: "a", Password: "x", LoginURL: "https://me:hunter2@login.apigee.com"}, []string{"more than scheme and host"}},
		"folder for a netrc":    {EdgeCredentials{Netrc: t.TempDir()}, []string{"read user and password"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.c.TokenSource(t.Context())
			wantError(t, err, test.want...)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error holds the secret: %v", err)
			}
		})
	}
}

func TestReadableNetrcIsWarnedOf(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	file := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(file, []byte("machine h login a password b"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	c := EdgeCredentials{Host: "h", Netrc: file, Warn: func(text string) { said = append(said, text) }}
	if _, err := c.TokenSource(t.Context()); err != nil || len(said) > 0 {
		t.Errorf("%v, said %q", err, said)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TokenSource(t.Context()); err != nil || len(said) != 1 || !strings.Contains(said[0], "chmod 600") {
		t.Errorf("%v, said %q", err, said)
	}
}

// loginServer records the forms it gets and answers them in turn, the last answer for ever. An answer is a body, or a
// status and a body.
func loginServer(t *testing.T, answers ...string) (address string, forms func() []url.Values) {
	t.Helper()
	var got []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/oauth/token" || r.URL.RawQuery != "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if got := r.Header.Get("Authorization"); got != "Basic ZWRnZWNsaTplZGdlY2xpc2VjcmV0" {
			t.Errorf("Authorization %q, want that of edgecli", got)
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		answer := answers[min(len(got), len(answers)-1)]
		got = append(got, r.PostForm)
		if answer[0] != '{' {
			var status int
			fmt.Sscan(answer, &status)
			w.WriteHeader(status)
			_, answer, _ = strings.Cut(answer, " ")
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []url.Values { return got }
}

func TestEdgeLogin(t *testing.T) {
	user := url.Values{"grant_type": {"password"}, "username": {"me"}, "password": {"hunter2"}}
	code := url.Values{"grant_type": {"password"}, "username": {"me"}, "password": {"hunter2"}, "mfa_token": {"123456"}}
	passcode := url.Values{"grant_type": {"password"}, "response_type": {"token"}, "passcode": {"pass-code"}}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}}
	const first, second = `{"access_token":"token-one-1","refresh_token":"refresh-1","expires_in":1799}`, `{"access_token":"token-two-2","expires_in":1799}`
	password := EdgeCredentials{User: "me", Password: "hunter2"}
	for name, test := range map[string]struct {
		c       EdgeCredentials
		answers []string
		forms   []url.Values
		want    []string // of the error; none for success
	}{
		"password": {password, []string{first, second}, []url.Values{user, refresh}, nil},
		"code":     {EdgeCredentials{User: "me", Password: "hunter2", MFA: "123456"}, []string{first, second}, []url.Values{code, refresh}, nil},
		"passcode": {EdgeCredentials{Passcode: "pass-code"}, []string{first, second}, []url.Values{passcode, refresh}, nil},
		"refused refresh": {password, []string{first, `401 {"error":"invalid_token"}`, second},
			[]url.Values{user, refresh, user}, nil},
		"refused refresh after a code": {EdgeCredentials{Passcode: "pass-code"}, []string{first, `401 {"error":"invalid_token"}`},
			[]url.Values{passcode, refresh}, []string{"cannot be used again", "machine user"}},
		"wrong password": {password, []string{`401 {"error":"unauthorized","error_description":"Bad credentials hunter2"}`},
			[]url.Values{user}, []string{"get an access token: the token server answered 401 unauthorized Bad credentials [secret]", "APIGEE_AUDIT_MFA", "APIGEE_AUDIT_PASSCODE"}},
		"wrong passcode": {EdgeCredentials{Passcode: "pass-code"}, []string{`401 {"error":"unauthorized","error_description":"pass-code"}`},
			[]url.Values{passcode}, []string{"401 unauthorized [secret]", "/passcode"}},
		"down, then up": {password, []string{"503 <html>", first, second}, []url.Values{user, user, refresh}, nil},
		"redirect":      {password, []string{"302 <html>"}, []url.Values{user}, []string{"the token server answered 302"}},
		"no token":      {password, []string{`{"refresh_token":"x"}`}, []url.Values{user}, []string{"contains no access token", "--login-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			address, forms := loginServer(t, test.answers...)
			test.c.LoginURL = address
			source, err := test.c.TokenSource(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(forms()) > 0 {
				t.Error("logged in before it was needed")
			}
			e := newEdge(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer token-two-2" { // the first expires early
					edgeRefuse(w, 401, "x", "expired")
					return
				}
				io.WriteString(w, `["prod"]`)
			}), func(o *Options) { o.Tokens = source })
			_, err = e.Organization(t.Context())
			if test.want != nil {
				wantError(t, err, test.want...)
				for _, secret := range []string{"hunter2", "pass-code", "refresh-1"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("error holds %q: %v", secret, err)
					}
				}
			} else if err != nil {
				t.Error(err)
			}
			if d := cmp.Diff(test.forms, forms()); d != "" {
				t.Errorf("forms (-want +got):\n%s", d)
			}
		})
	}
}

func TestLoginURL(t *testing.T) {
	for text, want := range map[string]string{
		DefaultEdgeLogin:                       "https://login.apigee.com/oauth/token",
		"https://zone.login.apigee.com/":       "https://zone.login.apigee.com/oauth/token",
		"https://sso.example.com:9099/x/token": "https://sso.example.com:9099/x/token",
	} {
		if got, err := parseLogin(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

func TestPasswordStaysWithItsHost(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer foreign.Close()
	elsewhere := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, foreign.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})

	source, err := EdgeCredentials{User: "me", Password: "hunter2"}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = newEdge(t, elsewhere, func(o *Options) { o.Tokens = source }).Organization(t.Context())
	wantError(t, err, "redirects to "+foreign.URL, "is refused")

	login := httptest.NewServer(elsewhere)
	defer login.Close()
	source, err = EdgeCredentials{User: "me", Password: "hunter2", LoginURL: login.URL}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = newEdge(t, http.NotFoundHandler(), func(o *Options) { o.Tokens = source }).Organization(t.Context())
	wantError(t, err, "the token server answered 307")
}
