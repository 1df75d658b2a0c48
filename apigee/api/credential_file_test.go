package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	subject := writeFile(t, "subject-of-ci")
	key := func() string {
		data, err := os.ReadFile(keyFile(t, google+"/token"))
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
			c := Credentials{File: writeFile(t, test.file), Token: "from-environment", find: nothingFound, Warn: func(text string) { t.Error(text) }}
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
	base := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Host, ".googleapis.com") {
			return iam.RoundTrip(r)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	file := writeFile(t, `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"1//refresh","token_uri":"`+google+`/token"}`)
	if got := tokenOf(t, Credentials{File: file, Impersonate: auditor, Base: base}); got != "borrowed-token" {
		t.Errorf("%q", got)
	}
}

func TestCredentialFilesRefused(t *testing.T) {
	const evil = "https://sts.googleapis.com.example.net/v1/token"
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"not JSON":       {"hunter2", []string{"not a credential file"}},
		"wrong shape":    {`{"type":"service_account","token_uri":{"hunter2":1}}`, []string{"not a credential file"}},
		"no type":        {`{"client_id":"x"}`, []string{"it has no type"}},
		"another type":   {`{"type":"gdch_service_account"}`, []string{`type "gdch_service_account" is not accepted`}},
		"no key":         {`{"type":"service_account","private_key":"hunter2","token_uri":"https://oauth2.googleapis.com/token"}`, nil},
		"foreign STS":    {`{"type":"external_account","token_url":"` + evil + `"}`, []string{`"sts.googleapis.com.example.net", which is not Google`}},
		"plain STS":      {`{"type":"external_account","token_url":"http://sts.googleapis.com/v1/token"}`, []string{"which is not Google"}},
		"foreign token":  {`{"type":"authorized_user","refresh_token":"hunter2","token_uri":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign IAM":    {`{"type":"impersonated_service_account","service_account_impersonation_url":"` + evil + `"}`, []string{"which is not Google"}},
		"foreign source": {`{"type":"impersonated_service_account","source_credentials":{"type":"authorized_user","token_uri":"` + evil + `"}}`, []string{"source_credentials", "which is not Google"}},
		"unknown source": {`{"type":"impersonated_service_account","source_credentials":{"type":"x"}}`, []string{"source_credentials", `type "x"`}},
		"no URL":         {`{"type":"external_account","token_url":"%zz"}`, []string{"which is not Google"}},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := Credentials{File: writeFile(t, test.file), find: nothingFound}.TokenSource(t.Context())
			if err == nil { // some files only show at the first token
				_, err = source.Token()
			}
			wantError(t, err, test.want...)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error holds the secret: %v", err)
			}
		})
	}
	_, err := Credentials{File: "/does/not/exist"}.TokenSource(t.Context())
	wantError(t, err, "read credentials", "/does/not/exist")
}

func TestForeignSubjectsAreWarnedOf(t *testing.T) {
	for source, want := range map[string]string{
		`{"url":"https://pipelines.example.net/token"}`:      `"pipelines.example.net"`,
		`{"executable":{"command":"/usr/bin/true"}}`:         "runs a program",
		`{"file":"/var/run/token"}`:                          "",
		`{"url":"http://169.254.169.254/metadata/identity"}`: "",
		`{"url":"https://vstoken.googleapis.com/subject"}`:   "",
	} {
		var said []string
		file := writeFile(t, `{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://sts.googleapis.com/v1/token","credential_source":`+source+`}`)
		_, err := Credentials{File: file, Warn: func(text string) { said = append(said, text) }}.TokenSource(t.Context())
		if err != nil || (want == "") != (len(said) == 0) || !strings.Contains(strings.Join(said, "\n"), want) {
			t.Errorf("%s: said %q, %v", source, said, err)
		}
	}
}
