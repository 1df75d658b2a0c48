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
	Refused      Refused
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
	// DeployedAt is when each revision was deployed, in milliseconds since 1970, 0 where that is not known. Nil makes up times.
	DeployedAt map[apigee.Revision]int64
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
	// Packed gives the zip of a bundle that is served as it was packed elsewhere; Files is then nil. An error refuses the download:
	// an [inventory.ErrNotFound] as of what is not there.
	Packed func() ([]byte, error)
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
		b := Bundle{Revision: apigee.Revision{Kind: r.Kind, Name: r.Name, Number: free(r)}, Files: map[string][]byte{}}
		for _, f := range archives[r].Files {
			inner, ok := archives[r].Inner(r.Kind, f.Name)
			data, err := f.Content()
			if ok && err == nil { // what cannot be unpacked cannot be served
				b.Files[r.Kind.Root()+"/"+inner] = data
			}
		}
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
