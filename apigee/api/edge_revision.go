package api

import (
	"strings"

	"apigee-audit/apigee"
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
	servers       edgeServers
	bare          bool // listed without revisions
}

// edgeRevision is one revision in a list of deployments.
type edgeRevision struct {
	Number  edgeNumber  `json:"name"`
	State   string      `json:"state"`
	Servers edgeServers `json:"server"`
}

// revisionsOf are the entries of one proxy or shared flow.
func revisionsOf(ref apigee.Ref, revisions []edgeRevision) []edgeEntry {
	var all []edgeEntry
	for _, r := range revisions {
		all = append(all, edgeEntry{ref: ref, number: string(r.Number), state: r.State, servers: r.Servers})
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

// bundles reads the field of an environment that holds its proxies, which is spelled aPIProxy, for shared flows too.
func (r edgeReader) bundles(kind apigee.Kind, in *edgeDeployed) error {
	return r.list("aPIProxy", func() error {
		p := apigee.Ref{Kind: kind}
		var revisions []edgeRevision
		err := r.object("a "+kind.Noun(), func(name string) (bool, error) {
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
	case "deployments":
		return true, &strangerError{apigee.PlatformX}
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
					return true, edgeReader{r, &a.same}.bundles(apigee.KindProxy, &in)
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
	kind                      apigee.Kind
	organization, asked, told string
	same                      intern
}

func (*edgeEnvironment) bound() *allowance { return newAllowance(maxList) }

func (a *edgeEnvironment) field(r *reader, name string) (bool, error) {
	switch {
	case name == "deployments":
		return true, &strangerError{apigee.PlatformX}
	case name == "name":
		return true, r.value(&a.environment)
	case name == "organization":
		return true, r.value(&a.told)
	case strings.EqualFold(name, "aPIProxy"):
		return true, edgeReader{r, &a.same}.bundles(a.kind, &a.edgeDeployed)
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
