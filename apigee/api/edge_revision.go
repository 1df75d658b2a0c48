package api

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// edgeDeployed is what an environment has deployed.
type edgeDeployed struct {
	environment string
	entries     []edgeEntry
}

// edgeEntry is a deployed revision.
type edgeEntry struct {
	ref           apigee.Ref
	number, state string
	bare          bool // listed without revisions
}

// edgeRevision is one revision in a list of deployments.
type edgeRevision struct {
	Number edgeNumber `json:"name"`
	State  string     `json:"state"`
}

// revisionsOf are the entries of one proxy or shared flow.
func revisionsOf(ref apigee.Ref, revisions []edgeRevision) []edgeEntry {
	var all []edgeEntry
	for _, r := range revisions {
		all = append(all, edgeEntry{ref: ref, number: string(r.Number), state: r.State})
	}
	return all
}

// edgeNumber is a revision number, which Edge writes as a string; a number is understood too.
type edgeNumber string

// UnmarshalJSON never fails, so that one strange number does not cost the whole list: it is judged where it is used.
func (n *edgeNumber) UnmarshalJSON(data []byte) error {
	*n = edgeNumber(strings.Trim(string(data), `"`))
	return nil
}

// edgeReader reads the shapes that Edge's lists of deployments are made of.
// Source: the OpenAPI documents of the Edge management API, deployments and shared-flows-and-flow-hooks.
type edgeReader struct {
	*reader
	same *intern
}

// proxies reads the field of an environment that holds its proxies, which is spelled aPIProxy.
func (r edgeReader) proxies(in *edgeDeployed) error {
	return r.list("aPIProxy", func() error {
		p := apigee.Ref{Kind: apigee.KindProxy}
		var revisions []edgeRevision
		err := r.object("a proxy", func(name string) (bool, error) {
			switch name {
			case "name":
				return true, r.value(&p.Name)
			case "revision":
				var err error
				revisions, _, err = r.revisions()
				return true, err
			}
			return false, nil
		})
		if len(revisions) == 0 {
			in.entries = append(in.entries, edgeEntry{ref: p, bare: true})
		}
		in.entries = append(in.entries, revisionsOf(p, revisions)...)
		return err
	})
}

// environments reads the field of a shared flow that holds where it is deployed.
func (r edgeReader) environments(of apigee.Ref) ([]edgeDeployed, error) {
	var all []edgeDeployed
	err := r.list("environment", func() error {
		in := edgeDeployed{}
		var revisions []edgeRevision
		told := false
		err := r.object("an environment", func(name string) (bool, error) {
			var err error
			switch name {
			case "name":
				return true, r.value(&in.environment)
			case "revision":
				revisions, told, err = r.revisions()
				return true, err
			}
			return false, nil
		})
		if !told { // an empty list says that it is not deployed there
			in.entries = append(in.entries, edgeEntry{ref: of, bare: true})
		}
		in.entries = append(in.entries, revisionsOf(of, revisions)...)
		in.environment = r.same.text(in.environment)
		all = append(all, in)
		return err
	})
	return all, err
}

// revisions reads a list of revisions; told reports whether there was one.
func (r edgeReader) revisions() (all []edgeRevision, told bool, err error) {
	told, err = r.listOrNull("revision", func() error {
		var revision edgeRevision
		err := r.value(&revision)
		revision.Number, revision.State = edgeNumber(r.same.text(string(revision.Number))), r.same.text(revision.State)
		all = append(all, revision)
		return err
	})
	return all, told, err
}

// edgeWhole is the answer about the whole organization. Source: GET …/deployments.
type edgeWhole struct {
	organization, name string
	environments       []edgeDeployed
	listed             bool
	same               intern
}

func (*edgeWhole) bound() *allowance { return newAllowance(maxList) }

func (a *edgeWhole) field(r *reader, name string) (bool, error) {
	switch name {
	case "name":
		return true, r.value(&a.name)
	case "environment":
		a.listed = true
		return true, r.list(name, func() error {
			in := edgeDeployed{}
			err := r.object("an environment", func(name string) (bool, error) {
				switch {
				case name == "name":
					return true, r.value(&in.environment)
				case strings.EqualFold(name, "aPIProxy"):
					return true, edgeReader{r, &a.same}.proxies(&in)
				}
				return false, nil
			})
			a.environments = append(a.environments, in)
			return err
		})
	}
	return false, nil
}

func (a *edgeWhole) check() error {
	if err := aboutOrganization(a.organization, a.name); err != nil {
		return err
	}
	if !a.listed {
		return misshapen("environment", "missing", "a list")
	}
	return nil
}

// edgeEnvironment is the answer about one environment. Source: GET …/environments/{env}/deployments.
type edgeEnvironment struct {
	edgeDeployed
	organization, asked, told string
	same                      intern
}

func (*edgeEnvironment) bound() *allowance { return newAllowance(maxList) }

func (a *edgeEnvironment) field(r *reader, name string) (bool, error) {
	switch {
	case name == "name":
		return true, r.value(&a.environment)
	case name == "organization":
		return true, r.value(&a.told)
	case strings.EqualFold(name, "aPIProxy"):
		return true, edgeReader{r, &a.same}.proxies(&a.edgeDeployed)
	}
	return false, nil
}

func (a *edgeEnvironment) check() error {
	if err := about("environment", a.asked, a.environment); err != nil || a.told == "" {
		return err
	}
	return aboutOrganization(a.organization, a.told)
}

// edgeSharedFlow is the answer about one shared flow. Source: GET …/sharedflows/{name}/deployments.
type edgeSharedFlow struct {
	organization, asked, name, told string
	environments                    []edgeDeployed
	same                            intern
}

func (*edgeSharedFlow) bound() *allowance { return newAllowance(maxList) }

func (a *edgeSharedFlow) field(r *reader, name string) (known bool, err error) {
	switch name {
	case "name":
		return true, r.value(&a.name)
	case "organization":
		return true, r.value(&a.told)
	case "environment":
		a.environments, err = edgeReader{r, &a.same}.environments(apigee.Ref{Kind: apigee.KindSharedFlow, Name: a.asked})
		return true, err
	}
	return false, nil
}

func (a *edgeSharedFlow) check() error {
	if err := about("shared flow", a.asked, a.name); err != nil || a.told == "" {
		return err
	}
	return aboutOrganization(a.organization, a.told)
}

// add takes in what an environment has. A revision that is listed without its state counts as deployed: better audited in
// vain than missed.
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
		switch strings.ToLower(e.state) {
		case "deployed", "":
			l.found = append(l.found, d)
		case "undeployed":
			about.Error = "the revision is listed as undeployed and was not audited"
			l.notices = append(l.notices, about)
		default:
			about.Error = "the deployment is in state " + text.QuoteSaid(e.state) + " and was not audited, although it may be running on some of the servers: " +
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
