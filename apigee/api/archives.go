package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// archives looks closer at environments in which no deployment was listed. One that deploys archives runs proxies that
// the lists need not show, and without a word it would pass for an empty one. That is one request for each such
// environment, and none for the others.
//
// Source: Apigee API discovery document, GoogleCloudApigeeV1Environment.deploymentType.
func (c *Client) archives(ctx context.Context, found []apigee.Deployment, unlisted []apigee.Problem) []apigee.Problem {
	seen := map[string]bool{}
	for _, d := range found {
		seen[d.Environment] = true
	}
	for _, p := range unlisted {
		seen[p.Environment] = true // it has been said that this one is not known
	}
	empty := slices.DeleteFunc(slices.Clone(c.environments()), func(name string) bool { return seen[name] })
	problems := make([]apigee.Problem, len(empty))
	var group errgroup.Group
	group.SetLimit(cap(c.conn.calls.slots))
	for i, name := range empty {
		group.Go(func() error {
			problems[i] = apigee.Problem{
				Organization: c.conn.organization, Environment: name, Operation: "read environment", Error: c.archive(ctx, name),
			}
			return nil
		})
	}
	_ = group.Wait() // its functions return none
	return slices.DeleteFunc(problems, func(p apigee.Problem) bool { return p.Error == "" })
}

// archive says what is wrong with an environment in which nothing is listed, or "".
func (c *Client) archive(ctx context.Context, name string) string {
	const unknown = "; nothing deployed there can be seen, and whether it deploys archives, which the lists do not show, is not known"
	if err := checkName("environment", name); err != nil {
		return err.Error() + unknown
	}
	call := operation{
		doing:      "read environment " + name,
		permission: "apigee.environments.get",
		missing:    "the environment does not exist any more",
	}
	environment, err := do(ctx, c.conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1Environment, error) {
		return c.service.Organizations.Environments.Get(c.resource("/environments/" + name)).Context(ctx).Do()
	})
	switch {
	case errors.Is(err, apigee.ErrNotFound): // deleted since the organization was read: there is nothing to look at
		return ""
	case err != nil:
		return reason(err) + unknown
	case environment.DeploymentType == "ARCHIVE":
		return fmt.Sprintf("environment %s deploys archives, which the management API does not give out as revisions; what runs there was not audited, and a refresh flow in it was not seen: scan the archive's sources with PATHs", name)
	}
	return ""
}
