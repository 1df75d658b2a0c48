// Package api reads an Apigee organization through the management API. To the organization it sends GET requests, all to one
// host, and nothing else; only a login posts, to the token endpoint of whoever gives out the token. It asks for the organization, two lists of deployments, four flow hooks an environment with something deployed, one look at
// an environment without, one bundle a revision, and only when asked analytics, environment groups, products, apps and
// debug masks.
//
// Source: Apigee API discovery document, apigee/v1, revision 20261006.
package api

import (
	"context"
	"net/url"
	"sync/atomic"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// X is the live [inventory.Source] of one organization on Apigee X or hybrid.
type X struct {
	conn *connection
	// organization is what [Open] has read to find the endpoint; nil with New.
	organization       *apigee.Organization
	listedEnvironments atomic.Pointer[[]string] // the environments, once the organization was read
	// stats sends queries of analytics, which have a quota of their own.
	stats *caller
	// runtime is the organization's runtimeType once it has been read: CLOUD or HYBRID.
	runtime atomic.Pointer[string]
}

var _ inventory.Source = (*X)(nil)

// New prepares a client; it sends nothing yet. The error is for options that cannot work.
func New(o Options) (*X, error) {
	if err := CheckOrganization(o.Organization); err != nil {
		return nil, err
	}
	conn, err := dialX(o)
	if err != nil {
		return nil, err
	}
	return &X{conn: conn, stats: conn.calls.withStats()}, nil
}

// dialX is [dial] for X and hybrid.
func dialX(o Options) (*connection, error) {
	conn, err := dial(o)
	if err != nil {
		return nil, err
	}
	conn.always = googleQuery()
	return conn, nil
}

// googleQuery asks Google's APIs for JSON without the blanks that are for people.
// Source: Apigee API discovery document, parameters.
func googleQuery() url.Values { return url.Values{"alt": {"json"}, "prettyPrint": {"false"}} }

// Close closes the idle connections.
func (c *X) Close() { c.conn.http.CloseIdleConnections() }

// Platform is the line of Apigee that the client speaks to.
func (c *X) Platform() apigee.Platform { return apigee.PlatformX }

// Endpoint is the scheme and host of the management API in use.
func (c *X) Endpoint() string { return c.conn.endpoint.String() }

// Bundle downloads one revision and lists its files.
func (c *X) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return c.conn.bundle(ctx, r)
}
