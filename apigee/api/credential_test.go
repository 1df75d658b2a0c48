package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/internal/authtest"
)

// TestRefusalsSpeakOfTheCredentialInUse: whoever set a variable is not told to log in with gcloud, and no secret is said.
func TestRefusalsSpeakOfTheCredentialInUse(t *testing.T) {
	const secret = "ya29.hunter2hunter2"
	file := authtest.WriteFile(t, secret)
	netrc := authtest.WriteFile(t, "machine api.enterprise.apigee.com login me@example.com password "+secret+"\n")
	google := func(c auth.Credentials) func(context.Context) (oauth2.TokenSource, error) { return c.TokenSource }
	edge := func(c auth.EdgeCredentials) func(context.Context) (oauth2.TokenSource, error) {
		c.Host = "api.enterprise.apigee.com"
		return c.TokenSource
	}
	tests := map[string]struct {
		open             func(context.Context) (oauth2.TokenSource, error)
		edge             bool
		refused, forbade string
		neverSaid        string
	}{
		"variable": {open: google(auth.Credentials{Token: secret}), neverSaid: "application-default",
			refused: "the token comes from APIGEE_AUDIT_TOKEN: put a new one there, for example with `gcloud auth print-access-token`",
			forbade: "the account whose access token comes from APIGEE_AUDIT_TOKEN needs the permission apigee.organizations.get"},
		"file": {open: google(auth.Credentials{TokenFile: file}), neverSaid: "APIGEE_AUDIT_TOKEN",
			refused: "the token comes from token file " + file, forbade: "comes from token file " + file + " needs the permission"},
		"stdin": {open: func(ctx context.Context) (oauth2.TokenSource, error) { // which can be read once
			return auth.Credentials{TokenFile: "-", Stdin: strings.NewReader(secret)}.TokenSource(ctx)
		}, neverSaid: "APIGEE_AUDIT_TOKEN",
			refused: "the token comes from stdin: pass a new one", forbade: "comes from stdin needs the permission"},
		"Edge, variable": {open: edge(auth.EdgeCredentials{Token: secret}), edge: true, neverSaid: "gcloud",
			refused: "the token comes from APIGEE_AUDIT_TOKEN: put a new one there, for example with `get_token`",
			forbade: "comes from APIGEE_AUDIT_TOKEN needs the organization's role Read-Only Organization Administrator"},
		"Edge, user": {open: edge(auth.EdgeCredentials{User: "me@example.com", Password: secret}), edge: true, neverSaid: ".netrc",
			refused: "user and password come from APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD: check both", forbade: "the user of APIGEE_AUDIT_USER"},
		"Edge, netrc": {open: edge(auth.EdgeCredentials{Netrc: netrc}), edge: true, neverSaid: "APIGEE_AUDIT_PASSWORD",
			refused: "user and password come from the entry for machine api.enterprise.apigee.com in " + netrc,
			forbade: "the user of the entry for machine api.enterprise.apigee.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for status, want := range map[int]string{http.StatusUnauthorized: tt.refused, http.StatusForbidden: tt.forbade} {
				source, err := tt.open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					io.WriteString(w, `{"error":{"message":"no, `+secret+`"}}`)
				})
				if tt.edge {
					e := newEdge(t, answer, func(o *Options) { o.Tokens = source })
					_, err = e.Organization(t.Context())
				} else {
					c, _ := newClient(t, answer, func(o *Options) { o.Tokens = source })
					_, err = c.Organization(t.Context())
				}
				wantError(t, err, want)
				if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), tt.neverSaid)) {
					t.Errorf("%d: it says too much: %v", status, err)
				}
			}
		})
	}
}
