package api

import (
	"cmp"
	"strings"

	"apigee-audit/apigee"
)

// edgeList gathers what the requests of one listing found.
type edgeList struct {
	organization      string
	found             []apigee.Deployment
	failing           []failing // those that may not work
	problems, notices []apigee.Problem
	bad               badEntries
	refusal           error // the first list that this account may not read
	listed            bool  // whether anything could be listed
}

// edgeState is a state as it is compared. A revision that is listed without one counts as deployed: better audited in vain
// than missed.
func edgeState(told string) string { return cmp.Or(strings.ToLower(told), stateDeployed) }

// add takes in what an environment has.
func (l *edgeList) add(in edgeDeployed) {
	if err := checkName("environment", in.environment); err != nil && len(in.entries) == 0 {
		l.bad.add(apigee.Problem{Organization: l.organization, Operation: listOperation, Error: err.Error() + "; what is deployed there is unknown"})
	}
	for _, e := range in.entries {
		d := apigee.Deployment{Environment: in.environment, Revision: apigee.Revision{Kind: e.ref.Kind, Name: e.ref.Name, Number: e.number}}
		about, bad := unnamed(l.organization, d)
		if e.bare && checkName("environment", in.environment) == nil && checkName(e.ref.Kind.Noun(), e.ref.Name) == nil {
			about.Error = "it is listed as deployed but without a revision, and was not audited"
		}
		if bad {
			l.bad.add(about)
			continue
		}
		about.Revision = d.Number
		switch edgeState(e.state) {
		case stateDeployed:
			l.found = append(l.found, d)
		case stateUndeployed:
			about.Error = "the revision is listed as undeployed and was not audited"
			l.notices = append(l.notices, about)
		default:
			l.failing = append(l.failing, failing{d, e.state, e.servers})
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
