package cli

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// tokens finds the credentials for live organizations.
func (a *app) tokens(ctx context.Context, c *config.Choices) (oauth2.TokenSource, error) {
	source, err := a.tokenSource(ctx, c)
	switch {
	case c.TokenFile != "":
		err = c.At("token-file", err)
	case c.Credentials != "":
		err = c.At("credentials", err)
	}
	return source, err
}

func (a *app) tokenSource(ctx context.Context, c *config.Choices) (oauth2.TokenSource, error) {
	warn := func(text string) { a.sayWarning("%s", text) }
	if c.Platform == apigee.PlatformX {
		return auth.Credentials{
			TokenFile: c.TokenFile, Stdin: a.in, Token: a.env[config.EnvToken], File: c.Credentials, Impersonate: c.Impersonate, Warn: warn,
		}.TokenSource(ctx)
	}
	host := ""
	if u, err := url.Parse(cmp.Or(c.Endpoint, c.Platform.Traits().DefaultEndpoint)); err == nil {
		host = u.Hostname()
	}
	return auth.EdgeCredentials{
		TokenFile: c.TokenFile, Stdin: a.in, Token: a.env[config.EnvToken],
		User: a.env[config.EnvUser], Password: a.env[config.EnvPassword], Netrc: a.netrc(), Host: host,
		LoginURL: c.LoginURL, MFA: a.env[config.EnvMFA], Passcode: a.env[config.EnvPasscode], Warn: warn,
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
