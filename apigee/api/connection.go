package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/api/googleapi"

	"apigee-audit/apigee"
)

// connection is what the client of any platform stands on: one organization at one host, an authenticated HTTP client
// and the manners of its calls.
type connection struct {
	organization string
	endpoint     *url.URL
	http         *http.Client
	calls        *caller
	limits       apigee.Limits
	userAgent    string
	logger       *slog.Logger
}

func connect(o Options) (*connection, error) {
	if err := checkOrganization(o.Organization); err != nil {
		return nil, err
	}
	return dial(o)
}

// dial is connect for calls that concern no single organization.
func dial(o Options) (*connection, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	endpoint, err := o.endpoint()
	if err != nil {
		return nil, err
	}
	clock := wallClock()
	source := &tokens{source: o.Tokens}
	return &connection{
		organization: o.Organization,
		endpoint:     endpoint,
		http:         newHTTPClient(o, source),
		calls: &caller{
			slots:   make(chan struct{}, o.Concurrency),
			limiter: newLimiter(o.Rate, clock),
			tokens:  source,
			timeout: o.RequestTimeout,
			backoff: o.Backoff,
			host:    endpoint.String(),
			clock:   clock,
			login:   loginAdvice,
			advise:  (*statusError).advice,
		},
		limits:    o.Limits,
		userAgent: o.UserAgent,
		logger:    o.Logger,
	}, nil
}

// get asks for a path below the organization, given as segments that are yet to be escaped. An answer that says no is a
// *googleapi.Error, as with the generated client; else the caller closes the body.
func (c *connection) get(ctx context.Context, query url.Values, segments ...string) (*http.Response, error) {
	return c.accept(ctx, "*/*", query, segments...)
}

// accept is get for one kind of content.
func (c *connection) accept(ctx context.Context, content string, query url.Values, segments ...string) (*http.Response, error) {
	path := []string{"v1", "organizations", url.PathEscape(c.organization)}
	for _, s := range segments {
		path = append(path, url.PathEscape(s))
	}
	address := c.endpoint.String() + "/" + strings.Join(path, "/")
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", content)
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if err := googleapi.CheckResponse(answer); err != nil {
		answer.Body.Close()
		return nil, err
	}
	return answer, nil
}
