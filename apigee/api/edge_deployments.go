package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/crew"
)

// edgeList gathers what the requests of one listing found.
type edgeList struct {
	organization      string
	found             []apigee.Deployment
	problems, notices []apigee.Problem
	bad               badEntries
	refusal           error // the first list that this account may not read
	listed            bool  // whether anything could be listed
}

// Deployments lists the proxies of the whole organization in one request, and the shared flows with one request for each,
// as there is no documented list of their deployments. What is refused is asked of each environment, or is a problem; it
// is an error only when nothing could be listed at all. Edge may have several revisions of a proxy in one environment.
func (e *Edge) Deployments(ctx context.Context) (inventory.Listing, error) {
	list := &edgeList{organization: e.conn.organization}
	if err := e.listProxies(ctx, list); err != nil {
		return inventory.Listing{}, err
	}
	if err := e.listSharedFlows(ctx, list); err != nil {
		return inventory.Listing{}, err
	}
	if !list.listed {
		return inventory.Listing{}, list.refusal
	}
	e.mu.Lock()
	known := e.environments
	e.mu.Unlock()
	found := apigee.SortDeployments(list.found)
	problems := slices.Concat(list.problems, list.bad.all(list.organization), strangers(e.conn.organization, known, found))
	return inventory.Listing{Deployments: found, Problems: problems, Notices: list.notices}, nil
}

func (e *Edge) listProxies(ctx context.Context, list *edgeList) error {
	call := question{
		path: e.conn.below("deployments"),
		// The state of each message processor would be most of the answer.
		query:     url.Values{"includeServerStatus": {"false"}},
		operation: operation{doing: "list the proxy deployments of organization " + e.conn.organization},
	}
	whole, err := ask(ctx, e.conn, e.conn.calls, call, edgeWhole{organization: e.conn.organization})
	switch {
	case hasStatus(err, http.StatusForbidden):
		return e.listEnvironments(ctx, list, err)
	case err != nil:
		return err
	}
	list.listed = true
	for _, environment := range whole.environments {
		list.add(environment)
	}
	return nil
}

// listEnvironments is for an account whose role is bound to environments. whole is why the organization's list is refused.
func (e *Edge) listEnvironments(ctx context.Context, list *edgeList, whole error) error {
	list.refusal = whole
	o, err := e.Organization(ctx)
	if err != nil {
		return err
	}
	if len(o.Environments) == 0 {
		list.unlisted(apigee.KindProxy, "", "", whole)
	}
	for _, name := range o.Environments {
		if err := checkName("environment", name); err != nil {
			list.unlisted(apigee.KindProxy, "", "", err)
			continue
		}
		call := question{path: e.conn.below("environments", name, "deployments"), operation: operation{
			doing:   "list the proxy deployments of environment " + name,
			missing: "environment " + name + " no longer exists, or is not visible to this account",
		}}
		answer, err := ask(ctx, e.conn, e.conn.calls, call, edgeEnvironment{organization: e.conn.organization, asked: name})
		switch {
		case ctx.Err() != nil || hasStatus(err, http.StatusUnauthorized):
			return err
		case err != nil:
			list.unlisted(apigee.KindProxy, name, "", err)
			continue
		}
		list.listed = true
		list.add(answer.edgeDeployed)
	}
	return nil
}

func (e *Edge) listSharedFlows(ctx context.Context, list *edgeList) error {
	call := question{path: e.conn.below("sharedflows"), operation: operation{
		doing:   "list the shared flows of organization " + e.conn.organization,
		missing: "this management server knows no shared flows",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, namesAnswer{})
	switch {
	case hasStatus(err, http.StatusForbidden), hasStatus(err, http.StatusNotFound):
		list.refusal = cmp.Or(list.refusal, err)
		list.unlisted(apigee.KindSharedFlow, "", "", err)
		return nil
	case err != nil:
		return err
	}
	list.listed = true
	names := answer.names
	answers, refused := make([][]edgeDeployed, len(names)), make([]error, len(names))
	left := newAllowance(maxList) // of all shared flows together
	crew.Each(len(names), cap(e.conn.calls.slots), func(i int) {
		if refused[i] = ctx.Err(); refused[i] == nil {
			answers[i], refused[i] = e.sharedFlow(ctx, names[i], left)
		}
	})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("list the shared flow deployments: %w", err)
	}
	for i, name := range names {
		switch err := refused[i]; {
		case hasStatus(err, http.StatusUnauthorized):
			return err
		case err != nil:
			list.unlisted(apigee.KindSharedFlow, "", name, err)
			continue
		}
		for _, environment := range answers[i] {
			list.add(environment)
		}
	}
	return nil
}

func (e *Edge) sharedFlow(ctx context.Context, name string, left *allowance) ([]edgeDeployed, error) {
	if err := checkName("shared flow", name); err != nil {
		return nil, err
	}
	call := question{path: e.conn.below("sharedflows", name, "deployments"), left: left, operation: operation{
		doing:   "list the deployments of shared flow " + name,
		missing: "the shared flow was deleted since the shared flows were listed, or is not visible to this account",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, edgeSharedFlow{organization: e.conn.organization, asked: name})
	// Some servers answer so where others answer with an empty list.
	if hasStatus(err, http.StatusBadRequest) && strings.Contains(strings.ToLower(err.Error()), "not deployed") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answer.environments, nil
}
