package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

const listOperation = "list deployments"

// listing is the answer to one list of deployments, or why there is none.
type listing struct {
	kind        apigee.Kind
	environment string // "" for the list of the whole organization
	deployments []*management.GoogleCloudApigeeV1Deployment
	err         error
	// whole is why the organization's list was refused, for a list of one environment.
	whole error
}

// Deployments lists proxies and shared flows of the whole organization, in two requests. An account whose role is bound
// to environments is refused those, and asks each environment instead; what is refused there too is a problem. It is an
// error only when nothing could be listed at all.
func (c *Client) Deployments(ctx context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	environments := sync.OnceValues(func() ([]string, error) {
		if known := c.environments(); known != nil {
			return known, nil
		}
		o, err := c.Organization(ctx)
		if err != nil {
			return nil, err
		}
		return o.Environments, nil
	})
	var (
		found    []apigee.Deployment
		problems []apigee.Problem
		refusal  error
		listed   bool
	)
	kinds := []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow}
	listings := make([][]listing, len(kinds))
	errs := make([]error, len(kinds))
	var group sync.WaitGroup
	for i, kind := range kinds {
		group.Go(func() { listings[i], errs[i] = c.listings(ctx, kind, environments) })
	}
	group.Wait()
	if err := cmp.Or(errs...); err != nil { // the first, so that two runs say the same
		return nil, nil, err
	}
	for i := range kinds {
		for _, l := range listings[i] {
			if l.err != nil {
				refusal = cmp.Or(refusal, l.whole)
				problems = append(problems, c.unlisted(l))
				continue
			}
			listed = true
			deployments, bad := c.read(l)
			found = append(found, deployments...)
			problems = append(problems, bad...)
		}
	}
	if !listed {
		return nil, nil, refusal
	}
	return apigee.SortDeployments(found), append(problems, c.archives(ctx, found, problems)...), nil
}

// listings asks the organization, or where that is refused each of its environments. The error is for what would fail
// everywhere alike.
func (c *Client) listings(ctx context.Context, kind apigee.Kind, environments func() ([]string, error)) ([]listing, error) {
	whole := c.list(ctx, kind, "")
	if whole.err == nil {
		return []listing{whole}, nil
	}
	if !hasStatus(whole.err, http.StatusForbidden) {
		return nil, whole.err
	}
	names, err := environments()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		whole.whole = whole.err
		return []listing{whole}, nil
	}
	listings := make([]listing, len(names))
	var group errgroup.Group
	group.SetLimit(cap(c.conn.calls.slots))
	for i, name := range names {
		group.Go(func() error {
			listings[i] = c.list(ctx, kind, name)
			listings[i].whole = whole.err
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("list the %s deployments: %w", kind.Noun(), err)
	}
	for _, l := range listings {
		if hasStatus(l.err, http.StatusUnauthorized) {
			return nil, l.err
		}
	}
	return listings, nil
}

// list sends one list request; an empty environment stands for the organization.
func (c *Client) list(ctx context.Context, kind apigee.Kind, environment string) listing {
	l := listing{kind: kind, environment: environment}
	where := "organization " + c.conn.organization
	if environment != "" {
		where = "environment " + environment
		if l.err = checkName("environment", environment); l.err != nil {
			return l
		}
	}
	call := operation{
		doing:      "list the " + kind.Noun() + " deployments of " + where,
		permission: "apigee.deployments.list",
		missing:    where + " does not exist any more, or is not visible to this account",
	}
	l.deployments, l.err = do(ctx, c.conn.calls, call, func(ctx context.Context) ([]*management.GoogleCloudApigeeV1Deployment, error) {
		answer, err := c.sendList(ctx, kind, environment)
		if err != nil {
			return nil, err
		}
		return answer.Deployments, nil
	})
	return l
}

func (c *Client) sendList(ctx context.Context, kind apigee.Kind, environment string) (*management.GoogleCloudApigeeV1ListDeploymentsResponse, error) {
	if environment != "" {
		call := c.service.Organizations.Environments.Deployments.List(c.resource("/environments/" + environment))
		if kind == apigee.KindSharedFlow {
			call = call.SharedFlows(true)
		}
		return call.Context(ctx).Do()
	}
	call := c.service.Organizations.Deployments.List(c.resource(""))
	if kind == apigee.KindSharedFlow {
		call = call.SharedFlows(true)
	}
	return call.Context(ctx).Do()
}

// unlisted says what it means for the verdict that a list is missing.
func (c *Client) unlisted(l listing) apigee.Problem {
	text := reason(l.err) + "; the proxies deployed there were not audited, and a refresh flow among them was not seen"
	if l.kind == apigee.KindSharedFlow {
		text = reason(l.err) + "; the shared flows deployed there are unknown, and what they issue or refresh was not seen"
	}
	p := apigee.Problem{Organization: c.conn.organization, Kind: l.kind, Operation: listOperation, Error: text}
	if checkName("environment", l.environment) == nil {
		p.Environment = l.environment
	}
	return p
}

// read turns an answer into deployments. One that cannot be named safely is a problem; the rest goes on.
func (c *Client) read(l listing) ([]apigee.Deployment, []apigee.Problem) {
	var found []apigee.Deployment
	var problems []apigee.Problem
	for _, answer := range l.deployments {
		if answer == nil { // a JSON null in the list
			answer = &management.GoogleCloudApigeeV1Deployment{}
		}
		// The name of a shared flow arrives in apiProxy too: the message has no other field for it.
		d := apigee.Deployment{
			Environment: answer.Environment,
			Revision:    apigee.Revision{Kind: l.kind, Name: answer.ApiProxy, Number: answer.Revision},
			DeployedAt:  answer.DeployStartTime,
		}
		if problem, bad := unnamed(c.conn.organization, d); bad {
			problems = append(problems, problem)
			continue
		}
		found = append(found, d)
	}
	return found, problems
}

// unnamed is the problem of a deployment whose environment, name or revision is none.
func unnamed(organization string, d apigee.Deployment) (apigee.Problem, bool) {
	p := apigee.Problem{Organization: organization, Kind: d.Kind, Operation: listOperation}
	environment := checkName("environment", d.Environment)
	if environment == nil {
		p.Environment = d.Environment
	}
	name := checkName(d.Kind.Noun(), d.Name)
	if name == nil {
		p.Name = d.Name
	}
	err := cmp.Or(environment, name, checkRevision(d.Number))
	if err == nil {
		return apigee.Problem{}, false
	}
	p.Error = err.Error() + "; the deployment was not audited"
	return p, true
}
