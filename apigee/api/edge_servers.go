package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
	"apigee-audit/internal/text"
)

// stateDeployed and stateUndeployed are the states in which every server does the same. In state "error" at least one of
// them does not do what it should: one message processor that is down is enough, while the others serve calls.
// Source: docs.apigee.com, "Unexpected error occurred while processing updates".
const (
	stateDeployed   = "deployed"
	stateUndeployed = "undeployed"
)

// edgeServer is a server that was told to deploy a revision.
type edgeServer struct {
	Status string   `json:"status"`
	Type   []string `json:"type"`
	ID     string   `json:"uUID"`
	Pod    struct {
		Name   string `json:"name"`
		Region string `json:"region"`
	} `json:"pod"`
	Error string `json:"error"`
}

// edgeServers are the servers of a revision.
type edgeServers []edgeServer

// UnmarshalJSON never fails, so that a strange server does not cost the whole list: what of it is understood counts.
func (all *edgeServers) UnmarshalJSON(data []byte) error {
	var servers []edgeServer
	_ = json.Unmarshal(data, &servers)
	*all = servers
	return nil
}

// processors are the message processors among them, which run the flows. Those of unknown type count.
func (all edgeServers) processors() edgeServers {
	return slices.DeleteFunc(slices.Clone(all), func(s edgeServer) bool { return len(s.Type) > 0 && !slices.Contains(s.Type, "message-processor") })
}

// name says which server it is.
func (s edgeServer) name() string {
	name := cmp.Or(text.Clip(s.ID, 64), "one without a name")
	var where []string
	if s.Pod.Name != "" {
		where = append(where, "pod "+text.Clip(s.Pod.Name, 64))
	}
	if s.Pod.Region != "" {
		where = append(where, "region "+text.Clip(s.Pod.Region, 64))
	}
	if len(where) > 0 {
		name += " in " + strings.Join(where, ", ")
	}
	status := cmp.Or(s.Status, "no status")
	if s.Error != "" {
		status += ": " + s.Error
	}
	return text.Said(name + " (" + status + ")")
}

// failing is a deployment of which the server does not say that it works.
type failing struct {
	deployment apigee.Deployment
	state      string
	servers    edgeServers // none where they are not known
}

// serving reports whether the revision may run anywhere. Only servers that all say no prove that it does not.
func (f failing) serving() bool {
	all := f.servers.processors()
	return len(all) == 0 || slices.ContainsFunc(all, edgeServer.deployed)
}

func (s edgeServer) deployed() bool { return strings.EqualFold(s.Status, stateDeployed) }

// words say where the revision may run: "is in state "error" and may run on some servers only: …".
func (f failing) words() string {
	const most = 3
	all := f.servers.processors()
	var without []string
	for _, s := range all {
		if !s.deployed() {
			without = append(without, s.name())
		}
	}
	slices.Sort(without) // servers come in no order that means anything
	words := "is in state " + text.QuoteSaid(f.state) + " and may run on "
	switch {
	case len(all) == 0:
		return words + "some servers only; which ones is not known"
	case len(without) == 0:
		return words + "some servers only, although " + claim(len(all))
	case len(without) == len(all):
		return words + "no server: none of " + text.Count(len(all), "message processor") + " has it deployed"
	}
	with := "1 has"
	if n := len(all) - len(without); n > 1 {
		with = strconv.Itoa(n) + " have"
	}
	return words + fmt.Sprintf("some servers only: of %s, %s it deployed, and not %s", text.Count(len(all), "message processor"), with, text.ListSome(without, most))
}

// claim is what all message processors say where none of them is at fault.
func claim(n int) string {
	if n == 1 {
		return "the one message processor told to deploy it says that it did"
	}
	return fmt.Sprintf("all %d message processors told to deploy it say that they did", n)
}

// settle takes in the deployments that may not work. A proxy that runs on no server serves no calls; a shared flow counts as
// there all the same: nobody may say that it is not deployed.
func (l *edgeList) settle() {
	for _, f := range l.failing {
		d := f.deployment
		if d.Kind == apigee.KindSharedFlow || f.serving() {
			d.Partly = f.words()
			l.found = append(l.found, d)
			continue
		}
		l.problems = append(l.problems, d.Revision.About(apigee.Problem{
			Organization: l.organization, Environment: d.Environment, Operation: listOperation,
			Error: "the deployment " + f.words() + ", so it was not audited: deploy it again or undeploy it",
		}))
	}
	l.failing = nil
}

// askServers asks which servers run the proxies that may not work, with one request for each of their environments: the
// list of the organization leaves them out, because for everything else they would be most of the answer.
func (e *Edge) askServers(ctx context.Context, list *edgeList) error {
	var environments []string
	for _, f := range list.failing {
		if f.deployment.Kind == apigee.KindProxy && f.servers == nil && !slices.Contains(environments, f.deployment.Environment) {
			environments = append(environments, f.deployment.Environment)
		}
	}
	answers, refused := make([]edgeDeployed, len(environments)), make([]error, len(environments))
	crew.Each(len(environments), cap(e.conn.calls.slots), func(i int) {
		answers[i], refused[i] = e.environment(ctx, environments[i], apigee.KindProxy, url.Values{"includeServerStatus": {"true"}})
	})
	for i, environment := range environments {
		switch err := refused[i]; {
		case ctx.Err() != nil, hasStatus(err, http.StatusUnauthorized):
			return cmp.Or(err, ctx.Err())
		case err != nil:
			list.notices = append(list.notices, apigee.Problem{
				Organization: list.organization, Environment: environment, Operation: listOperation,
				Error: "which servers run the proxies that are not in state " + stateDeployed + " could not be read: " + reason(err),
			})
			continue
		}
		list.serve(environment, answers[i])
	}
	return nil
}

// serve notes which servers run what may not work in an environment.
func (l *edgeList) serve(environment string, in edgeDeployed) {
	servers := map[apigee.Revision]edgeServers{}
	for _, entry := range in.entries {
		servers[apigee.Revision{Kind: entry.ref.Kind, Name: entry.ref.Name, Number: entry.number}] = entry.servers
	}
	for i := range l.failing {
		if f := &l.failing[i]; f.deployment.Environment == environment && f.servers == nil {
			f.servers = servers[f.deployment.Revision]
		}
	}
}
