// Package simulator is the management API of Apigee X, hybrid and Edge served from bundles over real HTTP. It stands in for
// Google behind scan --demo, the command simulate and the end-to-end tests. So it answers with the shapes of the API discovery
// document and of Edge's OpenAPI documents, strings for int64 and empty objects for empty lists included, and fails the way
// they fail; and it answers what other clients ask too, not only this program.
package simulator

import (
	"maps"
	"slices"
	"strconv"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// Organization is one organization to serve.
type Organization struct {
	Name         string
	Project      string // the Google Cloud project it belongs to; the organization's own name when empty
	Location     string // data-residency location, empty for an organization without one
	Environments []Environment
	Groups       []Group
	Bundles      []Bundle
	Records      Records
}

// Environment is one environment and what is deployed in it; each environment may hold another revision of a proxy.
type Environment struct {
	Name     string
	Hooks    map[string]string // flow-hook point (one of apigee.HookPoints) to the shared flow attached there
	Deployed []apigee.Revision
	// Failing is how many message processors do not have a deployed revision; BasePaths is where it was deployed, "/" by
	// default. Only [NewEdge] tells either.
	Failing   map[apigee.Revision]int
	BasePaths map[apigee.Revision]string
}

// Group is an environment group: the host names under which its environments are called.
type Group struct {
	Name         string
	Hostnames    []string
	Environments []string
}

// Bundle is one revision with its files, named as in the zip: "apiproxy/policies/X.xml".
type Bundle struct {
	apigee.Revision
	Files map[string][]byte
}

// FromDeployments makes an organization of what is deployed in its environments, and the flow hooks there. What has no archive is
// listed nowhere.
func FromDeployments(name string, environments []string, deployments []apigee.Deployment, hooks []apigee.FlowHook, archives map[apigee.Revision]*bundle.Archive) *Organization {
	o := &Organization{Name: name}
	for _, r := range slices.SortedFunc(maps.Keys(archives), apigee.CompareRevisions) {
		o.Bundles = append(o.Bundles, unpacked(r, r.Number, archives[r]))
	}
	for _, env := range environments {
		e := Environment{Name: env, Hooks: map[string]string{}}
		for _, d := range deployments {
			if d.Environment == env && archives[d.Revision] != nil {
				e.Deployed = append(e.Deployed, d.Revision)
			}
		}
		for _, h := range hooks {
			if h.Environment == env {
				e.Hooks[h.Point] = h.SharedFlow
			}
		}
		o.Environments = append(o.Environments, e)
		o.Groups = append(o.Groups, Group{Name: env, Hostnames: []string{env + ".example.com"}, Environments: []string{env}})
	}
	return o
}

// unpacked is a bundle with the files of an archive. What cannot be unpacked cannot be served.
func unpacked(r apigee.Revision, number string, archive *bundle.Archive) Bundle {
	b := Bundle{Revision: apigee.Revision{Kind: r.Kind, Name: r.Name, Number: number}, Files: map[string][]byte{}}
	for _, f := range archive.Files {
		inner, ok := archive.Inner(r.Kind, f.Name)
		data, err := f.Content()
		if ok && err == nil {
			b.Files[r.Kind.Root()+"/"+inner] = data
		}
	}
	return b
}

// FromArchives makes an organization of one environment, in which every archive is deployed. Bundles read from disk often
// have no revision number, or the same one, and get the first that is free.
func FromArchives(name, env string, archives map[apigee.Revision]*bundle.Archive) *Organization {
	e := Environment{Name: env}
	o := &Organization{Name: name, Groups: []Group{{
		Name: "default", Hostnames: []string{env + ".example.com"}, Environments: []string{env},
	}}}
	free := numbering(slices.Collect(maps.Keys(archives)))
	for _, r := range slices.SortedFunc(maps.Keys(archives), apigee.CompareRevisions) {
		b := unpacked(r, free(r), archives[r])
		o.Bundles = append(o.Bundles, b)
		e.Deployed = append(e.Deployed, b.Revision)
	}
	o.Environments = []Environment{e}
	return o
}

// numbering gives every revision a number that no other of its name has, its own where it can.
func numbering(all []apigee.Revision) func(apigee.Revision) string {
	owned, taken, last := map[apigee.Revision]bool{}, map[apigee.Revision]bool{}, map[apigee.Ref]int{}
	key := func(r apigee.Revision, number string) apigee.Revision {
		return apigee.Revision{Kind: r.Kind, Name: r.Name, Number: number}
	}
	for _, r := range all {
		owned[key(r, r.Number)] = true
	}
	return func(r apigee.Revision) string {
		number := r.Number
		for number == "" || taken[key(r, number)] {
			last[r.Ref()]++
			if n := strconv.Itoa(last[r.Ref()]); !owned[key(r, n)] {
				number = n
			}
		}
		taken[key(r, number)] = true
		return number
	}
}
