package main

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
)

// platformNames are the values of --platform, for a sentence.
func platformNames() string {
	var names []string
	for _, p := range apigee.Platforms() {
		names = append(names, string(p))
	}
	return strings.Join(names, " and ")
}

// platform is what --platform says, once judged.
func (s settings) platform() apigee.Platform { return apigee.Platform(strings.ToLower(s.Platform)) }

// checkCredentials judges the platform and what goes only with one of the two.
func (c *choices) checkCredentials() error {
	if !c.platform().Known() {
		return usagef("unknown platform %q: x covers Apigee X and hybrid, edge covers Edge for Public and Private Cloud", c.Platform)
	}
	if c.TokenFile != "" && c.Credentials != "" {
		return usagef("give --token-file or --credentials, not both: they are different credentials")
	}
	if c.platform() == apigee.PlatformX {
		if c.LoginURL != "" {
			return usagef("--login-url is for --platform edge; Apigee X takes Google credentials")
		}
		return nil
	}
	for _, of := range []struct{ flag, value, instead string }{
		{"location", c.Location, "another management server is named with --endpoint"},
		{"credentials", c.Credentials, "Edge takes user and password from APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or .netrc"},
		{"impersonate", c.Impersonate, "Edge takes user and password from APIGEE_AUDIT_USER and APIGEE_AUDIT_PASSWORD or .netrc"},
	} {
		if of.value != "" {
			return usagef("--%s is for Apigee X: %s", of.flag, of.instead)
		}
	}
	return nil
}

// tokens finds the credentials for live organizations.
func (a *app) tokens(ctx context.Context, c *choices) (oauth2.TokenSource, error) {
	warn := func(text string) { a.say("warning: %s", text) }
	if c.platform() == apigee.PlatformX {
		return api.Credentials{
			TokenFile: c.TokenFile, Stdin: a.in, Token: a.env[envToken], File: c.Credentials, Impersonate: c.Impersonate, Warn: warn,
		}.TokenSource(ctx)
	}
	host := ""
	if u, err := url.Parse(cmp.Or(c.Endpoint, c.platform().Traits().DefaultEndpoint)); err == nil {
		host = u.Hostname()
	}
	return api.EdgeCredentials{
		TokenFile: c.TokenFile, Stdin: a.in, Token: a.env[envToken],
		User: a.env[envUser], Password: a.env[envPassword], Netrc: a.netrc(), Host: host,
		LoginURL: c.LoginURL, MFA: a.env[envMFA], Passcode: a.env[envPasscode], Warn: warn,
	}.TokenSource(ctx)
}

// netrc is where the user's .netrc would be.
func (a *app) netrc() string {
	if file := a.env["NETRC"]; file != "" {
		return file
	}
	if home := cmp.Or(a.env["HOME"], a.env["USERPROFILE"]); home != "" {
		return filepath.Join(home, ".netrc")
	}
	return ""
}
