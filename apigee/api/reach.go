package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
)

// Reached is what is known of the management API before any credentials are used.
type Reached struct {
	Endpoint string   // scheme and host
	Proxy    *url.URL // the network proxy on the way there, nil for none; its user and password are left out
	// Ahead is how far this machine's clock is ahead of the server's, as far as Dated.
	Ahead time.Duration
	Dated bool
}

// Reach asks for the list of organizations without credentials, in one request. That it is refused is as good an answer as any:
// host, network and certificate are in order. Options.Organization and Tokens are not used.
func Reach(ctx context.Context, p apigee.Platform, o Options) (Reached, error) {
	o.Organization, o.Tokens, o.anonymous = "", nil, true
	conn, err := dialOn(p, o)
	if err != nil {
		return Reached{}, err
	}
	defer conn.http.CloseIdleConnections()
	r := Reached{Endpoint: conn.endpoint.String()}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: conn.endpoint}); err == nil && proxy != nil {
		r.Proxy = &url.URL{Scheme: proxy.Scheme, Host: proxy.Host}
	}
	_, err = ask(ctx, conn, conn.calls, question{operation: operation{doing: "reach the management API"}}, anything{})
	r.Ahead, r.Dated = conn.dates.difference()
	if e, ok := errors.AsType[*statusError](err); ok && e.code < http.StatusInternalServerError {
		err = nil
	}
	return r, err
}

// dialOn is [dial] for either platform.
func dialOn(p apigee.Platform, o Options) (*connection, error) {
	if p == apigee.PlatformEdge {
		return dialEdge(o)
	}
	return dialX(o)
}

// anything is any answer in JSON.
type anything struct{}

func (anything) bound() *allowance { return newAllowance(maxList) }

func (anything) field(r *reader, _ string) (bool, error) {
	_, err := r.raw()
	return true, err
}

func (anything) check() error { return nil }

// Credential gets an access token as every request does, without using it. The advice says whose it is and where it comes
// from; where a name and a password go with each request, there is nothing to get.
func Credential(ctx context.Context, p apigee.Platform, o Options) (auth.Advice, error) {
	o.Organization = ""
	conn, err := dialOn(p, o)
	if err != nil {
		return auth.Advice{}, err
	}
	defer conn.http.CloseIdleConnections()
	_, err = do(ctx, conn.calls, operation{doing: "get an access token"}, func(context.Context) (bool, error) {
		_, err := conn.calls.tokens.Token()
		return true, err
	})
	return conn.calls.tokens.Advice(), err
}
