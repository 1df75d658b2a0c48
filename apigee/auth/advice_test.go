package auth

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/oauth2/google"

	"apigee-audit/apigee/internal/authtest"
)

// TestAdviceNamesTheCredential: of every kind of Google's, what it is and what to check.
func TestAdviceNamesTheCredential(t *testing.T) {
	const secret = "hunter2hunter2"
	acting := "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/auditor@p.iam.gserviceaccount.com:generateAccessToken"
	tests := map[string]struct {
		file             map[string]any
		refused, account string
	}{
		"key": {map[string]any{"type": "service_account", "client_email": "audit@p.iam.gserviceaccount.com", "private_key": secret},
			"the key of service account audit@p.iam.gserviceaccount.com in FILE", "service account audit@p.iam.gserviceaccount.com (key in FILE)"},
		"user": {map[string]any{"type": "authorized_user", "refresh_token": secret, "client_secret": secret},
			"log in again with `gcloud auth application-default login`", "the user whose login is in FILE"},
		"federation": {map[string]any{"type": "external_account", "service_account_impersonation_url": acting},
			"the workload identity federation of FILE", "service account auditor@p.iam.gserviceaccount.com"},
		"federation by itself": {map[string]any{"type": "external_account"}, "credential_source", "the identity of the workload identity federation in FILE"},
		"impersonation": {map[string]any{"type": "impersonated_service_account", "service_account_impersonation_url": acting},
			"roles/iam.serviceAccountTokenCreator", "service account auditor@p.iam.gserviceaccount.com"},
		"workforce": {map[string]any{"type": "external_account_authorized_user", "refresh_token": secret},
			"--login-config", "the user who logged in through workforce identity federation (FILE)"},
		"hostile": {map[string]any{"type": "impersonated_service_account", "service_account_impersonation_url": "https://x.googleapis.com/serviceAccounts/a&b;c:b"},
			"acts as a service account", "the service account that FILE acts as"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			file, err := Credentials{}.check(text)
			if err != nil {
				t.Fatal(err)
			}
			advice := file.advice("FILE")
			if !strings.Contains(advice.Refused, tt.refused) || !strings.Contains(advice.Account, tt.account) {
				t.Errorf("advice is %q of %q", advice.Refused, advice.Account)
			}
			if strings.Contains(advice.Refused+advice.Account, secret) || strings.Contains(advice.Refused+advice.Account, "&b") {
				t.Errorf("it says too much: %+v", advice)
			}
		})
	}
}

// TestAdviceFollowsTheSource goes by the sources themselves.
func TestAdviceFollowsTheSource(t *testing.T) {
	metadata := func(context.Context, ...string) (*google.Credentials, error) {
		return &google.Credentials{TokenSource: Credentials{}.ready("token", "nowhere")}, nil
	}
	key := authtest.KeyFile(t, "https://oauth2.googleapis.com/token")
	for name, tt := range map[string]struct {
		c               Credentials
		refused, second string
	}{
		"metadata server": {Credentials{find: metadata}, "the metadata server of this machine", ""},
		"key":             {Credentials{File: key}, "the key of service account audit@acme.iam.gserviceaccount.com in " + key, ""},
		"impersonated": {Credentials{File: key, Impersonate: "auditor@acme.iam.gserviceaccount.com"},
			"service account auditor@acme.iam.gserviceaccount.com, which --impersonate names", "the key of service account audit@acme"},
	} {
		source, err := tt.c.TokenSource(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		advice := NewTokens(source).Advice()
		if !strings.Contains(advice.Refused, tt.refused) || !strings.Contains(advice.Refused, tt.second) {
			t.Errorf("%s: advice is %q", name, advice.Refused)
		}
	}
}
