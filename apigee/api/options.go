package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/bundle"
)

// The defaults of [Options].
const (
	DefaultEndpoint    = "https://apigee.googleapis.com"
	DefaultConcurrency = 16
	// DefaultRate is half of what Apigee grants an organization (6,000 calls a minute), because the quota is shared with
	// the console and every pipeline. Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
	DefaultRate           = 3000
	DefaultRequestTimeout = 30 * time.Second
	DefaultBackoff        = 500 * time.Millisecond
	// DefaultPatience outlasts a restart, and a quota that is used up: quotas of the management API are for each minute, so
	// in a little more than one there is an answer again.
	DefaultPatience = 75 * time.Second
)

// Options say which organization to read, as whom, and how hard.
type Options struct {
	Organization string
	// Endpoint is the scheme and host of the management API; empty means [DefaultEndpoint], or the host of Location. The
	// path /v1, which other tools want there, may follow. Plain http is accepted for loopback only, because every request
	// carries a token.
	Endpoint string
	// Location is the data-residency location of the organization's control plane, such as "eu".
	Location string
	// Tokens gives the access tokens; see [auth.Credentials]. A source that is also a [auth.Renewer] is asked for another token
	// when the server refuses one.
	Tokens oauth2.TokenSource
	// Concurrency bounds the requests under way at once and sizes the connection pool.
	Concurrency int
	// Rate bounds the requests a minute, tries included.
	Rate int
	// RequestTimeout bounds one try of one request, download included.
	RequestTimeout time.Duration
	// Tries is how often a request is tried that may work the next time; 0 means five times.
	Tries int
	// Backoff bounds the wait before the second try of a request; the bound doubles with each further one, up to 30 s.
	Backoff time.Duration
	// Patience is how long every request may fail before the rest is given up.
	Patience time.Duration
	// Limits bound the bundles; the zero value means [bundle.DefaultLimits].
	Limits    bundle.Limits
	UserAgent string
	// Waiting, when set, is told why requests wait for a quota, and "" when they go on, one call at a time.
	Waiting func(why string)
	// Logger gets one debug record a request; nil discards them.
	Logger *slog.Logger
	// Base sends the requests in place of a pooled transport; for tests.
	Base http.RoundTripper

	platform  apigee.Platform // whose words errors use
	anonymous bool            // requests go without credentials
}

// withDefaults fills what was left empty and refuses what cannot be meant.
func (o Options) withDefaults() (Options, error) {
	if o.Tokens == nil && !o.anonymous {
		return o, errors.New("no credentials for the management API: " + auth.LoginAdvice)
	}
	if o.Concurrency < 0 || o.Rate < 0 || o.RequestTimeout < 0 || o.Tries < 0 || o.Backoff < 0 || o.Patience < 0 {
		return o, errors.New("concurrency, rate, request timeout, tries, backoff and patience must not be negative")
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = DefaultRequestTimeout
	}
	if o.Tries == 0 {
		o.Tries = maxTries
	}
	if o.Backoff == 0 {
		o.Backoff = DefaultBackoff
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if o.Limits == (bundle.Limits{}) {
		o.Limits = bundle.DefaultLimits()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// CheckEndpoint refuses an endpoint and a location that requests cannot go to, see [Options]; both may be empty. The error
// never repeats the endpoint, which may hold a password.
func CheckEndpoint(p apigee.Platform, endpoint, location string) error {
	_, err := Options{Endpoint: endpoint, Location: location, platform: p}.endpoint()
	return err
}

var locationPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// endpoint is the scheme and host that requests go to.
func (o Options) endpoint() (*url.URL, error) {
	switch {
	case o.Endpoint != "" && o.Location != "":
		return nil, errors.New("use either an endpoint or a location, not both: a location is only a name for its endpoint")
	case o.Location != "":
		if !locationPattern.MatchString(o.Location) {
			return nil, fmt.Errorf("%q is not a location: use one such as eu or us", o.Location)
		}
		return url.Parse("https://" + o.Location + locationHosts)
	case o.Endpoint == "":
		return url.Parse(DefaultEndpoint)
	}
	return parseEndpoint(o.platform, o.Endpoint)
}

// locationHosts is the end of the hosts of locations.
const locationHosts = "-apigee.googleapis.com"

// googles is the endpoint of the client where it is one of Google's own, "" for any other: that may be different in each run, or
// known only inside a company.
func (c *connection) googles() string {
	location, ok := strings.CutSuffix(c.endpoint.Host, locationHosts)
	ok = ok && c.platform == apigee.PlatformX && c.endpoint.Scheme == "https" && locationPattern.MatchString(location)
	if ok || c.endpoint.String() == c.platform.Traits().DefaultEndpoint {
		return c.endpoint.String()
	}
	return ""
}

// wantEndpoint and wantEncrypted say what to do about an endpoint. On Private Cloud, the management API has no TLS unless
// somebody has set it up. Source: docs.apigee.com/private-cloud, "Configuring TLS for the management API".
func wantEndpoint(p apigee.Platform) string {
	if p == apigee.PlatformEdge {
		return "use scheme and host, such as https://management.example.com:8443"
	}
	return "use scheme and host, such as " + DefaultEndpoint
}

func wantEncrypted(p apigee.Platform) string {
	if p == apigee.PlatformEdge {
		return "use https; or, if the management API has no TLS, open a tunnel to its host with `ssh -L 8080:localhost:8080 HOST` " +
			"and use --endpoint http://localhost:8080 (plain http is for loopback only)"
	}
	return "use https (plain http is for loopback only)"
}

func parseEndpoint(p apigee.Platform, text string) (*url.URL, error) {
	want := wantEndpoint(p)
	u, err := url.Parse(text)
	if err != nil {
		// The error of url.Parse quotes its input, which may hold a password.
		return nil, errors.New("the endpoint is not a URL: " + want)
	}
	path := strings.Trim(u.Path, "/")
	switch {
	case u.User != nil:
		return nil, errors.New("the endpoint contains a user name or password: " + want + ", and pass the credentials another way")
	case u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the endpoint is not an http(s) URL: " + want)
	case path != "" && path != "v1", u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("the endpoint contains more than scheme and host: " + want)
	case u.Scheme == "http" && !auth.IsLoopback(u.Hostname()):
		return nil, errors.New("the credentials would be sent to the endpoint unencrypted: " + wantEncrypted(p))
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
