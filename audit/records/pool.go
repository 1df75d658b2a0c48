package records

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// Pool are the refreshers of one environment, or those of all others. Most proxies that issue there are alike to what may tie a
// refresher to them, and share one list of the candidates in their order: an organization can have thousands of both.
type Pool struct {
	All    []Candidate // not to be changed
	sides  []*Refreshing
	graded map[string]*graded
	// What the candidates can be tied by.
	names, paths, families map[string]bool
}

// graded are the candidates for issuing proxies that are alike.
type graded struct {
	candidates []Candidate
	tied       []bool // of the issuing proxies
}

// NewPool makes a pool of some refreshers.
func (t *Ties) NewPool(all []Candidate) *Pool {
	p := &Pool{All: all, graded: map[string]*graded{}, names: map[string]bool{}, paths: map[string]bool{}, families: map[string]bool{}}
	for _, r := range all {
		if u := r.Trace.Program.Revision; u.Kind == apigee.KindProxy {
			p.names[u.Name] = true
		}
		side := t.Refreshing(r.Refresher)
		p.sides = append(p.sides, side)
		for _, path := range side.paths.refreshing {
			p.paths[path] = true
		}
		for _, family := range side.paths.refreshingIn {
			p.families[family] = true
		}
	}
	return p
}

// Choose are the refreshers of a pool that clients of the proxies through which a bundle issues in an environment can use, as far as
// API products can tell, best tied first, and those proxies to which none is tied. The list is shared, and not to be changed.
func (t *Ties) Choose(p *Pool, e *flow.Environment, issuing []*flow.Trace) (candidates []Candidate, untied []*flow.Trace) {
	key := t.likeness(p, e, issuing)
	g := p.graded[key]
	if g == nil {
		g = t.grade(p, e, issuing)
		p.graded[key] = g
	}
	for k, w := range issuing {
		if !g.tied[k] {
			untied = append(untied, w)
		}
	}
	return g.candidates, untied
}

// likeness is all of issuing proxies that may tie one of the pool to them, or keep one from being used.
func (t *Ties) likeness(p *Pool, e *flow.Environment, issuing []*flow.Trace) string {
	var b strings.Builder
	for _, w := range issuing {
		fmt.Fprintf(&b, "%v\n", t.products.opens(e.Name, w))
		spoken := t.speaks(e, w)
		note(&b, spoken.proxies, p.names)
		note(&b, spoken.paths, p.paths)
		for _, family := range t.paths(w).issuingIn {
			if p.families[family] {
				fmt.Fprintf(&b, "%q ", family)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// note writes the ties by what is wanted of them.
func note(b *strings.Builder, ties map[string]finding.Tie, wanted map[string]bool) {
	var found []string
	for by, tie := range ties {
		if wanted[by] {
			found = append(found, fmt.Sprintf("%q %s %q ", by, tie.Kind, tie.Words))
		}
	}
	slices.Sort(found)
	b.WriteString(strings.Join(found, "") + "\n")
}
