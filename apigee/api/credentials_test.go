package api

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// nothingFound stands in for a machine without default credentials.
func nothingFound(context.Context, ...string) (*google.Credentials, error) {
	return nil, errors.New("google: could not find default credentials")
}

func tokenOf(t *testing.T, c Credentials) string {
	t.Helper()
	source, err := c.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken
}

func TestExplicitTokens(t *testing.T) {
	file := writeFile(t, "  from-file\r\n")
	tests := []struct {
		name string
		c    Credentials
		want string
	}{
		{"file before environment", Credentials{TokenFile: file, Token: "from-environment"}, "from-file"},
		{"stdin", Credentials{TokenFile: "-", Stdin: strings.NewReader("from-stdin\n"), Token: "from-environment"}, "from-stdin"},
		{"environment", Credentials{Token: "from-environment\n"}, "from-environment"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.c.find = nothingFound
			if got := tokenOf(t, test.c); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestCredentialsErrors(t *testing.T) {
	tests := []struct {
		name string
		c    Credentials
		want []string
	}{
		{"none", Credentials{}, []string{"no credentials found", "gcloud auth application-default login", "--token-file", "APIGEE_AUDIT_TOKEN"}},
		{"no such file", Credentials{TokenFile: "/does/not/exist"}, []string{"read the access token", "/does/not/exist"}},
		{"empty file", Credentials{TokenFile: writeFile(t, "\n")}, []string{"is empty", "gcloud auth print-access-token"}},
		{"empty stdin", Credentials{TokenFile: "-", Stdin: strings.NewReader("")}, []string{"stdin is empty"}},
		{"no stdin", Credentials{TokenFile: "-"}, []string{"there is no stdin"}},
		{"blank environment", Credentials{Token: " "}, []string{"APIGEE_AUDIT_TOKEN is empty"}},
		{"key file", Credentials{TokenFile: writeFile(t, `{"private_key":"hunter2"}`)}, []string{"JSON", "GOOGLE_APPLICATION_CREDENTIALS"}},
		{"header", Credentials{Token: "Bearer hunter2"}, []string{"without the Bearer prefix"}},
		{"two lines", Credentials{Token: "hunter2\nhunter2"}, []string{"more than an access token"}},
		{"principal", Credentials{Token: "t", Impersonate: "a/../b"}, []string{`"a/../b" is not a service account`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.c.find = nothingFound
			_, err := test.c.TokenSource(t.Context())
			wantError(t, err, test.want...)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error holds the secret: %v", err)
			}
		})
	}
}

func TestTokenFileIsReadAgain(t *testing.T) {
	file := writeFile(t, "stale-token")
	source, err := Credentials{TokenFile: file}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	c, _ := newClient(t, accepts("fresh-token", &requests), func(o *Options) { o.Tokens = source })
	_, err = c.Organization(t.Context())
	wantError(t, err, "401", "--token-file")
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

func TestStdinIsReadOnce(t *testing.T) {
	source, err := Credentials{TokenFile: "-", Stdin: strings.NewReader("from-stdin")}.TokenSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := source.(Renewer).Renew(); err != nil {
		t.Fatal(err)
	}
	if token, err := source.Token(); err != nil || token.AccessToken != "from-stdin" {
		t.Error(token, err)
	}
}

// keyFile is a service account's key whose tokens come from the given server.
func keyFile(t *testing.T, tokenURI string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "audit@acme.iam.gserviceaccount.com", "token_uri": tokenURI,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, string(content))
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
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", keyFile(t, server.URL))
	source, err := Credentials{}.TokenSource(t.Context())
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
		{"refused", 400, `{"error":"invalid_grant","error_description":"account\u001b disabled"}`, 1, []string{`400 invalid_grant account\x1b disabled`, "gcloud auth application-default login"}},
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
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", keyFile(t, server.URL))
			source, err := Credentials{}.TokenSource(t.Context())
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

func TestBrokenKeyFile(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", writeFile(t, "not JSON"))
	_, err := Credentials{}.TokenSource(t.Context())
	wantError(t, err, "GOOGLE_APPLICATION_CREDENTIALS", "gcloud auth application-default login")
}

func TestMetadataServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		if strings.HasSuffix(r.URL.Path, "/token") {
			io.WriteString(w, `{"access_token":"from-metadata","token_type":"Bearer","expires_in":3600}`)
		}
	}))
	defer server.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(server.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("APPDATA", t.TempDir())
	if got := tokenOf(t, Credentials{}); got != "from-metadata" {
		t.Errorf("%q", got)
	}
}

func TestSearchForCredentialsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Credentials{find: func(ctx context.Context, _ ...string) (*google.Credentials, error) {
			<-ctx.Done() // as a probe of a network that swallows packets
			return nil, ctx.Err()
		}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := c.TokenSource(ctx)
		wantError(t, err, "no credentials found within 5s", "--token-file")
		cancel()
		if _, err = c.TokenSource(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestFoundCredentialsOutliveTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept context.Context
		c := Credentials{find: func(ctx context.Context, _ ...string) (*google.Credentials, error) {
			kept = ctx
			return &google.Credentials{TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})}, nil
		}}
		if _, err := c.TokenSource(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if kept.Err() != nil {
			t.Error("the source's context ended with the search: it could never get a token")
		}
	})
}
