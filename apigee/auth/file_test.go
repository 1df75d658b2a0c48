package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee/internal/authtest"
)

// googleServers plays the token endpoint, the exchange of workload identity federation and the IAM credentials API.
func googleServers(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		give := func(token string) {
			fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
		}
		switch {
		case r.URL.Path == "/token" && r.FormValue("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer" && r.FormValue("assertion") != "":
			give("key-token")
		case r.URL.Path == "/token" && r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") == "1//refresh":
			give("user-token")
		case r.URL.Path == "/sts" && r.FormValue("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange" &&
			r.FormValue("subject_token") == "subject-of-ci" && r.FormValue("audience") == "//iam.googleapis.com/pool":
			fmt.Fprint(w, `{"access_token":"federated-token","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`)
		case strings.HasSuffix(r.URL.Path, ":generateAccessToken"):
			account := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/iam/"), ":generateAccessToken")
			var asked struct{ Delegates []string }
			_ = json.NewDecoder(r.Body).Decode(&asked)
			by := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			fmt.Fprintf(w, `{"accessToken":%q,"expireTime":"2999-01-01T00:00:00Z"}`, account+strings.Join(asked.Delegates, ",")+" by "+by)
		default:
			t.Errorf("%s %s %v", r.Method, r.URL, r.Form)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCredentialFile(t *testing.T) {
	google := googleServers(t)
	subject := authtest.WriteFile(t, "subject-of-ci")
	key := func() string {
		data, err := os.ReadFile(authtest.KeyFile(t, google+"/token"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	user := `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"` + google + `/token"}`
	federation := func(more string) string {
		return `{"type":"external_account","audience":"//iam.googleapis.com/pool","subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
			"token_url":"` + google + `/sts","credential_source":{"file":"` + subject + `"}` + more + `}`
	}
	impersonation := func(source, more string) string {
		return `{"type":"impersonated_service_account","service_account_impersonation_url":"` + google + `/iam/auditor:generateAccessToken",
			"source_credentials":` + source + more + `}`
	}
	for name, test := range map[string]struct{ file, want string }{
		"service account":           {key(), "key-token"},
		"user":                      {user, "user-token"},
		"federation":                {federation(""), "federated-token"},
		"federation, impersonating": {federation(`,"service_account_impersonation_url":"` + google + `/iam/ci:generateAccessToken"`), "ci by federated-token"},
		"impersonation by a user":   {impersonation(user, ""), "auditor by user-token"},
		"impersonation chain":       {impersonation(key(), `,"delegates":["-between"]`), "auditor-between by key-token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Credentials{File: authtest.WriteFile(t, test.file), Token: "from-environment", find: nothingFound, Warn: func(text string) { t.Error(text) }}
			if got := tokenOf(t, c); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			// Application Default Credentials take every kind as well.
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", c.File)
			if got := tokenOf(t, Credentials{}); got != test.want {
				t.Errorf("as default credentials: %q, want %q", got, test.want)
			}
		})
	}
}

func TestCredentialsOfGcloud(t *testing.T) {
	google := googleServers(t)
	home := t.TempDir()
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", home)
	t.Setenv("APPDATA", filepath.Join(home, ".config")) // where gcloud writes on Windows
	folder := filepath.Join(home, ".config", "gcloud")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	user := `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"` + google + `/token"}`
	if err := os.WriteFile(filepath.Join(folder, "application_default_credentials.json"), []byte(user), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tokenOf(t, Credentials{}); got != "user-token" {
		t.Errorf("%q", got)
	}
}

func TestImpersonateWithCredentialFile(t *testing.T) {
	google := googleServers(t)
	iam := iamServer(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer user-token" {
			t.Errorf("Authorization %q", got)
		}
		io.WriteString(w, `{"accessToken":"borrowed-token","expireTime":"2999-01-01T00:00:00Z"}`)
	})
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Host, ".googleapis.com") {
			return iam.RoundTrip(r)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	file := authtest.WriteFile(t, `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"`+google+`/token"}`)
	if got := tokenOf(t, Credentials{File: file, Impersonate: auditor, Base: base}); got != "borrowed-token" {
		t.Errorf("%q", got)
	}
}

// doors are the ways in which a credential file comes to be used.
func doors(t *testing.T, file string) map[string]func(*testing.T) Credentials {
	t.Helper()
	path := authtest.WriteFile(t, file)
	return map[string]func(*testing.T) Credentials{
		"--credentials": func(*testing.T) Credentials { return Credentials{File: path, find: nothingFound} },
		"GOOGLE_APPLICATION_CREDENTIALS": func(t *testing.T) Credentials {
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
			return Credentials{}
		},
		"gcloud's file": func(t *testing.T) Credentials {
			home := t.TempDir()
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
			t.Setenv("HOME", home)
			t.Setenv("APPDATA", filepath.Join(home, ".config"))
			folder := filepath.Join(home, ".config", "gcloud")
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "application_default_credentials.json"), []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			return Credentials{}
		},
	}
}

func TestCredentialFilesRefused(t *testing.T) {
	const evil = "https://sts.googleapis.com.example.net/v1/token"
	federated := func(source string) string {
		return `{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://sts.googleapis.com/v1/token","credential_source":` + source + `}`
	}
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"not JSON":             {"hunter2", nil},
		"wrong shape":          {`{"type":"service_account","token_uri":{"hunter2":1}}`, nil},
		"no type":              {`{"client_id":"x"}`, []string{"type"}},
		"another type":         {`{"type":"gdch_service_account"}`, []string{`type "gdch_service_account" is not accepted`}},
		"no key":               {`{"type":"service_account","private_key":"hunter2","token_uri":"https://oauth2.googleapis.com/token"}`, nil},
		"an OAuth client":      {`{"type":"authorized_user","refresh_token":"hunter2","web":{"redirect_uris":["x"],"token_uri":"` + evil + `"}}`, []string{"describes an OAuth client"}},
		"an installed client":  {`{"type":"service_account","Installed":{"redirect_uris":["x"],"token_uri":"` + evil + `"}}`, []string{"describes an OAuth client"}},
		"foreign STS":          {`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"token_url":"` + evil + `"}`, []string{`"sts.googleapis.com.example.net", which is not Google`}},
		"plain STS":            {`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"token_url":"http://sts.googleapis.com/v1/token"}`, []string{"which is not Google"}},
		"name before the host": {`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"token_url":"https://sts.googleapis.com@evil.example/"}`, []string{`"evil.example", which is not Google`}},
		"capitals":             {`{"type":"authorized_user","refresh_token":"hunter2","TOKEN_URI":"` + evil + `"}`, []string{"which is not Google"}},
		"twice":                {`{"type":"authorized_user","refresh_token":"hunter2","token_uri":"https://oauth2.googleapis.com/token","token_uri":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign token":        {`{"type":"authorized_user","refresh_token":"hunter2","token_uri":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign login":        {`{"type":"authorized_user","refresh_token":"hunter2","auth_uri":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign revocation":   {`{"type":"external_account_authorized_user","client_id":"c","client_secret":"hunter2","refresh_token":"hunter2","token_url":"https://sts.googleapis.com/v1/oauthtoken","revoke_url":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign workforce":    {`{"type":"external_account_authorized_user","client_id":"c","client_secret":"hunter2","refresh_token":"hunter2","token_url":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign information":  {`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"token_url":"https://sts.googleapis.com/v1/token","token_info_url":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign IAM":          {`{"type":"impersonated_service_account","service_account_impersonation_url":"` + evil + `","source_credentials":{"type":"authorized_user"}}`, []string{"which is not Google"}},
		"foreign source":       {`{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/x","source_credentials":{"type":"authorized_user","token_uri":"` + evil + `"}}`, []string{"source_credentials", "which is not Google"}},
		"unknown source":       {`{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/x","source_credentials":{"type":"x"}}`, []string{`"x"`}},
		"no URL":               {`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"token_url":"%zz"}`, []string{"which is not Google"}},
		"plain subject":        {federated(`{"url":"http://tokens.example.net/subject"}`), []string{`"tokens.example.net"`, "without encryption"}},
		"plain session":        {federated(`{"environment_id":"aws1","imdsv2_session_token_url":"http://tokens.example.net/session"}`), []string{"without encryption"}},
		"plain region":         {federated(`{"environment_id":"aws1","region_url":"http://tokens.example.net/region"}`), []string{"without encryption"}},
		"plain verification":   {federated(`{"environment_id":"aws1","regional_cred_verification_url":"http://sts.{region}.amazonaws.com"}`), []string{"without encryption"}},
		"no subject URL":       {federated(`{"url":"file:/etc/passwd"}`), []string{"an invalid address"}},
	} {
		for door, through := range doors(t, test.file) {
			t.Run(name+" by "+door, func(t *testing.T) {
				c := through(t)
				c.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
					t.Errorf("a request goes to %s", r.URL)
					return nil, errors.New("no network here")
				})
				source, err := c.TokenSource(t.Context())
				if err == nil { // some files only show at the first token
					_, err = source.Token()
				}
				authtest.WantError(t, err, test.want...)
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("error holds the secret: %v", err)
				}
			})
		}
	}
	_, err := Credentials{File: "/does/not/exist"}.TokenSource(t.Context())
	authtest.WantError(t, err, "read credentials", "/does/not/exist")
}

// TestTokenServersMayNotRedirect sends nothing on to another origin, whichever credential it is got with.
func TestTokenServersMayNotRedirect(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		t.Errorf("the foreign host got %s %s %q, Authorization %q", r.Method, r.URL, body, r.Header.Get("Authorization"))
	}))
	defer foreign.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for kind, redirected := range map[string]string{
			"a key": "/token", "a user": "/token", "federation": "/sts", "its impersonation": "/iam/", "the subject": "/subject", "workforce": "/sts",
		} {
			for place, to := range map[string]string{"another port": foreign.URL + "/", "another host": strings.Replace(foreign.URL, "127.0.0.1", "localhost", 1), "another scheme": "https://" + strings.TrimPrefix(foreign.URL, "http://")} {
				t.Run(fmt.Sprint(status, " ", kind, " to ", place), func(t *testing.T) {
					google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						switch {
						case strings.HasPrefix(r.URL.Path, redirected):
							http.Redirect(w, r, to, status)
						case r.URL.Path == "/subject":
							io.WriteString(w, "subject-of-ci")
						default:
							io.WriteString(w, `{"access_token":"a-token","issued_token_type":"t","token_type":"Bearer","expires_in":3600}`)
						}
					}))
					defer google.Close()
					file := `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"` + google.URL + `/token"}`
					switch kind {
					case "a key":
						data, err := os.ReadFile(authtest.KeyFile(t, google.URL+"/token"))
						if err != nil {
							t.Fatal(err)
						}
						file = string(data)
					case "workforce":
						file = `{"type":"external_account_authorized_user","client_id":"c","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_url":"` + google.URL + `/sts"}`
					case "federation", "its impersonation", "the subject":
						file = `{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"` + google.URL + `/sts","credential_source":{"url":"` + google.URL + `/subject"},
							"service_account_impersonation_url":"` + google.URL + `/iam/ci:generateAccessToken"}`
					}
					source, err := Credentials{File: authtest.WriteFile(t, file)}.TokenSource(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					_, err = source.Token()
					authtest.WantError(t, err, "redirects to ", "is refused")
				})
			}
		}
	}
}

