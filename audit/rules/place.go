package rules

import (
	"fmt"
	"iter"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// place is one policy at one place of one proxy's flows in one environment.
type place struct {
	env   *audit.Environment
	walk  *audit.Walk
	reach *audit.Reach
}

// policyIn is a policy in one environment, at whichever of its places.
type policyIn struct {
	env    *audit.Environment
	policy *audit.Policy
}

func (at place) policyIn() policyIn { return policyIn{at.env, at.reach.Policy} }

// places yields every policy that can run, wherever it can, until the audit has to end.
func places(f *audit.Facts) iter.Seq[place] {
	return func(yield func(place) bool) {
		for _, e := range f.Environments {
			for _, w := range e.Walks {
				for _, r := range w.Reaches {
					if f.Over() || !yield(place{e, w, r}) {
						return
					}
				}
			}
		}
	}
}

// tokenPolicies yields the places where refresh tokens are issued or refreshed, with what the policy says.
func tokenPolicies(f *audit.Facts) iter.Seq2[place, *audit.OAuthV2] {
	return func(yield func(place, *audit.OAuthV2) bool) {
		for at := range places(f) {
			if o := at.reach.Policy.OAuth; o != nil && (at.reach.Issues() || o.Refreshes()) && !yield(at, o) {
				return
			}
		}
	}
}

// diagnostic begins a diagnostic that points at an element of the policy, with the path that leads to it. An unknown span
// points at the policy as a whole.
func (at place) diagnostic(element string, span apigee.Span) audit.Diagnostic {
	p := at.reach.Policy
	return audit.Diagnostic{
		Policy: p, Element: element, Span: span, Confidence: audit.HighConfidence,
		Path: at.reach.Path(), Deployments: deployed(at.env, p.Unit),
	}
}

// name is the policy in words: `OAuthV2 "Issue"`.
func (at place) name() string {
	return fmt.Sprintf("%s %q", at.reach.Policy.Type, at.reach.Policy.Name)
}

// lower makes a diagnostic less sure and says why.
func lower(d *audit.Diagnostic, c audit.Confidence, format string, args ...any) {
	d.Confidence = min(d.Confidence, c)
	d.Message += " " + fmt.Sprintf(format, args...)
}

// doubtIssuing makes a diagnostic less sure where the policy may issue nothing.
func (at place) doubtIssuing(d *audit.Diagnostic) {
	o := at.reach.Policy.OAuth
	if c, why := o.Confidence(); o.Generates() && c < audit.HighConfidence {
		lower(d, c, "The policy may issue nothing: %s.", why)
	}
}
