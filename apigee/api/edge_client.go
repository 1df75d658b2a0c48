package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Edge is the live [inventory.Source] of one organization on Apigee Edge, for Public or Private Cloud. To the organization it
// sends GET requests, all to one host, and nothing else: the environments, the proxy deployments, the shared flows and the
// deployments of each or of each environment, which servers run what is not in order, four flow hooks an environment, one
// bundle a revision, and analytics when asked.
//
// Unlike on Apigee X, a revision can change in place while it is deployed, so a bundle is good for one audit only.
//
// Source: the OpenAPI documents of the Edge management API, published at apidocs.apigee.com.
type Edge struct {
	conn *connection

	mu           sync.Mutex
	environments []string        // once the organization was read; nil before
	deployedIn   map[string]bool // the environments of the last listing
	// stats send queries of analytics, by environment, each at the pace that quotas allow there. They share the breaker
	// analytics.
	stats     map[string]*caller
	quotas    map[string]*quota
	analytics *breaker
}

var _ inventory.Source = (*Edge)(nil)

// NewEdge prepares a client; it sends nothing yet. The error is for options that cannot work. An empty endpoint means
// that of Edge for Public Cloud, and Tokens come from [auth.EdgeCredentials].
func NewEdge(o Options) (*Edge, error) {
	if o.Location != "" {
		return nil, errors.New("organizations on Apigee Edge have no location: use --endpoint to name another management server")
	}
	if o.Tokens == nil {
		return nil, errors.New("no credentials for the management API: " + auth.EdgeLoginAdvice)
	}
	if err := CheckOrganization(o.Organization); err != nil {
		return nil, err
	}
	conn, err := dialEdge(o)
	if err != nil {
		return nil, err
	}
	return &Edge{conn: conn}, nil
}

// dialEdge is [dial] for Edge.
func dialEdge(o Options) (*connection, error) {
	o.platform = apigee.PlatformEdge
	o.Endpoint = cmp.Or(o.Endpoint, apigee.PlatformEdge.Traits().DefaultEndpoint)
	conn, err := dial(o)
	if err != nil {
		return nil, err
	}
	conn.calls.login, conn.calls.advise = auth.EdgeLoginAdvice, edgeAdvice
	return conn, nil
}

// Close closes the idle connections.
func (e *Edge) Close() { e.conn.http.CloseIdleConnections() }

// Organization reads the names of the environments, sorted.
func (e *Edge) Organization(ctx context.Context) (*apigee.Organization, error) {
	name := e.conn.organization
	call := question{path: e.conn.below("environments"), operation: operation{
		doing:   "read organization " + name,
		missing: "there is no organization of that name at " + e.conn.calls.host + ", or it is not visible to this account: check --org and --endpoint",
		// The account may just as well not belong to it. Source: docs.apigee.com, HTTP status codes of the management API, 403.
		forbidden: "; or there is no organization of that name, or the account does not belong to it: check --org",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, namesAnswer{})
	if err != nil {
		return nil, err
	}
	slices.Sort(answer.names)
	environments := append([]string{}, slices.Compact(answer.names)...) // an empty list says that there are none: no nil
	e.mu.Lock()
	e.environments = slices.Clone(environments)
	e.mu.Unlock()
	return &apigee.Organization{Name: name, Platform: apigee.PlatformEdge, Environments: environments, Endpoint: e.conn.googles()}, nil
}

// namesAnswer is a list of names and nothing else. One without entries is an empty list.
type namesAnswer struct{ names []string }

func (*namesAnswer) bound() *allowance { return newAllowance(maxList) }

func (a *namesAnswer) entry(r *reader) error {
	var name *string
	if err := r.value(&name); err != nil {
		return err
	}
	if name == nil || *name == "" {
		return misshapen("an entry of the list", "empty", "a name")
	}
	a.names = append(a.names, *name)
	return nil
}

func (*namesAnswer) check() error { return nil }

// FlowHooks reads the four hook points of an environment, one request each: the list of them names the points and not
// what is attached. A server that knows none of them, of an environment in which it lists deployments, is one that has no flow
// hooks at all.
func (e *Edge) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	hooks, unknown, err := e.conn.flowHooks(ctx, environment)
	if unknown && e.hasDeployments(environment) {
		e.conn.logger.Info("the management server has no flow hooks, so none is attached", "environment", environment)
		return nil, nil
	}
	return hooks, err
}

func (e *Edge) hasDeployments(environment string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.deployedIn[environment]
}

// Bundle downloads one revision and lists its files.
func (e *Edge) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return e.conn.bundle(ctx, r)
}
