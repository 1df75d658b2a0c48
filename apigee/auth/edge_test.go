package auth

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"apigee-audit/apigee/internal/authtest"
)

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
		"login over http":       {EdgeCredentials{User: "a", Password: "hunter2", LoginURL: "http://login.apigee.com"}, []string{"unencrypted", "ssh -L 9099:localhost:9099", "--login-url http://localhost:9099"}},
		"login with a password": {EdgeCredentials{User: "a", Password: "x", LoginURL: "https://me:hunter2@login.apigee.com"}, []string{"more than scheme and host"}},
		"folder for a netrc":    {EdgeCredentials{Netrc: t.TempDir()}, []string{"read user and password"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.c.TokenSource(t.Context())
			authtest.WantError(t, err, test.want...)
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
