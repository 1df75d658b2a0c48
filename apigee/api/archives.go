package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/crew"
)

// archives looks closer at environments in which no deployment was listed. One that deploys archives runs proxies that
// the lists need not show, and without a word it would pass for an empty one. That is one request for each such
// environment, and none for the others.
//
// Source: Apigee API discovery document, GoogleCloudApigeeV1Environment.deploymentType.
func (c *X) archives(ctx context.Context, found []apigee.Deployment, unlisted []apigee.Problem) []apigee.Problem {
	seen := map[string]bool{}
	for _, d := range found {
		seen[d.Environment] = true
	}
	for _, p := range unlisted {
		seen[p.Environment] = true // it has been said that this one is not known
	}
	empty := slices.DeleteFunc(slices.Clone(c.environments()), func(name string) bool { return seen[name] })
	problems := make([]apigee.Problem, len(empty))
	crew.Each(len(empty), cap(c.conn.calls.slots), func(i int) {
		problems[i] = apigee.Problem{
			Organization: c.conn.organization, Environment: empty[i], Operation: "read environment", Error: c.archive(ctx, empty[i]),
		}
	})
	return slices.DeleteFunc(problems, func(p apigee.Problem) bool { return p.Error == "" })
}

// environmentAnswer is as much of GoogleCloudApigeeV1Environment as is read.
type environmentAnswer struct{ asked, name, deploymentType string }

func (*environmentAnswer) bound() *allowance { return newAllowance(maxSmallAnswer) }

func (a *environmentAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "name":
		return true, r.value(&a.name)
	case "deploymentType":
		return true, r.value(&a.deploymentType)
	}
	return false, nil
}

func (a *environmentAnswer) check() error { return about("environment", a.asked, a.name) }

// archive says what is wrong with an environment in which nothing is listed, or "".
func (c *X) archive(ctx context.Context, name string) string {
	const unknown = "; nothing deployed in it can be seen, and whether it deploys archives, which the lists do not show, is unknown"
	if err := checkName("environment", name); err != nil {
		return err.Error() + unknown
	}
	environment, err := c.environment(ctx, name)
	switch {
	case errors.Is(err, inventory.ErrNotFound): // deleted since the organization was read: there is nothing to look at
		return ""
	case err != nil:
		return reason(err) + unknown
	case environment.deploymentType == "ARCHIVE":
		return fmt.Sprintf("environment %s deploys archives, which the management API does not provide as revisions; what runs there was not audited, and a refresh flow in it was not seen: scan the archive's sources with PATHs", name)
	}
	return ""
}

// environment reads one environment.
func (c *X) environment(ctx context.Context, name string) (*environmentAnswer, error) {
	call := question{path: c.conn.below("environments", name), operation: operation{
		doing:      "read environment " + name,
		permission: mayReadEnvironment,
		missing:    "the environment no longer exists",
	}}
	return ask(ctx, c.conn, c.conn.calls, call, environmentAnswer{asked: name})
}
