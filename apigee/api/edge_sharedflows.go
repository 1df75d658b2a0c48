package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
)

// flowsAnEnvironment is how many shared flows an environment there have to be, so that it is worth a request to find out
// whether the server lists them by environment.
const flowsAnEnvironment = 3

// listSharedFlows lists where shared flows are deployed: by environment where the server can, else with one request for each.
func (e *Edge) listSharedFlows(ctx context.Context, list *edgeList, proxies []edgeDeployed) error {
	answer, err := e.sharedFlows(ctx)
	switch {
	case hasStatus(err, http.StatusForbidden), hasStatus(err, http.StatusNotFound):
		list.refusal = cmp.Or(list.refusal, err)
		list.unlisted(apigee.KindSharedFlow, "", "", err)
		return nil
	case err != nil:
		return err
	}
	list.listed = true
	found, err := e.byEnvironment(ctx, answer.names, proxies)
	if err != nil {
		return err
	}
	if found == nil {
		return e.byName(ctx, list, answer.names)
	}
	var failing []string
	for _, in := range found {
		for _, entry := range in.entries {
			if !entry.settled() && !slices.Contains(failing, entry.ref.Name) {
				failing = append(failing, entry.ref.Name)
			}
		}
	}
	for _, in := range found {
		in.entries = slices.DeleteFunc(in.entries, func(entry edgeEntry) bool { return slices.Contains(failing, entry.ref.Name) })
		list.add(in)
	}
	return e.byName(ctx, list, failing) // which servers run them is told there
}

// sharedFlows are the names of all shared flows, deployed or not.
func (e *Edge) sharedFlows(ctx context.Context) (*namesAnswer, error) {
	call := question{path: e.conn.below("sharedflows"), operation: operation{
		doing:   "list the shared flows of organization " + e.conn.organization,
		missing: "this management server knows no shared flows",
	}}
	return ask(ctx, e.conn, e.conn.calls, call, namesAnswer{})
}

// settled reports whether every server does the same with a revision.
func (entry edgeEntry) settled() bool {
	state := edgeState(entry.state)
	return state == stateDeployed || state == stateUndeployed
}

// byName asks for each shared flow where it is deployed.
func (e *Edge) byName(ctx context.Context, list *edgeList, names []string) error {
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
	if saysNotDeployed(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answer.environments, nil
}

// byEnvironment lists the shared flows of each environment, with a flag that is not documented and that two of Apigee's own
// tools send. A server that does not know it answers with proxies, so an answer proves itself before any counts: it names
// shared flows and nothing else, and not what the list of proxies names. Nil means that the flag is of no use here.
// Source: apigeetool, listSharedflowDeployments; apigee/devrel, sackmesser.
func (e *Edge) byEnvironment(ctx context.Context, names []string, proxies []edgeDeployed) ([]edgeDeployed, error) {
	e.mu.Lock()
	environments := slices.Clone(e.environments)
	e.mu.Unlock()
	if proxies == nil || len(environments) == 0 || len(names) < flowsAnEnvironment*len(environments) {
		return nil, nil
	}
	listed := map[string][]string{} // the proxies, by environment
	for _, in := range proxies {
		listed[in.environment] = in.names()
	}
	// The fullest environment first: where no proxy is deployed, an answer without any proves nothing.
	slices.SortStableFunc(environments, func(a, b string) int { return cmp.Compare(len(listed[b]), len(listed[a])) })
	found, err := e.sharedFlowsIn(ctx, environments[0], names, false)
	if found == nil || len(found.entries) == 0 || slices.Equal(found.names(), listed[environments[0]]) {
		return nil, err
	}
	out, refused := make([]edgeDeployed, len(environments)), make([]error, len(environments))
	unproved := make([]bool, len(environments))
	out[0] = *found
	crew.Each(len(environments)-1, cap(e.conn.calls.slots), func(i int) {
		in, err := e.sharedFlowsIn(ctx, environments[i+1], names, len(listed[environments[i+1]]) == 0)
		if refused[i+1], unproved[i+1] = err, in == nil; in != nil {
			out[i+1] = *in
		}
	})
	if err := cmp.Or(refused...); err != nil || slices.Contains(unproved, true) {
		return nil, err
	}
	return out, nil
}

// sharedFlowsIn is the answer about one environment, nil where it names anything else or there is none. One in which no proxy
// is deployed need not be known to the server at all: portal, on Public Cloud, is none for proxies. The error is for what ends
// the whole listing.
func (e *Edge) sharedFlowsIn(ctx context.Context, environment string, names []string, bare bool) (*edgeDeployed, error) {
	if checkName("environment", environment) != nil {
		return nil, nil
	}
	in, err := e.environment(ctx, environment, apigee.KindSharedFlow, url.Values{"sharedFlows": {"true"}, "includeServerStatus": {"false"}})
	switch {
	case ctx.Err() != nil, hasStatus(err, http.StatusUnauthorized):
		return nil, cmp.Or(err, ctx.Err())
	case bare && hasStatus(err, http.StatusNotFound):
		return &edgeDeployed{environment: environment}, nil
	case err != nil, slices.ContainsFunc(in.names(), func(name string) bool { return !slices.Contains(names, name) }):
		return nil, nil
	}
	return &in, nil
}

// names are those of what is deployed, sorted.
func (in edgeDeployed) names() []string {
	var all []string
	for _, entry := range in.entries {
		all = append(all, entry.ref.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
