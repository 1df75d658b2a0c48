package flow

import (
	"slices"

	"apigee-audit/apigee/condition"
	"apigee-audit/audit/finding"
)

// Beside is the neighbourhood of the step that attaches an issuing policy, as far as it decides where a refresh step can go.
type Beside struct {
	Step finding.Hop // the issuing step
	Flow finding.Hop // the flow or endpoint around it
	// Refusing is the outermost thing around the step whose condition lets no refresh request in, nil for none.
	Refusing *finding.Hop
	// Takes reports whether the issuing step runs for refresh requests too, and faults on them.
	Takes bool
	// Suffixes are the path suffixes that the conditions around the step ask for, as patterns.
	Suffixes []string
}

// Beside looks around the place for where requests with grant type refresh_token get to, given the variable that holds the
// grant type. It reports false where the way to the place is not known.
func (r *Site) Beside(variable string) (b Beside, ok bool) {
	if r.at == nil || r.at.step == nil {
		return Beside{}, false
	}
	b.Step, b.Flow = r.at.hop(), r.Flow()
	refresh := condition.Equal(free(canonical(variable)), grantRefreshToken)
	for f := r.at.outer; f != nil; f = f.outer {
		cond := f.cond()
		if cond == nil {
			continue
		}
		if !condition.Satisfiable(bindAll([]*condition.Expr{cond}, ""), refresh) {
			h := f.hop()
			b.Refusing = &h
		}
		if len(b.Suffixes) == 0 {
			b.Suffixes = cond.Requires(pathSuffix)
		}
	}
	if o := r.Policy.OAuth; b.Refusing == nil && o != nil && o.checksGrant() && !r.Policy.ContinueOnError && !slices.Contains(o.Grants, grantRefreshToken) {
		b.Takes = condition.Satisfiable(bindAll(r.way.conds(), ""), refresh)
	}
	return b, true
}

// GrantVariable is the variable in which an OAuthV2 policy finds the grant type.
func (o *OAuthV2) GrantVariable() string { return o.grantVariable() }

// EntryHop is the flow that a call of a shared flow runs.
func (u *Program) EntryHop() finding.Hop {
	for _, e := range u.entries() {
		return (&frame{stage: &stage{program: u, endpoint: e}}).hop()
	}
	return finding.Hop{What: finding.HopSharedFlow, Named: u.Revision.Name, Kind: u.Revision.Kind, Name: u.Revision.Name, Source: u.Revision.Root}
}

// Where lists the environments in which the program is deployed, in order.
func (f *Facts) Where(u *Program) []string {
	var out []string
	for _, e := range f.Environments {
		if e.Has(u) {
			out = append(out, e.Name)
		}
	}
	return out
}
