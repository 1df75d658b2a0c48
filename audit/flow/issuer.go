package flow

import (
	"cmp"
	"maps"
	"slices"
	"sync"

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
func (e *Environment) Issuers() []*Issuer { return e.issuers() }

// Issuer is a program that issues in the environment, nil where it does not.
func (e *Environment) Issuer(u *Program) *Issuer {
	is, known := e.issuing[u]
	if known || e.before == nil {
		return is
	}
	if was := e.before.issuing[u]; was != nil {
		return &Issuer{e, u, was.Issuances}
	}
	return nil
}

// IssuesThrough reports whether refresh tokens are issued through a proxy in the environment.
func (e *Environment) IssuesThrough(proxy apigee.Ref) bool { return e.through.has(proxy) }

// countIssues counts a walk so many times if it issues.
func (e *Environment) countIssues(w *Trace, n int) {
	if slices.ContainsFunc(w.Sites, (*Site).Issues) {
		e.through.add(w.Program.Revision.Ref(), n)
	}
}

// noteIssuers indexes the issuing policies that the walks can run.
func (e *Environment) noteIssuers() {
	e.issuing = map[*Program]*Issuer{}
	var all []*Issuer
	for w := range e.handlingTraces() {
		e.countIssues(w, 1)
		for _, r := range w.Sites {
			if !r.Issues() {
				continue
			}
			u := r.Policy.Program
			is := e.issuing[u]
			if is == nil {
				is = &Issuer{Environment: e, Program: u}
				e.issuing[u] = is
				all = append(all, is)
			}
			is.Issuances = append(is.Issuances, Issuance{w, r})
		}
	}
	for _, is := range all {
		slices.SortStableFunc(is.Issuances, compareIssuances)
	}
	slices.SortFunc(all, compareIssuers)
	e.issuers = func() []*Issuer { return all }
}

// noteIssuersAgain is noteIssuers where some walks have others in their place: those through whose walks nothing came or went issue as
// they did before. position says where walks were in Traces.
func (e *Environment) noteIssuersAgain(position map[*Trace]int) {
	e.issuing = map[*Program]*Issuer{}
	since := map[*Program][]Issuance{} // in the order of the walks
	walked := map[*Trace]int{}
	for _, i := range slices.Sorted(maps.Keys(e.walks.instead)) {
		for _, r := range e.walks.items[i].Sites {
			if r.Issues() {
				e.issuing[r.Policy.Program] = nil
			}
		}
		now := e.walks.instead[i]
		walked[now] = i
		e.countIssues(e.walks.items[i], -1)
		e.countIssues(now, 1)
		for _, r := range now.Sites {
			if u := r.Policy.Program; r.Issues() {
				e.issuing[u], since[u] = nil, append(since[u], Issuance{now, r})
			}
		}
	}
	for u := range e.issuing {
		all := since[u]
		slices.SortStableFunc(all, compareIssuances)
		if was := e.before.issuing[u]; was != nil {
			stay := keep(was.Issuances, func(i Issuance) bool { return e.walks.instead[position[i.Trace]] == nil })
			all = merge(stay, all, func(a, b Issuance) int {
				return cmp.Or(compareIssuances(a, b), cmp.Compare(position[a.Trace], walked[b.Trace]))
			})
		}
		if len(all) > 0 {
			e.issuing[u] = &Issuer{e, u, all}
		}
	}
	e.issuers = sync.OnceValue(e.listIssuers)
}

// merge makes one sorted list of two.
func merge[T any](a, b []T, compare func(a, b T) int) []T {
	out := make([]T, 0, len(a)+len(b))
	for _, item := range b {
		i, _ := slices.BinarySearchFunc(a, item, compare)
		out, a = append(append(out, a[:i]...), item), a[i:]
	}
	return append(out, a...)
}

// listIssuers lists them where there is a before.
func (e *Environment) listIssuers() []*Issuer {
	var all []*Issuer
	for _, is := range e.before.Issuers() {
		if _, other := e.issuing[is.Program]; !other {
			all = append(all, &Issuer{e, is.Program, is.Issuances})
		}
	}
	for _, is := range e.issuing {
		if is != nil {
			all = append(all, is)
		}
	}
	slices.SortFunc(all, compareIssuers)
	return all
}

// issues reports whether anything issues in the environment.
func (e *Environment) issues() bool {
	if e.before == nil {
		return len(e.issuing) > 0
	}
	n := len(e.before.issuing)
	for u, is := range e.issuing {
		if is != nil {
			return true
		}
		if e.before.issuing[u] != nil {
			n--
		}
	}
	return n > 0
}

func compareIssuers(a, b *Issuer) int { return ComparePrograms(a.Program, b.Program) }

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
		out = append(out, i.Site.Grants()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
