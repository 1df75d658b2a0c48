package auth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"apigee-audit/apigee/internal/authtest"
)

const auditor = "auditor@acme.iam.gserviceaccount.com"

// iamServer sends what is meant for the IAM credentials API to a server of our own.
func iamServer(t *testing.T, handler http.HandlerFunc) http.RoundTripper {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "iamcredentials.googleapis.com" {
			t.Errorf("host %s", r.URL.Host)
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = target.Scheme, target.Host
		return http.DefaultTransport.RoundTrip(r)
	})
}

func TestImpersonation(t *testing.T) {
	base := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer own-token" {
			t.Errorf("Authorization %q", r.Header.Get("Authorization"))
		}
		if want := "/v1/projects/-/serviceAccounts/" + auditor + ":generateAccessToken"; r.URL.Path != want {
			t.Errorf("POST %s", r.URL.Path)
		}
		var asked struct{ Scope []string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Scope) != 1 || asked.Scope[0] != Scope {
			t.Errorf("scopes %q, %v", asked.Scope, err)
		}
		io.WriteString(w, `{"accessToken":"borrowed-token","expireTime":"2999-01-01T00:00:00Z"}`)
	})
	if got := tokenOf(t, Credentials{Token: "own-token", Impersonate: auditor, Base: base}); got != "borrowed-token" {
		t.Errorf("%q", got)
	}
}

func TestImpersonationRefused(t *testing.T) {
	base := iamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("not yours"))
	})
	source, err := Credentials{Token: "own-token", Impersonate: auditor, Base: base}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Token()
	authtest.WantError(t, err, "act as "+auditor, "roles/iam.serviceAccountTokenCreator", "403")
}
