package api

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnswersThatSayNo(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		message string
		want    []string
	}{
		{"forbidden", 403, "Permission denied", []string{
			"read organization acme: the server answered 403 Forbidden: \"Permission denied\"",
			"apigee.organizations.get", "roles/apigee.readOnlyAdmin", "--org"}},
		{"scope", 403, "Request had insufficient authentication scopes.", []string{"cloud-platform", "gcloud auth application-default login"}},
		{"quota project", 403, "The apigee.googleapis.com API requires a quota project, which is not set by default.", []string{"--impersonate", "gcloud auth print-access-token"}},
		{"disabled", 403, "Apigee API has not been used in project 12 before or it is disabled.", []string{"enable the API in that project"}},
		{"unknown", 404, "gone", []string{"404 Not Found", "the name is wrong", "--org"}},
		{"expired", 401, "invalid credentials", []string{"401 Unauthorized", "expired", "gcloud auth application-default login", "--token-file", "APIGEE_AUDIT_TOKEN"}},
		{"teapot", 418, "", []string{"the server answered 418 I'm a teapot"}},
		{"quotes the token", 400, "bad token " + testToken, []string{"bad token [token]"}},
		{"control characters", 400, "a\x1b[31m\nb", []string{`"a\x1b[31m b"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count := 0
			c, _ := newClient(t, inTurn(&count, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				// Marshalled by hand: %q would not make JSON of a control character.
				message := strings.NewReplacer("\x1b", `\u001b`, "\n", `\n`).Replace(test.message)
				fmt.Fprintf(w, `{"error":{"code":%d,"message":"%s"}}`, test.status, message)
			}))
			_, err := c.Organization(t.Context())
			wantError(t, err, test.want...)
			if count != 1 {
				t.Errorf("%d requests, want 1: another try would bring the same", count)
			}
		})
	}
}

func TestStatusIsTheOneOnTheWire(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"error":{"code":403,"message":"pretending"}}`)
	}))
	_, err := c.Organization(t.Context())
	wantError(t, err, "400 Bad Request")
}

func TestLongErrorPageIsCut(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		for range 1000 {
			io.WriteString(w, "<html>\n"+strings.Repeat("é\xff ", 1000))
		}
	}))
	_, err := c.Organization(t.Context())
	wantError(t, err, "404 Not Found", "<html>", "…")
	if len(err.Error()) > 2000 {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

func TestNetworkErrors(t *testing.T) {
	// A port that is never given out to servers: one just given back may soon be somebody else's.
	const gone = "http://127.0.0.1:1"
	unknown := func(o *Options) {
		o.Base = roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "apigee.example", IsNotFound: true}}
		})
	}
	tests := []struct {
		name   string
		change func(*Options)
		want   []string
	}{
		{"refused", func(o *Options) { o.Endpoint = gone }, []string{"connection refused", "(after 5 tries)", "check the network", "--endpoint", gone}},
		{"unknown host", unknown, []string{"no such host", "check the name in --endpoint", "HTTPS_PROXY"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := newClient(t, http.NotFoundHandler(), test.change)
			_, err := c.Organization(t.Context())
			wantError(t, err, test.want...)
		})
	}
}

func TestUntrustedCertificateIsNotTriedAgain(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	c, fake := newClient(t, http.NotFoundHandler(), func(o *Options) { o.Endpoint = server.URL })
	_, err := c.Organization(t.Context())
	wantError(t, err, "certificate", "SSL_CERT_FILE")
	if len(fake.slept()) > 0 {
		t.Errorf("slept %v", fake.slept())
	}
}

func TestTokenThatCannotBeHad(t *testing.T) {
	c, _ := newClient(t, http.NotFoundHandler(), func(o *Options) {
		o.Tokens = tokenFunc(func() (string, error) { return "", errors.New("reauthentication is needed") })
	})
	_, err := c.Organization(t.Context())
	wantError(t, err, "get an access token: reauthentication is needed", "gcloud auth application-default login")

	c, _ = newClient(t, http.NotFoundHandler(), func(o *Options) {
		o.Tokens = tokenFunc(func() (string, error) { return "", nil })
	})
	_, err = c.Organization(t.Context())
	wantError(t, err, "empty token")
}
