package cli

import (
	"strings"
	"testing"
)

func TestCommandLineHoldsNoSecret(t *testing.T) {
	for want, args := range map[string][]string{
		"apigee-audit scan --demo":                                 {"scan", "--demo"},
		"apigee-audit scan --token-file ... --demo":                {"scan", "--token-file", "ya29.secret", "--demo"},
		"apigee-audit scan --token-file - --org acme":              {"scan", "--token-file", "-", "--org", "acme"},
		"apigee-audit scan --token-file=...":                       {"scan", "--token-file=ya29.secret"},
		"apigee-audit scan --credentials=...":                      {"scan", "--credentials=secret.json"},
		"apigee-audit scan --endpoint https://user@example.com/":   {"scan", "--endpoint", "https://me:secret@example.com/?key=secret"},
		"apigee-audit scan --login-url=https://user@example.com":   {"scan", "--login-url=https://me:secret@example.com"},
		"apigee-audit scan --env 'prod-*' 'it'\\''s' ./proxies ''": {"scan", "--env", "prod-*", "it's", "./proxies", ""},
		"apigee-audit scan ...":                                    {"scan", "https://me:secret@exa mple.com:x%zz"},
	} {
		if got := commandLine(args); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		} else if strings.Contains(got, "secret") {
			t.Errorf("a secret is in %s", got)
		}
	}
	if n := len(commandLine([]string{strings.Repeat("é", 5000)})); n > maxCommand+4 {
		t.Errorf("a long line takes %d bytes", n)
	}
}
