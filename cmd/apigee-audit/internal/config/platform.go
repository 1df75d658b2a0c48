package config

import (
	"errors"
	"fmt"
	"strings"

	"apigee-audit/apigee"
)

// PlatformNames are the values of --platform, for a sentence.
func PlatformNames() string {
	var names []string
	for _, p := range apigee.Platforms() {
		names = append(names, string(p))
	}
	return strings.Join(names, " and ")
}

// credentials judges the platform and what goes only with one of the two.
func (j *judge) credentials() error {
	if !j.choices.Platform.Known() {
		return about("platform", fmt.Errorf("unknown platform %q: use x for Apigee X and hybrid, or edge for Edge for Public and Private Cloud", j.Platform))
	}
	if j.TokenFile != "" && j.Credentials != "" {
		return j.origins.together("use --token-file or --credentials, not both", "token-file", "credentials")
	}
	if j.choices.Platform == apigee.PlatformX {
		if j.LoginURL != "" {
			return about("login-url", errors.New("--login-url works only with --platform edge; Apigee X uses Google credentials"))
		}
		return nil
	}
	for _, of := range []struct{ key, value, instead string }{
		{"location", j.Location, "use --endpoint to name another management server"},
		{"credentials", j.Credentials, "on Edge, set user name and password with APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc"},
		{"impersonate", j.Impersonate, "on Edge, set user name and password with APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc"},
	} {
		if of.value != "" {
			return about(of.key, fmt.Errorf("--%s works only with Apigee X: %s", of.key, of.instead))
		}
	}
	return nil
}
