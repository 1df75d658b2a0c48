package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/api/googleapi"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/bundle"
)

// connection is what the client of any platform stands on: one organization at one host, an authenticated HTTP client
// and the manners of its calls.
type connection struct {
	organization string
	platform     apigee.Platform
	endpoint     *url.URL
	http         *http.Client
	dates        *dates
	calls        *caller
	limits       bundle.Limits
	large        gate // for bundles that are large
	userAgent    string
	logger       *slog.Logger
	// always goes with every question.
	always url.Values
}

// dial makes the connection of one organization, or for calls that concern no single one.
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
	source := auth.NewTokens(o.Tokens)
	dates := &dates{}
	return &connection{
		organization: o.Organization,
		platform:     cmp.Or(o.platform, apigee.PlatformX),
		endpoint:     endpoint,
		http:         newHTTPClient(o, source, dates),
		dates:        dates,
		calls: &caller{
			slots:   make(gate, o.Concurrency),
			limiter: newLimiter(o.Rate, clock),
			tokens:  source,
			timeout: o.RequestTimeout,
			tries:   o.Tries,
			backoff: o.Backoff,
			host:    endpoint.String(),
			clock:   clock,
			breaker: newBreaker(clock, o.Patience),
			waiting: &waiting{tell: o.Waiting},
			login:   auth.LoginAdvice,
			advise:  (*statusError).advice,
		},
		limits:    o.Limits,
		large:     make(gate, largeAtOnce),
		userAgent: o.UserAgent,
		logger:    o.Logger,
	}, nil
}

// question is one call that is answered in JSON.
type question struct {
	operation
	path  []string // segments below organizations, not yet escaped
	query url.Values
	// left is what may be read in answer; nil is what one answer of its kind may have. Pages of one list share it.
	left *allowance
}

// below is the path of the organization, or of something below it.
func (c *connection) below(segments ...string) []string {
	return append([]string{c.organization}, segments...)
}

// ask asks until there is an answer. empty is the answer before it is read, with what it must be about.
func ask[A any, P interface {
	*A
	answer
}](ctx context.Context, c *connection, calls *caller, q question, empty A) (P, error) {
	left := q.left
	if left == nil {
		left = P(&empty).bound()
	}
	query := maps.Clone(q.query)
	if query == nil {
		query = url.Values{}
	}
	maps.Copy(query, c.always)
	return do(ctx, calls, q.operation, func(ctx context.Context) (P, error) {
		response, err := c.get(ctx, "application/json", query, q.path...) // Edge can speak XML too
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		a := empty // each try starts over
		if err := readAnswer(response.Body, P(&a), left); err != nil {
			return nil, err
		}
		return &a, nil
	})
}

// get asks for a path below organizations, given as segments that are yet to be escaped. An answer other than a plain
// yes is an error, a *googleapi.Error where the server says no; else the caller closes the body.
func (c *connection) get(ctx context.Context, content string, query url.Values, segments ...string) (*http.Response, error) {
	address := c.endpoint.String() + "/v1/organizations"
	for _, s := range segments {
		address += "/" + escapeSegment(s)
	}
	if len(query) > 0 {
		address += "?" + encoded(query)
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
	err = googleapi.CheckResponse(answer)
	if err == nil {
		err = plainYes(answer.StatusCode)
	}
	if err != nil {
		answer.Body.Close()
		return nil, err
	}
	return answer, nil
}

// encoded writes a query as Apigee documents it: a blank is %20, and a comma itself. Everything else is escaped as in
// forms. Source: RFC 3986 sections 2.2 and 3.4, which allow both; the OpenAPI document of Edge's stats.
func encoded(query url.Values) string {
	return strings.ReplaceAll(strings.ReplaceAll(query.Encode(), "+", "%20"), "%2C", ",")
}

// plainYes is the error of a status that promises something other than a whole answer.
func plainYes(status int) error {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return nil
	case http.StatusNoContent, http.StatusResetContent:
		return &emptyError{status}
	}
	return &contentError{fmt.Sprintf("the server answered %d %s instead of 200 OK", status, http.StatusText(status))}
}

// escapeSegment keeps the commas between dimensions of analytics as they are documented. A segment may hold them.
// Source: RFC 3986 section 3.3.
func escapeSegment(s string) string { return strings.ReplaceAll(url.PathEscape(s), "%2C", ",") }
