package api

import (
	"context"
	"net/http"

	management "google.golang.org/api/apigee/v1"
)

// Open is [New] for an organization whose location may not be known. Where neither endpoint nor location is given and the
// global endpoint refuses the organization in the way it refuses one with data residency, the project mapping tells the
// location, and the client is for the endpoint of that. Otherwise nothing is asked more than once: the client keeps what
// it has read of the organization.
func Open(ctx context.Context, o Options) (*Client, error) {
	c, err := New(ctx, o)
	if err != nil || o.Endpoint != "" || o.Location != "" {
		return c, err
	}
	organization, refused := c.Organization(ctx)
	if refused == nil {
		c.organization = organization
		return c, nil
	}
	if o.Location = c.residency(ctx, refused); o.Location == "" {
		c.Close()
		return nil, refused
	}
	c.conn.logger.Info("the organization has data residency: trying again at the endpoint of its location",
		"organization", o.Organization, "location", o.Location)
	c.Close()
	return New(ctx, o)
}

// residency is the location of an organization that the global endpoint refused, or "" where that is no reason.
func (c *Client) residency(ctx context.Context, refused error) string {
	switch {
	case hasStatus(refused, http.StatusForbidden), hasStatus(refused, http.StatusNotFound), hasStatus(refused, http.StatusBadRequest):
	default:
		return ""
	}
	call := operation{doing: "read the project mapping of organization " + c.conn.organization, permission: "apigee.projectorganizations.get"}
	mapping, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1OrganizationProjectMapping, error) {
		return c.service.Organizations.GetProjectMapping(c.resource("")).Context(ctx).Do()
	})
	if err != nil {
		c.conn.logger.Debug("no location found", "error", err) // the refusal itself says more
		return ""
	}
	if mapping.Location == "global" || !locationPattern.MatchString(mapping.Location) {
		return ""
	}
	return mapping.Location
}
