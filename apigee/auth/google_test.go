package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"apigee-audit/apigee/internal/authtest"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

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
	file := authtest.WriteFile(t, "  from-file\r\n")
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
		{"empty file", Credentials{TokenFile: authtest.WriteFile(t, "\n")}, []string{"is empty", "gcloud auth print-access-token"}},
		{"empty stdin", Credentials{TokenFile: "-", Stdin: strings.NewReader("")}, []string{"stdin is empty"}},
		{"no stdin", Credentials{TokenFile: "-"}, []string{"there is no stdin"}},
		{"blank environment", Credentials{Token: " "}, []string{"APIGEE_AUDIT_TOKEN is empty"}},
		{"key file", Credentials{TokenFile: authtest.WriteFile(t, `{"private_key":"hunter2"}`)}, []string{"JSON", "GOOGLE_APPLICATION_CREDENTIALS"}},
		{"header", Credentials{Token: "Bearer hunter2"}, []string{"without the Bearer prefix"}},
		{"two lines", Credentials{Token: "hunter2\nhunter2"}, []string{"more than an access token"}},
		{"principal", Credentials{Token: "t", Impersonate: "a/../b"}, []string{`"a/../b" is not a service account`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.c.find = nothingFound
			_, err := test.c.TokenSource(t.Context())
			authtest.WantError(t, err, test.want...)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error holds the secret: %v", err)
			}
		})
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

func TestBrokenKeyFile(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", authtest.WriteFile(t, "not JSON"))
	_, err := Credentials{}.TokenSource(t.Context())
	authtest.WantError(t, err, "GOOGLE_APPLICATION_CREDENTIALS", "gcloud auth application-default login")
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
		authtest.WantError(t, err, "no credentials found within 5s", "--token-file")
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
