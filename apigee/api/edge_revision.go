package api

import (
	"strings"

	"apigee-audit/apigee"
)

// edgeRevision is one revision in a list of deployments.
type edgeRevision struct {
	Number edgeNumber `json:"name"`
	State  string     `json:"state"`
}

// edgeNumber is a revision number, which Edge writes as a string; a number is understood too.
type edgeNumber string

// UnmarshalJSON never fails, so that one strange number does not cost the whole list: it is judged where it is used.
func (n *edgeNumber) UnmarshalJSON(data []byte) error {
	*n = edgeNumber(strings.Trim(string(data), `"`))
	return nil
}

func (l *edgeList) proxies(environment string, answer edgeProxies) {
	for _, p := range answer.Proxies {
		l.add(environment, apigee.Ref{Kind: apigee.KindProxy, Name: p.Name}, p.Revisions)
	}
}

// add takes in what an environment has of one proxy or shared flow. A revision that is listed without its state counts as
// deployed: better audited in vain than missed.
func (l *edgeList) add(environment string, ref apigee.Ref, revisions []edgeRevision) {
	for _, r := range revisions {
		d := apigee.Deployment{Environment: environment, Revision: apigee.Revision{Kind: ref.Kind, Name: ref.Name, Number: string(r.Number)}}
		if problem, bad := unnamed(l.organization, d); bad {
			l.problems = append(l.problems, problem)
			continue
		}
		about := apigee.Problem{
			Organization: l.organization, Environment: environment, Kind: ref.Kind, Name: ref.Name, Revision: d.Number, Operation: listOperation,
		}
		switch strings.ToLower(r.State) {
		case "deployed", "":
			l.found = append(l.found, d)
		case "undeployed":
			about.Error = "the revision is listed as undeployed and was not audited"
			l.notices = append(l.notices, about)
		default:
			about.Error = "the deployment is in state " + quote(r.State) + " and was not audited, though it may serve on some of the servers: " +
				"deploy it again or undeploy it"
			l.problems = append(l.problems, about)
		}
	}
}

// unlisted says what it means for the verdict that a list is missing. Environment and name may be empty for all of them.
func (l *edgeList) unlisted(kind apigee.Kind, environment, name string, err error) {
	text := reason(err) + "; the proxies deployed there were not audited, and a refresh flow among them was not seen"
	if kind == apigee.KindSharedFlow {
		text = reason(err) + "; where shared flows are deployed is not known, and what they issue or refresh was not seen"
	}
	p := apigee.Problem{Organization: l.organization, Environment: environment, Kind: kind, Operation: listOperation, Error: text}
	if name != "" && checkName("shared flow", name) == nil {
		p.Name = name
	}
	l.problems = append(l.problems, p)
}
