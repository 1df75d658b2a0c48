package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// Organization reads the names of the organization's environments. They come as the server spells them, sorted: one that
// is no name fails where it is used, so that it is reported rather than forgotten.
func (c *Client) Organization(ctx context.Context) (*apigee.Organization, error) {
	if c.organization != nil {
		known := *c.organization // the caller may change what it gets
		return &known, nil
	}
	name := c.conn.organization
	call := operation{
		doing:      "read organization " + name,
		permission: "apigee.organizations.get",
		missing:    "the name is wrong, or the organization is not visible to this account or not at " + c.conn.calls.host + ": check --org, the account and --location",
	}
	answer, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1Organization, error) {
		return c.service.Organizations.Get(c.resource("")).Context(ctx).Do()
	})
	if hasStatus(err, http.StatusForbidden) {
		// Google does not tell an unknown organization from a forbidden one.
		return nil, fmt.Errorf("%w; or there is no organization of that name: check --org", err)
	}
	if err != nil {
		return nil, err
	}
	c.runtime.Store(&answer.RuntimeType)
	environments := slices.Clone(answer.Environments)
	slices.Sort(environments)
	environments = slices.Compact(environments)
	c.listedEnvironments.Store(&environments)
	return &apigee.Organization{
		Name:         name,
		Platform:     apigee.PlatformX,
		Environments: slices.Clone(environments),
	}, nil
}

// environments are the names that Organization last read, or nil when it was not called.
func (c *Client) environments() []string {
	if known := c.listedEnvironments.Load(); known != nil {
		return *known
	}
	return nil
}
