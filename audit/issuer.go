package audit

import (
	"cmp"
	"slices"

	"apigee-audit/apigee"
)

// Issue is one place where a refresh token can come into being: a reachable policy that mints one or stores one of
// another system.
type Issue struct {
	Walk  *Walk
	Reach *Reach
}

// Issuer is one revision of a bundle whose policies issue refresh tokens in one environment. Several revisions in one
// environment (Edge), and several copies in one offline scan, are issuers each.
type Issuer struct {
	Environment *Environment
	Unit        *Unit // holds the policies
	// Issues are the places, the surest policy first, then in the order of file and position.
	Issues []Issue
}

// Ref names the issuing bundle.
func (is *Issuer) Ref() apigee.Ref { return is.Unit.Revision.Ref() }

// Issuers lists the bundles that issue in the environment, sorted.
func (e *Environment) Issuers() []*Issuer {
	byUnit := map[*Unit]*Issuer{}
	var out []*Issuer
	for _, w := range e.Walks {
		for _, r := range w.Reaches {
			if !r.Issues() {
				continue
			}
			is := byUnit[r.Policy.Unit]
			if is == nil {
				is = &Issuer{Environment: e, Unit: r.Policy.Unit}
				byUnit[is.Unit] = is
				out = append(out, is)
			}
			is.Issues = append(is.Issues, Issue{w, r})
		}
	}
	for _, is := range out {
		slices.SortStableFunc(is.Issues, compareIssues)
	}
	slices.SortFunc(out, func(a, b *Issuer) int { return CompareUnits(a.Unit, b.Unit) })
	return out
}

func compareIssues(a, b Issue) int {
	ca, _ := a.Reach.Policy.OAuth.Confidence()
	cb, _ := b.Reach.Policy.OAuth.Confidence()
	return cmp.Or(cmp.Compare(cb, ca), comparePolicies(a.Reach.Policy, b.Reach.Policy))
}

func comparePolicies(a, b *Policy) int {
	return cmp.Or(CompareUnits(a.Unit, b.Unit), cmp.Compare(a.File, b.File))
}

// Walks are the distinct proxies through which the bundle issues.
func (is *Issuer) Walks() []*Walk {
	var out []*Walk
	for _, i := range is.Issues {
		if !slices.Contains(out, i.Walk) {
			out = append(out, i.Walk)
		}
	}
	return out
}

// Policies are the distinct issuing policies, in the order of Issues.
func (is *Issuer) Policies() []*Policy {
	var out []*Policy
	for _, i := range is.Issues {
		if !slices.Contains(out, i.Reach.Policy) {
			out = append(out, i.Reach.Policy)
		}
	}
	return out
}

// Imports tells whether refresh tokens of another system are stored.
func (is *Issuer) Imports() bool {
	return slices.ContainsFunc(is.Issues, func(i Issue) bool { return i.Reach.Policy.OAuth.Imports() })
}

// Grants are the grants through which the bundle issues, sorted.
func (is *Issuer) Grants() []string {
	var out []string
	for _, i := range is.Issues {
		out = append(out, i.Reach.Grants...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
