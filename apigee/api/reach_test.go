package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
)

func TestReachUsesNoCredentials(t *testing.T) {
	for _, p := range apigee.Platforms() {
		for name, test := range map[string]struct {
			status int
			body   string
			want   string // of the error; "" for a server that is reached
		}{
			"refused":           {401, "", ""},
			"forbidden":         {403, "", ""},
			"not there":         {404, "<html>", ""},
			"let in":            {200, `{}`, ""},
			"a login page":      {200, "<html>log in", "not JSON"},
			"out of order":      {503, "", "503"},
			"elsewhere":         {302, "", "redirect"},
			"an answer too big": {200, `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, "larger"},
		} {
			t.Run(string(p)+" "+name, func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if got := r.Header.Get("Authorization"); got != "" || r.Method != http.MethodGet || r.URL.Path != "/v1/organizations" {
						t.Errorf("%s %s with %q", r.Method, r.URL, got)
					}
					w.Header().Set("Location", "https://login.example.com/")
					w.WriteHeader(test.status)
					io.WriteString(w, test.body)
				}))
				defer server.Close()
				o := Options{Organization: "acme", Endpoint: server.URL, Tries: 1, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})}
				got, err := Reach(t.Context(), p, o)
				if test.want != "" {
					wantError(t, err, test.want)
				} else if err != nil {
					t.Error(err)
				}
				if got.Endpoint != server.URL || got.Proxy != nil || !got.Dated || got.Ahead != 0 {
					t.Errorf("%+v", got)
				}
			})
		}
	}
}

func TestClockDifference(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		date           string
		age            string
		sent, received time.Duration // after the date
		ahead          time.Duration
		known          bool
	}{
		"the same":          {sent: 200 * time.Millisecond, received: 700 * time.Millisecond, known: true},
		"a slow answer":     {sent: -20 * time.Second, received: 10 * time.Second, known: true},
		"within the second": {sent: 900 * time.Millisecond, received: 1900 * time.Millisecond, known: true},
		"ahead":             {sent: 5 * time.Minute, received: 5*time.Minute + time.Second, ahead: 5*time.Minute - time.Second, known: true},
		"behind":            {sent: -5*time.Minute - time.Second, received: -5 * time.Minute, ahead: -5 * time.Minute, known: true},
		"out of a cache":    {age: "600", sent: 5 * time.Minute, received: 5 * time.Minute},
		"no date":           {date: "yesterday", sent: 5 * time.Minute, received: 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{"Date": {at.Format(http.TimeFormat)}}
			if test.date != "" {
				h.Set("Date", test.date)
			}
			if test.age != "" {
				h.Set("Age", test.age)
			}
			var d dates
			d.note(h, at.Add(test.sent), at.Add(test.received))
			if ahead, known := d.difference(); ahead != test.ahead || known != test.known {
				t.Errorf("%v %v", ahead, known)
			}
		})
	}
}

// TestCredential: the token is got as every request gets it, and its failure is explained as theirs.
func TestCredential(t *testing.T) {
	o := Options{Endpoint: "http://127.0.0.1:1", Tries: 1}
	source, err := auth.Credentials{Token: testToken}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.Tokens = source
	advice, err := Credential(t.Context(), apigee.PlatformX, o)
	if err != nil || !strings.Contains(advice.Account, "APIGEE_AUDIT_TOKEN") {
		t.Errorf("%+v, %v", advice, err)
	}
	o.Tokens = noToken(func() error { return errors.New("invalid_grant") })
	_, err = Credential(t.Context(), apigee.PlatformX, o)
	wantError(t, err, "get an access token: invalid_grant", "gcloud auth application-default login")
	_, err = Credential(t.Context(), apigee.PlatformEdge, o)
	wantError(t, err, "get an access token: invalid_grant", "APIGEE_AUDIT_USER")
	// A token server that cannot be reached says nothing about the credential.
	o.Tokens = noToken(func() error {
		return &url.Error{Op: "Post", URL: "https://oauth2.googleapis.com/token?secret=1", Err: &net.DNSError{Err: "no such host", Name: "oauth2.googleapis.com", IsNotFound: true}}
	})
	_, err = Credential(t.Context(), apigee.PlatformX, o)
	if _, advice := Explain(err); !strings.Contains(advice, "HTTPS_PROXY") || strings.Contains(advice, "gcloud") || strings.Contains(advice, "secret") {
		t.Errorf("%s", advice)
	}
}

// noToken is a token source that fails.
type noToken func() error

func (f noToken) Token() (*oauth2.Token, error) { return nil, f() }

func TestAdviceOnTheNetwork(t *testing.T) {
	server := peer{"https://ms.example.com:8443", "--endpoint"}
	expired := &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}}}
	foreign := &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "ms.example.com", Certificate: &x509.Certificate{}}}
	unknown := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	for name, test := range map[string]struct {
		err     error
		want    string
		lasting bool
	}{
		"proxy wants a password":          {&proxyError{status: 407}, "http://USER:PASSWORD@HOST:PORT", true},
		"the same in the library's words": {errors.New("Proxy Authentication Required"), "http://USER:PASSWORD@HOST:PORT", true},
		"proxy forbids":                   {&proxyError{status: 403}, "let requests to https://ms.example.com:8443 through", true},
		"proxy is out of order":           {&proxyError{status: 502}, "let requests to https://ms.example.com:8443 through", false},
		"proxy is not there":              {&net.OpError{Op: "proxyconnect", Err: &net.DNSError{IsNotFound: true}}, "the network proxy in HTTPS_PROXY is the right one", false},
		"no such host":                    {&net.DNSError{IsNotFound: true}, "check the name in --endpoint (now https://ms.example.com:8443)", true},
		"name server is silent":           {&net.DNSError{IsTimeout: true}, "check the network", false},
		"certificate out of date":         {expired, "check the clock of this machine", true},
		"certificate of another host":     {foreign, "belongs to another host", true},
		"certificate of nobody known":     {unknown, "SSL_CERT_FILE", true},
		"no TLS":                          {http.ErrSchemeMismatch, "does not speak TLS", true},
		"no TLS and no HTTP":              {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "does not speak TLS", true},
		"anything else":                   {errors.New("connection refused"), "or --endpoint (now https://ms.example.com:8443)", false},
	} {
		t.Run(name, func(t *testing.T) {
			advice, lasting := server.advise(&url.Error{Op: "Get", URL: "https://ms.example.com:8443/", Err: test.err})
			if !strings.Contains(advice, test.want) || lasting != test.lasting {
				t.Errorf("%q, lasting %v", advice, lasting)
			}
			if advice, _ := (peer{address: "https://oauth2.googleapis.com"}).advise(test.err); strings.Contains(advice, "--") {
				t.Errorf("names a flag that does not help: %s", advice)
			}
		})
	}
}

// TestProxyRefusalIsNamed goes through a proxy that refuses to connect.
func TestProxyRefusalIsNamed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	defer proxy.Close()
	transport, ok := pooled(1).(*http.Transport)
	if !ok {
		t.Fatal("not the library's transport")
	}
	transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	_, err := Reach(context.Background(), apigee.PlatformX, Options{Base: transport})
	wantError(t, err, "the network proxy 127.0.0.1:", "answered 407 Proxy Authentication Required", "HTTPS_PROXY")
}
