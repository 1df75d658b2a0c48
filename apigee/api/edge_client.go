package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"sync"

	"apigee-audit/apigee"
)

// DefaultEdgeEndpoint is the management API of Edge for Public Cloud.
const DefaultEdgeEndpoint = "https://api.enterprise.apigee.com"

// Edge is the live [apigee.Source] of one organization on Apigee Edge, for Public or Private Cloud. It sends GET requests
// to one host and nothing else: the environments, the proxy deployments, the shared flows and the deployments of each,
// four flow hooks an environment, one bundle a revision, and analytics when asked.
//
// Unlike on Apigee X, a revision can change in place while it is deployed, so a bundle is good for one audit only.
//
// Source: the OpenAPI documents of the Edge management API, published at apidocs.apigee.com.
type Edge struct {
	conn *connection
	// stats sends queries of analytics at a pace of their own.
	stats *caller

	mu      sync.Mutex
	notices []apigee.Problem
}

var _ apigee.Source = (*Edge)(nil)

// NewEdge prepares a client; it sends nothing yet. The error is for options that cannot work. An empty endpoint means
// [DefaultEdgeEndpoint], and Tokens come from [EdgeCredentials].
func NewEdge(o Options) (*Edge, error) {
	if o.Location != "" {
		return nil, errors.New("organizations on Apigee Edge have no location: name another management server by its endpoint")
	}
	if o.Tokens == nil {
		return nil, errors.New("no credentials for the management API: " + edgeLoginAdvice)
	}
	o.Endpoint = cmp.Or(o.Endpoint, DefaultEdgeEndpoint)
	conn, err := connect(o)
	if err != nil {
		return nil, err
	}
	conn.calls.login, conn.calls.advise = edgeLoginAdvice, edgeAdvice
	return &Edge{conn: conn, stats: conn.calls.withStats()}, nil
}

// Close closes the idle connections.
func (e *Edge) Close() { e.conn.http.CloseIdleConnections() }

// Organization reads the names of the environments, sorted.
func (e *Edge) Organization(ctx context.Context) (*apigee.Organization, error) {
	name := e.conn.organization
	call := operation{
		doing:   "read organization " + name,
		missing: "there is no organization of that name at " + e.conn.calls.host + ", or it is not visible to this account: check --org and --endpoint",
	}
	environments, err := readJSON[[]string](ctx, e.conn, call, nil, "environments")
	if err != nil {
		return nil, err
	}
	slices.Sort(environments)
	return &apigee.Organization{Name: name, Platform: apigee.PlatformEdge, Environments: slices.Compact(environments)}, nil
}

// FlowHooks reads the four hook points of an environment, one request each: the list of them names the points and not
// what is attached.
func (e *Edge) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	return flowHooks(environment, func(point string) (string, error) {
		call := hookOperation(environment, point)
		hook, err := readJSON[struct {
			SharedFlow string `json:"sharedFlow"`
		}](ctx, e.conn, call, nil, "environments", environment, "flowhooks", point)
		if err != nil {
			return "", err
		}
		return call.attached(hook.SharedFlow)
	})
}

// Bundle downloads one revision and reads its files.
func (e *Edge) Bundle(ctx context.Context, r apigee.Revision) (*apigee.Archive, error) {
	return e.conn.bundle(ctx, r)
}

// Zip downloads one revision as the server packed it, for those who keep bundles before they read them.
func (e *Edge) Zip(ctx context.Context, r apigee.Revision) ([]byte, error) {
	zip, err := e.conn.zip(ctx, r)
	return zip.data, err
}

// Notices are what was understood while listing and a person should know.
func (e *Edge) Notices() []apigee.Problem {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.notices)
}

// readJSON asks for a path below the organization and decodes the answer. Edge can speak XML too, so JSON is asked for.
func readJSON[T any](ctx context.Context, c *connection, o operation, query url.Values, segments ...string) (T, error) {
	return readPaced[T](ctx, c, c.calls, o, query, segments...)
}

// readPaced is readJSON with the manners of another caller.
func readPaced[T any](ctx context.Context, c *connection, calls *caller, o operation, query url.Values, segments ...string) (T, error) {
	return do(ctx, calls, o, func(ctx context.Context) (T, error) {
		var value T
		answer, err := c.accept(ctx, "application/json", query, segments...)
		if err != nil {
			return value, err
		}
		defer answer.Body.Close()
		err = json.NewDecoder(answer.Body).Decode(&value)
		return value, err
	})
}
