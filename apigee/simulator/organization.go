// Package simulator is the Apigee X and hybrid management API served from bundles over real HTTP. It stands in for
// Google behind scan --demo, the command simulate and the end-to-end tests, so it answers with the shapes of the API
// discovery document, strings for int64 and empty objects for empty lists included, and fails the way Google fails.
package simulator

import (
	"cmp"
	"maps"
	"slices"

	"apigee-audit/apigee"
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

// FromArchives makes an organization of one environment, in which every archive is deployed. Bundles read from disk
// have no revision number and are served as revision 1.
func FromArchives(name, env string, archives map[apigee.Revision]*apigee.Archive) *Organization {
	e := Environment{Name: env}
	o := &Organization{Name: name, Groups: []Group{{
		Name: "default", Hostnames: []string{env + ".example.com"}, Environments: []string{env},
	}}}
	for _, r := range slices.SortedFunc(maps.Keys(archives), compareRevisions) {
		b := Bundle{Revision: r, Files: map[string][]byte{}}
		if b.Number == "" {
			b.Number = "1"
		}
		for _, f := range archives[r].Files {
			if data, err := f.Content(); err == nil { // what cannot be unpacked cannot be served
				b.Files[f.Name] = data
			}
		}
		o.Bundles = append(o.Bundles, b)
		e.Deployed = append(e.Deployed, b.Revision)
	}
	o.Environments = []Environment{e}
	return o
}

// compareRevisions orders by kind, name and revision; numbers compare by value, "9" before "10".
func compareRevisions(a, b apigee.Revision) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(len(a.Number), len(b.Number)),
		cmp.Compare(a.Number, b.Number),
	)
}
