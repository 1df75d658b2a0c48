package flow

import (
	"cmp"
	"slices"

	"apigee-audit/apigee"
)

// Issuance is one place where a refresh token can come into being: a reachable policy that mints one or stores one of
// another system.
type Issuance struct {
	Trace *Trace
	Site  *Site
}

// Issuer is one revision of a bundle whose policies issue refresh tokens in one environment. Several revisions in one
// environment (Edge), and several copies in one offline scan, are issuers each.
type Issuer struct {
	Environment *Environment
	Program     *Program // holds the policies
	// Issuances are the places, the surest policy first, then in the order of file and position.
	Issuances []Issuance
}

// Ref names the issuing bundle.
func (is *Issuer) Ref() apigee.Ref { return is.Program.Revision.Ref() }

// Issuers lists the bundles that issue in the environment, sorted.
func (e *Environment) Issuers() []*Issuer { return e.issuers }

// noteIssuers indexes the issuing policies of some programs that the walks can run.
func (e *Environment) noteIssuers(of func(*Program) bool) {
	byProgram := map[*Program]*Issuer{}
	for w := range e.handlingTraces() {
		for _, r := range w.Sites {
			u := r.Policy.Program
			if !r.Issues() || !of(u) {
				continue
			}
			is := byProgram[u]
			if is == nil {
				is = &Issuer{Environment: e, Program: u}
				byProgram[u] = is
				e.issuers = append(e.issuers, is)
			}
			is.Issuances = append(is.Issuances, Issuance{w, r})
		}
	}
	for _, is := range byProgram {
		slices.SortStableFunc(is.Issuances, compareIssuances)
	}
	slices.SortFunc(e.issuers, func(a, b *Issuer) int { return ComparePrograms(a.Program, b.Program) })
}

// noteIssuersAgain is noteIssuers after a difference: those through whose walks nothing came or went issue as they did before.
func (e *Environment) noteIssuersAgain(before *Environment, d *difference) {
	again := map[*Program]bool{}
	for w := range d.walks() {
		for _, r := range w.Sites {
			if r.Issues() {
				again[r.Policy.Program] = true
			}
		}
	}
	same := make([]Issuer, 0, len(before.issuers))
	for _, is := range before.issuers {
		if !again[is.Program] {
			same = append(same, Issuer{e, is.Program, is.Issuances})
			e.issuers = append(e.issuers, &same[len(same)-1])
		}
	}
	e.noteIssuers(func(u *Program) bool { return again[u] })
}

func compareIssuances(a, b Issuance) int {
	ca, _ := a.Site.Policy.OAuth.Confidence()
	cb, _ := b.Site.Policy.OAuth.Confidence()
	return cmp.Or(cmp.Compare(cb, ca), comparePolicies(a.Site.Policy, b.Site.Policy))
}

func comparePolicies(a, b *Policy) int {
	return cmp.Or(ComparePrograms(a.Program, b.Program), cmp.Compare(a.File, b.File))
}

// Traces are the distinct proxies through which the bundle issues.
func (is *Issuer) Traces() []*Trace {
	var out []*Trace
	for _, i := range is.Issuances {
		if !slices.Contains(out, i.Trace) {
			out = append(out, i.Trace)
		}
	}
	return out
}

// Policies are the distinct issuing policies, in the order of Issuances.
func (is *Issuer) Policies() []*Policy {
	var out []*Policy
	for _, i := range is.Issuances {
		if !slices.Contains(out, i.Site.Policy) {
			out = append(out, i.Site.Policy)
		}
	}
	return out
}

// Imports reports whether refresh tokens of another system are stored.
func (is *Issuer) Imports() bool {
	return slices.ContainsFunc(is.Issuances, func(i Issuance) bool { return i.Site.Policy.OAuth.Imports() })
}

// Grants are the grants through which the bundle issues, sorted.
func (is *Issuer) Grants() []string {
	var out []string
	for _, i := range is.Issuances {
		out = append(out, i.Site.Grants...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
