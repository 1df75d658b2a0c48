package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// Deployments lists the proxies of the whole organization in one request, and the shared flows with one request for each, as
// there is no documented list of their deployments, or where that saves requests and works one for each environment. What is
// refused is asked of each environment, or is a problem; it is an error only when nothing could be listed at all. Edge may
// have several revisions of a proxy in one environment.
func (e *Edge) Deployments(ctx context.Context) (inventory.Listing, error) {
	list := &edgeList{organization: e.conn.organization}
	proxies, err := e.listProxies(ctx, list)
	if err != nil {
		return inventory.Listing{}, err
	}
	if err := e.listSharedFlows(ctx, list, proxies); err != nil {
		return inventory.Listing{}, err
	}
	if !list.listed {
		return inventory.Listing{}, list.refusal
	}
	if err := e.askServers(ctx, list); err != nil {
		return inventory.Listing{}, err
	}
	list.settle()
	found := apigee.SortDeployments(list.found)
	known := e.note(found)
	problems := slices.Concat(list.problems, list.bad.all(list.organization), strangers(e.conn.organization, known, found))
	return inventory.Listing{Deployments: found, Problems: problems, Notices: list.notices}, nil
}

// listProxies returns what the list of the organization says, nil where that is refused.
func (e *Edge) listProxies(ctx context.Context, list *edgeList) ([]edgeDeployed, error) {
	whole, err := e.proxies(ctx)
	switch {
	case mayAskEach(err):
		return nil, e.listEnvironments(ctx, list, err)
	case err != nil:
		return nil, err
	}
	list.listed = true
	for _, environment := range whole.environments {
		list.add(environment)
	}
	return append([]edgeDeployed{}, whole.environments...), nil
}

// proxies is the list of the organization.
func (e *Edge) proxies(ctx context.Context) (*edgeWhole, error) {
	call := question{
		path: e.conn.below("deployments"),
		// The state of each message processor would be most of the answer.
		query:     url.Values{"includeServerStatus": {"false"}},
		operation: operation{doing: "list the proxy deployments of organization " + e.conn.organization},
	}
	return ask(ctx, e.conn, e.conn.calls, call, edgeWhole{organization: e.conn.organization})
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
		answer, err := e.environment(ctx, name, apigee.KindProxy, nil)
		switch {
		case ctx.Err() != nil || hasStatus(err, http.StatusUnauthorized):
			return err
		case err != nil:
			list.unlisted(apigee.KindProxy, name, "", err)
			continue
		}
		list.listed = true
		list.add(answer)
	}
	return nil
}

// environment lists what is deployed in one environment.
func (e *Edge) environment(ctx context.Context, name string, kind apigee.Kind, query url.Values) (edgeDeployed, error) {
	call := question{path: e.conn.below("environments", name, "deployments"), query: query, operation: operation{
		doing:   "list the " + kind.Noun() + " deployments of environment " + name,
		missing: "environment " + name + " no longer exists, or is not visible to this account",
	}}
	answer, err := ask(ctx, e.conn, e.conn.calls, call, edgeEnvironment{organization: e.conn.organization, kind: kind, asked: name})
	if err != nil {
		return edgeDeployed{}, err
	}
	return answer.edgeDeployed, nil
}

// note keeps in which environments something is deployed, and returns the environments that are known.
func (e *Edge) note(found []apigee.Deployment) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deployedIn = map[string]bool{}
	for _, d := range found {
		e.deployedIn[d.Environment] = true
	}
	return e.environments
}
