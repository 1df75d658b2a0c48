package api

import (
	"context"
	"net/http"
)

// Open is [New] for an organization whose location may not be known. Where neither endpoint nor location is given and the
// global endpoint refuses the organization in the way it refuses one with data residency, the project mapping has the
// location, and the client is for the endpoint of that. Otherwise nothing is asked more than once: the client keeps what
// it has read of the organization.
func Open(ctx context.Context, o Options) (*X, error) {
	c, err := New(o)
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
	return New(o)
}

// mappingAnswer is as much of GoogleCloudApigeeV1OrganizationProjectMapping as is read.
type mappingAnswer struct{ asked, organization, location string }

func (*mappingAnswer) bound() *allowance { return newAllowance(maxSmallAnswer) }

func (a *mappingAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "organization":
		return true, r.value(&a.organization)
	case "location":
		return true, r.value(&a.location)
	}
	return false, nil
}

func (a *mappingAnswer) check() error { return aboutOrganization(a.asked, a.organization) }

// residency is the location of an organization that the global endpoint refused, or "" where that is no reason.
func (c *X) residency(ctx context.Context, refused error) string {
	switch {
	case hasStatus(refused, http.StatusForbidden), hasStatus(refused, http.StatusNotFound), hasStatus(refused, http.StatusBadRequest):
	default:
		return ""
	}
	location, err := c.mappedLocation(ctx)
	if err != nil {
		c.conn.logger.Debug("no location found", "error", err) // the refusal itself says more
	}
	if location == "global" || !locationPattern.MatchString(location) {
		return ""
	}
	return location
}

// mappedLocation is the location in the project mapping.
func (c *X) mappedLocation(ctx context.Context) (string, error) {
	name := c.conn.organization
	call := question{path: []string{name + ":getProjectMapping"}, operation: operation{
		doing: "read the project mapping of organization " + name, permission: mayReadMapping,
	}}
	mapping, err := ask(ctx, c.conn, c.conn.calls, call, mappingAnswer{asked: name})
	if err != nil {
		return "", err
	}
	return mapping.location, nil
}
