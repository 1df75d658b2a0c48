package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/internal/authtest"
)

func TestTokenFileIsReadAgain(t *testing.T) {
	file := authtest.WriteFile(t, "stale-token")
	source, err := auth.Credentials{TokenFile: file}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	c, _ := newClient(t, accepts("fresh-token", &requests), func(o *Options) { o.Tokens = source })
	_, err = c.Organization(t.Context())
	wantError(t, err, "401", "the token comes from token file "+file+": put a new one there")
	if requests != 1 {
		t.Errorf("%d requests: the same token would be refused again", requests)
	}

	if err := os.WriteFile(file, []byte("fresh-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Organization(t.Context()); err != nil {
		t.Error(err)
	}
	if requests != 3 {
		t.Errorf("%d requests, want 3", requests)
	}
}

func TestServiceAccountKey(t *testing.T) {
	issued := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.FormValue("grant_type"); got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			t.Errorf("grant type %q", got)
		}
		if r.FormValue("assertion") == "" {
			t.Error("no assertion")
		}
		issued++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, issued)
	}))
	defer server.Close()
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", authtest.KeyFile(t, server.URL))
	source, err := auth.Credentials{}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if issued != 0 {
		t.Error("a token was fetched before it was needed")
	}
	requests := 0
	c, _ := newClient(t, accepts("token-2", &requests), func(o *Options) { o.Tokens = source })
	for range 2 {
		if _, err := c.Organization(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if issued != 2 || requests != 3 {
		t.Errorf("%d tokens for %d requests, want 2 for 3: the first was refused, the second kept", issued, requests)
	}
}

func TestTokenServerErrors(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		tokens int // requests to the token server
		want   []string
	}{
		{"refused", 400, `{"error":"invalid_grant","error_description":"account\u001b disabled"}`, 1, []string{`400 invalid_grant account\x1b disabled`, "the key of service account audit@acme.iam.gserviceaccount.com", "named in GOOGLE_APPLICATION_CREDENTIALS"}},
		{"down", 503, "<html>\n", 5, []string{"503", "(after 5 tries)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			}))
			defer server.Close()
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", authtest.KeyFile(t, server.URL))
			source, err := auth.Credentials{}.TokenSource(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c, _ := newClient(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request without a token") }),
				func(o *Options) { o.Tokens = source })
			_, err = c.Organization(t.Context())
			wantError(t, err, append(test.want, "get an access token: the token server answered")...)
			if asked != test.tokens {
				t.Errorf("asked %d times, want %d", asked, test.tokens)
			}
		})
	}
}

func TestEdgeBasic(t *testing.T) {
	netrc := authtest.WriteFile(t, "machine 127.0.0.1 login robot@example.com password from-netrc\n")
	for name, test := range map[string]struct {
		c              auth.EdgeCredentials
		user, password string
	}{
		"environment":             {auth.EdgeCredentials{User: "me@example.com", Password: "p:w ä"}, "me@example.com", "p:w ä"},
		"environment, netrc":      {auth.EdgeCredentials{User: "me@example.com", Password: "mine", Netrc: netrc}, "me@example.com", "mine"},
		"netrc":                   {auth.EdgeCredentials{Netrc: netrc}, "robot@example.com", "from-netrc"},
		"user, password of netrc": {auth.EdgeCredentials{User: "robot@example.com", Netrc: netrc}, "robot@example.com", "from-netrc"},
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
	password := auth.EdgeCredentials{User: "me", Password: "hunter2"}
	for name, test := range map[string]struct {
		c       auth.EdgeCredentials
		answers []string
		forms   []url.Values
		want    []string // of the error; none for success
	}{
		"password": {password, []string{first, second}, []url.Values{user, refresh}, nil},
		"code":     {auth.EdgeCredentials{User: "me", Password: "hunter2", MFA: "123456"}, []string{first, second}, []url.Values{code, refresh}, nil},
		"passcode": {auth.EdgeCredentials{Passcode: "pass-code"}, []string{first, second}, []url.Values{passcode, refresh}, nil},
		"refused refresh": {password, []string{first, `401 {"error":"invalid_token"}`, second},
			[]url.Values{user, refresh, user}, nil},
		"refused refresh after a code": {auth.EdgeCredentials{Passcode: "pass-code"}, []string{first, `401 {"error":"invalid_token"}`},
			[]url.Values{passcode, refresh}, []string{"cannot be used again", "machine user"}},
		"wrong password": {password, []string{`401 {"error":"unauthorized","error_description":"Bad credentials hunter2"}`},
			[]url.Values{user}, []string{"get an access token: the token server answered 401 unauthorized Bad credentials [secret]", "APIGEE_AUDIT_MFA", "APIGEE_AUDIT_PASSCODE"}},
		"wrong passcode": {auth.EdgeCredentials{Passcode: "pass-code"}, []string{`401 {"error":"unauthorized","error_description":"pass-code"}`},
			[]url.Values{passcode}, []string{"401 unauthorized [secret]", "/passcode"}},
		"down, then up": {password, []string{"503 <html>", first, second}, []url.Values{user, user, refresh}, nil},
		"redirect":      {password, []string{"302 <html>"}, []url.Values{user}, []string{"the token server answered 302"}},
		"code missing": {password, []string{`401 {"error":"unauthorized","error_description":"Error: Invalid MFA code."}`}, []url.Values{user},
			[]string{"Invalid MFA code.; the account has two-step verification: give its current code in APIGEE_AUDIT_MFA"}},
		"code refused": {auth.EdgeCredentials{User: "me", Password: "hunter2", MFA: "123456"}, []string{`401 {"error":"unauthorized","error_description":"Error: Invalid MFA code."}`}, []url.Values{code},
			[]string{"Invalid MFA code.; give a new code in APIGEE_AUDIT_MFA"}},
		"too many tokens": {password, []string{`429 {"error":"rate_limited"}`}, []url.Values{user, user, user, user, user}, []string{"so many new tokens an hour", "get_token", "APIGEE_AUDIT_TOKEN"}},
		"no token":        {password, []string{`{"refresh_token":"x"}`}, []url.Values{user}, []string{"contains no access token", "--login-url"}},
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

func TestPasswordStaysWithItsHost(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer foreign.Close()
	elsewhere := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, foreign.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})

	source, err := auth.EdgeCredentials{User: "me", Password: "hunter2"}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = newEdge(t, elsewhere, func(o *Options) { o.Tokens = source }).Organization(t.Context())
	wantError(t, err, "redirects to "+foreign.URL, "is refused")

	login := httptest.NewServer(elsewhere)
	defer login.Close()
	source, err = auth.EdgeCredentials{User: "me", Password: "hunter2", LoginURL: login.URL}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = newEdge(t, http.NotFoundHandler(), func(o *Options) { o.Tokens = source }).Organization(t.Context())
	wantError(t, err, "the token server answered 307")
}
