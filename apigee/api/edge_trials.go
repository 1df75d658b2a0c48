package api

import (
	"context"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// try tries the calls of Edge, which has no permissions to name, only roles.
func (e *Edge) try(ctx context.Context, extra Extras) Trials {
	t := &trials{ctx: ctx, conn: e.conn}
	t.Endpoint = e.conn.endpoint.String()
	t.organization("", e.Organization)
	proxies := e.tryProxies(t)
	t.Listed = e.trySharedFlows(t) && proxies
	t.Lists = len(t.Calls)
	t.deployed = apigee.SortDeployments(t.deployed)
	t.hook("")
	t.bundle(apigee.KindProxy, "")
	t.bundle(apigee.KindSharedFlow, "")
	if extra.Traffic {
		t.analytics("", e.Traffic)
	}
	// What this version does not read of Edge fails an audit that asks for it, so it is tried like the rest.
	if extra.Reach {
		t.try("environment groups", "", func() (string, error) { _, err := e.EnvironmentGroups(ctx); return "", err })
		t.try("API products", "", func() (string, error) { _, err := e.Products(ctx); return "", err })
	}
	if extra.DebugMasks {
		t.try("debug mask", "", func() (string, error) { _, err := e.DebugMask(ctx, t.busy()); return "", err })
	}
	return t.Trials
}

// tryProxies tries the list of the organization, or where that is refused that of one environment.
func (e *Edge) tryProxies(t *trials) bool {
	var refused error
	answered := t.try("proxy deployments", "", func() (string, error) {
		list := &edgeList{organization: e.conn.organization}
		whole, err := e.proxies(t.ctx)
		if mayAskEach(err) && len(t.environments) > 0 {
			if in, ofOne := e.environment(t.ctx, t.environments[0], apigee.KindProxy, nil); ofOne == nil {
				whole, refused, err = &edgeWhole{environments: []edgeDeployed{in}}, err, nil
			}
		}
		if err != nil {
			return "", err
		}
		for _, in := range whole.environments {
			list.add(in)
		}
		return t.found(apigee.KindProxy, list.found), nil
	})
	t.last().Partly = refused
	return answered
}

// trySharedFlows tries the list of shared flows and where the first of them is deployed.
func (e *Edge) trySharedFlows(t *trials) bool {
	var names []string
	listed := t.try("shared flows", "", func() (string, error) {
		answer, err := e.sharedFlows(t.ctx)
		if err != nil {
			return "", err
		}
		names = answer.names
		return text.Count(len(names), "shared flow"), nil
	})
	const name = "shared flow deployments"
	if len(names) == 0 {
		t.skip(name, "", "no shared flow is known")
		return listed
	}
	answered := t.try(name, "", func() (string, error) {
		found, err := e.sharedFlow(t.ctx, names[0], newAllowance(maxList))
		if err != nil {
			return "", err
		}
		list := &edgeList{organization: e.conn.organization}
		for _, in := range found {
			list.add(in)
		}
		return names[0] + ": " + t.found(apigee.KindSharedFlow, list.found), nil
	})
	// Where the others are deployed is not known, so that nothing is must not be said.
	return answered && (t.Deployments > 0 || len(names) == 1)
}
