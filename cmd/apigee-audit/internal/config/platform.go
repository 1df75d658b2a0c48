package config

import (
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
		return fmt.Errorf("unknown platform %q: use x for Apigee X and hybrid, or edge for Edge for Public and Private Cloud", j.Platform)
	}
	if j.TokenFile != "" && j.Credentials != "" {
		return fmt.Errorf("use --token-file or --credentials, not both")
	}
	if j.choices.Platform == apigee.PlatformX {
		if j.LoginURL != "" {
			return fmt.Errorf("--login-url works only with --platform edge; Apigee X uses Google credentials")
		}
		return nil
	}
	for _, of := range []struct{ flag, value, instead string }{
		{"location", j.Location, "use --endpoint to name another management server"},
		{"credentials", j.Credentials, "on Edge, set user name and password with APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc"},
		{"impersonate", j.Impersonate, "on Edge, set user name and password with APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or in .netrc"},
	} {
		if of.value != "" {
			return fmt.Errorf("--%s works only with Apigee X: %s", of.flag, of.instead)
		}
	}
	return nil
}
