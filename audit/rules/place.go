package rules

import (
	"fmt"
	"iter"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// place is one policy at one place of one proxy's flows.
type place struct {
	env *flow.Environment
	// others are further environments in which the proxy's flows come to the same: what is said of a place is true of all of them.
	others []*flow.Environment
	trace  *flow.Trace
	site   *flow.Site
}

// policyIn is a policy in one environment, at whichever of its places.
type policyIn struct {
	env    *flow.Environment
	policy *flow.Policy
}

func (at place) policyIn() policyIn { return policyIn{at.env, at.site.Policy} }

// always is for rules of which any bundle may change what they say of others.
func always(*flow.Facts) bool { return true }

// places yields every policy in scope that can run, wherever it can, until the audit has to end.
func places(f *flow.Facts) iter.Seq[place] { return placesOn(f, f.WalksInScope()) }

// tokenPlaces yields at least those of the places where something is done to tokens.
func tokenPlaces(f *flow.Facts) iter.Seq[place] { return placesOn(f, f.TokenWalksInScope()) }

// placesByEnvironment and tokenPlacesByEnvironment yield them one environment after the other, for rules that have something else to say
// in each.
func placesByEnvironment(f *flow.Facts) iter.Seq[place] { return placesOn(f, alone(f.TracesInScope())) }

func tokenPlacesByEnvironment(f *flow.Facts) iter.Seq[place] {
	return placesOn(f, alone(f.TokenTracesInScope()))
}

func alone(walks iter.Seq2[*flow.Environment, *flow.Trace]) iter.Seq2[[]*flow.Environment, *flow.Trace] {
	return func(yield func([]*flow.Environment, *flow.Trace) bool) {
		for e, w := range walks {
			if !yield([]*flow.Environment{e}, w) {
				return
			}
		}
	}
}

func placesOn(f *flow.Facts, walks iter.Seq2[[]*flow.Environment, *flow.Trace]) iter.Seq[place] {
	return func(yield func(place) bool) {
		for in, w := range walks {
			for _, r := range f.SitesInScope(w) {
				if f.Over() || !yield(place{in[0], in[1:], w, r}) {
					return
				}
			}
		}
	}
}

// tokenPolicies yields the places where refresh tokens are issued or refreshed, with what the policy says.
func tokenPolicies(f *flow.Facts) iter.Seq2[place, *flow.OAuthV2] {
	return tokenPoliciesAt(tokenPlaces(f))
}

func tokenPoliciesAt(places iter.Seq[place]) iter.Seq2[place, *flow.OAuthV2] {
	return func(yield func(place, *flow.OAuthV2) bool) {
		for at := range places {
			if o := at.site.Policy.OAuth; o != nil && (at.site.Issues() || o.Refreshes()) && !yield(at, o) {
				return
			}
		}
	}
}

// diagnostic begins a diagnostic that points at an element of the policy, with the path that leads to it. An unknown span
// points at the policy as a whole.
func (at place) diagnostic(element string, span xmltree.Span) audit.Diagnostic {
	p := at.site.Policy
	d := audit.Diagnostic{
		Policy: p, Element: element, Span: span, Confidence: finding.HighConfidence,
		Site: at.site, Deployments: p.Program.DeployedIn(at.env),
	}
	for _, e := range at.others {
		d.Deployments = append(d.Deployments, p.Program.DeployedIn(e)...)
	}
	return d
}

// name is the policy in words: `OAuthV2 "Issue"`.
func (at place) name() audit.Own { return ownPolicy(at.site.Policy) }

// ownPolicy is the policy that a finding is about.
func ownPolicy(p *flow.Policy) audit.Own {
	return audit.Own{Name: fmt.Sprintf("%s %q", p.Type, p.Name), What: "the " + p.Type + " policy"}
}

// lower makes a diagnostic less sure and says why.
func lower(d *audit.Diagnostic, c finding.Confidence, format string, args ...any) {
	d.Confidence = min(d.Confidence, c)
	d.Message.Add(format, args...)
}

// doubtIssuing makes a diagnostic less sure where the policy may issue nothing.
func (at place) doubtIssuing(d *audit.Diagnostic) {
	o := at.site.Policy.OAuth
	if c, why := o.Confidence(); o.Generates() && c < finding.HighConfidence {
		lower(d, c, "The policy may issue nothing: %s.", why)
	}
}
