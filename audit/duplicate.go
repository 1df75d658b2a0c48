package audit

import "apigee-audit/apigee"

// DeployedIn lists where a unit is deployed in an environment: once, and for bundles on disk once for each path at which it
// lies byte for byte the same.
func (u *Unit) DeployedIn(e *Environment) []Deployed {
	var out []Deployed
	for _, r := range u.everywhere() {
		out = append(out, Deployed{Environment: e.Name, Revision: r.Number, Source: r.Root})
	}
	return out
}

// everywhere is the unit's own revision and those of its copies.
func (u *Unit) everywhere() []apigee.Revision {
	return append([]apigee.Revision{u.Revision}, u.Copies...)
}

// sources are the paths of a bundle on disk, nothing for others.
func (u *Unit) sources() []string {
	var out []string
	for _, r := range u.everywhere() {
		if r.Root != "" {
			out = append(out, r.Root)
		}
	}
	return out
}
