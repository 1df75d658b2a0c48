package report

import (
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// Revocability says what can revoke the refresh tokens that a deployment issues.
type Revocability struct {
	// Issued is how many policies of the deployment issue, and Without how many of them issue tokens that no flow can revoke.
	Issued  int `json:"issued"`
	Without int `json:"without"`
	// By are the flows that can revoke tokens of some of these policies, in the order of the inventory; More counts those beyond a few.
	By   []Revoker `json:"by"`
	More int       `json:"more,omitempty"`
	// Partial reports whether there may be others, because not everything was looked at, or only bundles from disk were.
	Partial bool `json:"partial,omitempty"`
}

// Revoker is a policy that revokes refresh tokens, in all the environments where it can run. Tokens belong to the organization, so
// it revokes those of other environments too.
type Revoker struct {
	Kind         apigee.Kind `json:"kind"`
	Name         string      `json:"name"`
	Policy       string      `json:"policy"`
	Environments []string    `json:"environments"`
}

// revoking is a revoker with what the inventory says of it, in its first environment.
type revoking struct {
	Revoker
	operation *finding.Operation
	evidence  *finding.Evidence
}

// mostRevokers bounds what is said of each issuing deployment.
const mostRevokers = 10

// issuedAs is what of an issuing policy decides what can revoke its tokens.
type issuedAs struct{ jwt, appEndUser bool }

// revokers are the policies of an organization that revoke refresh tokens.
type revokers struct {
	all    []*revoking
	at     map[string]*revoking
	of     map[issuedAs][]*revoking // the answers of can
	untold bool                     // something revokes, and the report does not tell how
	// partial reports whether there may be others.
	partial bool
}

// revocability answers what can revoke the tokens of each organization.
type revocability map[string]*revokers

func newRevocability(d *Document) revocability {
	all := revocability{}
	for i := range d.Inventory {
		e := &d.Inventory[i]
		r := all[e.Organization]
		if r == nil {
			r = &revokers{at: map[string]*revoking{}, of: map[issuedAs][]*revoking{}}
			org := d.organization(e.Organization)
			r.partial = !d.Complete || org == nil || org.Offline
			all[e.Organization] = r
		}
		r.untold = r.untold || e.Revokes && e.Operations == nil
		for j := range e.Operations {
			if o := &e.Operations[j]; o.Revocation != nil {
				r.add(e, o)
			}
		}
	}
	return all
}

// add takes in a policy in one environment. One that says something else in another revision is another.
func (r *revokers) add(e *finding.Evidence, o *finding.Operation) {
	way := o.Revocation
	key := fmt.Sprintf("%q %q %q %t %t %t %s %q", e.Kind, e.Name, o.Policy, way.ByToken, way.ByApp, way.ByEndUser, cascadeText(way), way.Parameters)
	k := r.at[key]
	if k == nil {
		k = &revoking{Revoker{Kind: e.Kind, Name: e.Name, Policy: o.Policy}, o, e}
		r.at[key], r.all = k, append(r.all, k)
	}
	if n := len(k.Environments); n == 0 || k.Environments[n-1] != e.Environment { // the inventory is sorted by environment
		k.Environments = append(k.Environments, e.Environment)
	}
}

// can are those that can revoke what a policy issues.
func (r *revokers) can(o *finding.Operation) []*revoking {
	as := issuedAs{o.JWT, o.AppEndUser}
	list, known := r.of[as]
	if !known {
		list = only(r.all, func(k *revoking) bool {
			return k.operation.Revocation.CanRevoke(o.JWT, o.AppEndUser) == finding.Revocable
		})
		r.of[as] = list
	}
	return list
}

// of is nil where nothing is issued, and where the report does not tell by which policies.
func (all revocability) of(e *finding.Evidence) *Revocability {
	r := all[e.Organization]
	if r == nil || r.untold {
		return nil
	}
	out := &Revocability{By: []Revoker{}, Partial: r.partial}
	seen := map[issuedAs]bool{}
	listed := map[*revoking]bool{}
	for i := range e.Operations {
		o := &e.Operations[i]
		if !o.Issuing() {
			continue
		}
		out.Issued++
		can := r.can(o)
		if len(can) == 0 {
			out.Without++
		}
		if as := (issuedAs{o.JWT, o.AppEndUser}); !seen[as] {
			seen[as] = true
			for _, k := range can {
				listed[k] = true
			}
		}
	}
	if out.Issued == 0 {
		return nil
	}
	for _, k := range r.all {
		switch {
		case !listed[k]:
		case len(out.By) == mostRevokers:
			out.More++
		default:
			out.By = append(out.By, k.Revoker)
		}
	}
	return out
}

// cascadeText says whether the paired token is revoked too: "yes", "no", "not stated".
func cascadeText(r *finding.Revocation) string {
	switch {
	case r.Cascade == nil:
		return "not stated"
	case *r.Cascade:
		return "yes"
	}
	return "no"
}
