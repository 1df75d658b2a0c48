package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"apigee-audit/apigee"
)

// edgeList gathers what the requests of one listing found.
type edgeList struct {
	organization      string
	found             []apigee.Deployment
	problems, notices []apigee.Problem
	refusal           error // the first list that this account may not read
	listed            bool  // whether anything could be listed
}

// Deployments lists the proxies of the whole organization in one request, and the shared flows with one request for each,
// as there is no documented list of their deployments. What is refused is asked of each environment, or is a problem; it
// is an error only when nothing could be listed at all. Edge may have several revisions of a proxy in one environment.
func (e *Edge) Deployments(ctx context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	list := &edgeList{organization: e.conn.organization}
	if err := e.listProxies(ctx, list); err != nil {
		return nil, nil, err
	}
	if err := e.listSharedFlows(ctx, list); err != nil {
		return nil, nil, err
	}
	if !list.listed {
		return nil, nil, list.refusal
	}
	e.mu.Lock()
	e.notices = list.notices
	e.mu.Unlock()
	return apigee.SortDeployments(list.found), list.problems, nil
}

// edgeProxies is the answer about one environment. Source: GET …/environments/{env}/deployments, which spells it aPIProxy.
type edgeProxies struct {
	Name    string `json:"name"`
	Proxies []struct {
		Name      string         `json:"name"`
		Revisions []edgeRevision `json:"revision"`
	} `json:"aPIProxy"`
}

func (e *Edge) listProxies(ctx context.Context, list *edgeList) error {
	call := operation{doing: "list the proxy deployments of organization " + e.conn.organization}
	// The state of each message processor would be most of the answer.
	short := url.Values{"includeServerStatus": {"false"}}
	whole, err := readJSON[struct {
		Environments []edgeProxies `json:"environment"`
	}](ctx, e.conn, call, short, "deployments")
	switch {
	case hasStatus(err, http.StatusForbidden):
		return e.listEnvironments(ctx, list, err)
	case err != nil:
		return err
	}
	list.listed = true
	for _, environment := range whole.Environments {
		list.proxies(environment.Name, environment)
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
		call := operation{
			doing:   "list the proxy deployments of environment " + name,
			missing: "environment " + name + " does not exist any more, or is not visible to this account",
		}
		answer, err := readJSON[edgeProxies](ctx, e.conn, call, nil, "environments", name, "deployments")
		switch {
		case ctx.Err() != nil || hasStatus(err, http.StatusUnauthorized):
			return err
		case err != nil:
			list.unlisted(apigee.KindProxy, name, "", err)
			continue
		}
		list.listed = true
		list.proxies(name, answer)
	}
	return nil
}

// edgeSharedFlow is the answer about one shared flow. Source: GET …/sharedflows/{name}/deployments.
type edgeSharedFlow struct {
	Environments []struct {
		Name      string         `json:"name"`
		Revisions []edgeRevision `json:"revision"`
	} `json:"environment"`
}

func (e *Edge) listSharedFlows(ctx context.Context, list *edgeList) error {
	call := operation{
		doing:   "list the shared flows of organization " + e.conn.organization,
		missing: "this management server knows no shared flows",
	}
	names, err := readJSON[[]string](ctx, e.conn, call, nil, "sharedflows")
	switch {
	case hasStatus(err, http.StatusForbidden), hasStatus(err, http.StatusNotFound):
		list.refusal = cmp.Or(list.refusal, err)
		list.unlisted(apigee.KindSharedFlow, "", "", err)
		return nil
	case err != nil:
		return err
	}
	list.listed = true
	answers, refused := make([]edgeSharedFlow, len(names)), make([]error, len(names))
	var group errgroup.Group
	group.SetLimit(cap(e.conn.calls.slots))
	for i, name := range names {
		group.Go(func() error {
			answers[i], refused[i] = e.sharedFlow(ctx, name)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
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
		for _, environment := range answers[i].Environments {
			list.add(environment.Name, apigee.Ref{Kind: apigee.KindSharedFlow, Name: name}, environment.Revisions)
		}
	}
	return nil
}

func (e *Edge) sharedFlow(ctx context.Context, name string) (edgeSharedFlow, error) {
	if err := checkName("shared flow", name); err != nil {
		return edgeSharedFlow{}, err
	}
	call := operation{
		doing:   "list the deployments of shared flow " + name,
		missing: "the shared flow was deleted since the shared flows were listed, or is not visible to this account",
	}
	answer, err := readJSON[edgeSharedFlow](ctx, e.conn, call, nil, "sharedflows", name, "deployments")
	// Some servers answer so where others answer with an empty list.
	if hasStatus(err, http.StatusBadRequest) && strings.Contains(strings.ToLower(err.Error()), "not deployed") {
		return edgeSharedFlow{}, nil
	}
	return answer, err
}
