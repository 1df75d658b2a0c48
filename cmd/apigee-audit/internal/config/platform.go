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
		return fmt.Errorf("unknown platform %q: x covers Apigee X and hybrid, edge covers Edge for Public and Private Cloud", j.Platform)
	}
	if j.TokenFile != "" && j.Credentials != "" {
		return fmt.Errorf("give --token-file or --credentials, not both: they are different credentials")
	}
	if j.choices.Platform == apigee.PlatformX {
		if j.LoginURL != "" {
			return fmt.Errorf("--login-url is for --platform edge; Apigee X takes Google credentials")
		}
		return nil
	}
	for _, of := range []struct{ flag, value, instead string }{
		{"location", j.Location, "another management server is named with --endpoint"},
		{"credentials", j.Credentials, "Edge takes user and password from APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or .netrc"},
		{"impersonate", j.Impersonate, "Edge takes user and password from APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or .netrc"},
	} {
		if of.value != "" {
			return fmt.Errorf("--%s is for Apigee X: %s", of.flag, of.instead)
		}
	}
	return nil
}
