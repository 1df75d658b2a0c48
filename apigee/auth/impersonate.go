package auth

import (
	"context"
	"fmt"
	"net/http"
	"regexp"

	"golang.org/x/oauth2"
	"google.golang.org/api/impersonate"
	"google.golang.org/api/option"

	"apigee-audit/internal/text"
)

var principalPattern = regexp.MustCompile(`^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?$`)

// checkPrincipal keeps anything but a service account out of a URL; "" is fine.
func checkPrincipal(account string) error {
	if account == "" || principalPattern.MatchString(account) {
		return nil
	}
	return fmt.Errorf("impersonate: %s is not a service account: use its e-mail address", text.QuoteSaid(account))
}

// borrowed is the token source of an account that another account acts as.
type borrowed struct {
	oauth2.TokenSource
	account string
}

// impersonated exchanges the tokens of source for those of another account. Sent through base, or where that is nil the
// default transport.
func impersonated(ctx context.Context, source oauth2.TokenSource, account string, base http.RoundTripper) (oauth2.TokenSource, error) {
	// The library finds credentials by itself unless it is given an authenticated client.
	client := tokenClient(ctx, &oauth2.Transport{Source: source, Base: base})
	tokens, err := impersonate.CredentialsTokenSource(ctx,
		impersonate.CredentialsConfig{TargetPrincipal: account, Scopes: []string{Scope}},
		option.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("act as %s: %w", account, err)
	}
	return &borrowed{tokens, account}, nil
}

// Token says first what is most often missing, because the text of the library's error has no end.
func (b *borrowed) Token() (*oauth2.Token, error) {
	token, err := b.TokenSource.Token()
	if err != nil {
		return nil, fmt.Errorf("act as %s (which takes the role roles/iam.serviceAccountTokenCreator on it): %w", b.account, err)
	}
	return token, nil
}