func TestForeignSubjectsAreWarnedOf(t *testing.T) {
	for source, want := range map[string]string{
		`{"url":"https://pipelines.example.net/token"}`:      `"pipelines.example.net"`,
		`{"executable":{"command":"/usr/bin/true"}}`:         "runs a program",
		`{"file":"/var/run/token"}`:                          "",
		`{"url":"http://169.254.169.254/metadata/identity"}`: "",
		`{"url":"https://vstoken.googleapis.com/subject"}`:   "",
		`{"environment_id":"aws1","region_url":"http://169.254.169.254/latest/meta-data/placement/availability-zone","url":"http://169.254.169.254/latest/meta-data/iam/security-credentials",
			"regional_cred_verification_url":"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15","imdsv2_session_token_url":"http://[fd00:ec2::254]/latest/api/token"}`: "",
		`{"environment_id":"aws1","region_url":"https://region.example.net/"}`:                       `"region.example.net"`,
		`{"environment_id":"aws1","imdsv2_session_token_url":"https://session.example.net/"}`:        `"session.example.net"`,
		`{"environment_id":"aws1","regional_cred_verification_url":"https://sts.{region}.example/"}`: `"sts.region.example"`,
	} {
		for door, through := range doors(t, `{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://sts.googleapis.com/v1/token","credential_source":`+source+`}`) {
			t.Run(source+door, func(t *testing.T) {
				var said []string
				c := through(t)
				c.Warn = func(text string) { said = append(said, text) }
				found, err := c.TokenSource(t.Context())
				if err != nil || (want == "") != (len(said) == 0) || !strings.Contains(strings.Join(said, "\n"), want) {
					t.Fatalf("said %q, %v", said, err)
				}
				before := len(said)
				if err := found.(Renewer).Renew(); err != nil || len(said) != before {
					t.Errorf("said again: %q, %v", said[before:], err)
				}
			})
		}
	}
}

// TestWaitingForATokenEndsWithTheAudit asks token servers that never answer, with each kind of credential.
func TestWaitingForATokenEndsWithTheAudit(t *testing.T) {
	reached := make(chan struct{}, 100)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the client is gone
		<-r.Context().Done()
	}))
	defer silent.Close()
	answering := googleServers(t)
	key, err := os.ReadFile(authtest.KeyFile(t, silent.URL+"/token"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"a key":  string(key),
		"a user": `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"` + silent.URL + `"}`,
		"federation": `{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"` + silent.URL + `","credential_source":{"file":"` +
			authtest.WriteFile(t, "subject") + `"}}`,
		"impersonation": `{"type":"impersonated_service_account","service_account_impersonation_url":"` + silent.URL + `","source_credentials":
			{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"` + answering + `/token"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			source, err := Credentials{File: authtest.WriteFile(t, file)}.TokenSource(ctx)
			if err != nil {
				t.Fatal(err)
			}
			go func() { <-reached; cancel() }()
			start := time.Now()
			if _, err := source.Token(); err == nil {
				t.Error("a token")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
