package flow

import (
	"slices"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Trace is what the flows of one deployed proxy really do in one environment: which policies can run, on which way, and
// why others cannot. Policies of called shared flows and of the environment's flow hooks are part of it.
type Trace struct {
	Program *Program
	// Presumed reports whether the entry is a shared flow whose callers are not in sight (offline scans only).
	Presumed bool
	// Simplified reports whether the budget of the bundle did not suffice, and that conditions were taken as possible then.
	Simplified bool
	Sites      []*Site
	// HandlesTokens reports whether anything is issued, refreshed, read or revoked at any of them, which most proxies of an
	// organization do not.
	HandlesTokens bool

	refresh  *Site              // the first that refreshes, nil for none
	chained  []Address          // where the running flows hand requests over
	dead     map[*Policy]Reason // nil for none, as for most proxies
	programs []*Program
	routed   []*endpoint // one or two
	external bool        // a route leads to a URL or an integration
	response bool        // the walker is in the response phase
	writers  []*Site     // of policies that may set a variable
	ways     ways
	flows    flowIndex
	effort   int64 // that the walk took
	refused  refused
}

// Site is one place where a policy can run.
type Site struct {
	Policy *Policy
	// Order counts steps in the order of the walk.
	Order int32
	// Response reports whether it runs in the response phase.
	Response bool

	// onlyRefreshes tells a policy without Operation that no request but one to refresh can reach here.
	onlyRefreshes bool
	grants        grantSet // see Grants
	// at is the step that attaches the policy here, nil where the way does not matter.
	at   *frame
	spot *spot
	way  *way
}

// Grants are the grants through which a generating policy can issue refresh tokens here, sorted.
func (r *Site) Grants() []string { return r.grants.list() }

// grantSet is a set of [OAuthV2.RefreshableGrants], in a byte because an organization has millions of places.
type grantSet uint8

const (
	byAuthorizationCode grantSet = 1 << iota
	byPassword
)

func (g grantSet) list() []string {
	var out []string
	if g&byAuthorizationCode != 0 {
		out = append(out, GrantAuthorizationCode)
	}
	if g&byPassword != 0 {
		out = append(out, GrantPassword)
	}
	return out
}

// add adds a grant to the set.
func (g *grantSet) add(grant string) {
	switch grant {
	case GrantAuthorizationCode:
		*g |= byAuthorizationCode
	case GrantPassword:
		*g |= byPassword
	}
}

// Issues reports whether refresh tokens come into being here.
func (r *Site) Issues() bool {
	o := r.Policy.OAuth
	return o != nil && (r.grants != 0 || o.Imports())
}

// Refreshes reports whether a refresh operation runs here.
func (r *Site) Refreshes() bool {
	o := r.Policy.OAuth
	return o.Refreshes() && !o.OperationMissing
}

// MayRefresh reports whether a policy runs here that has no Operation and refreshes, if anything.
func (r *Site) MayRefresh() bool {
	o := r.Policy.OAuth
	return o != nil && o.OperationMissing && (o.Refreshes() || r.onlyRefreshes)
}

// dies notes why a policy cannot run at a place. Of several places the first one counts.
func (w *Trace) dies(p *Policy, why func() Reason) {
	if _, known := w.dead[p]; known {
		return
	}
	if w.dead == nil {
		w.dead = map[*Policy]Reason{}
	}
	w.dead[p] = why()
}

// record takes in a place where a policy can run.
func (w *Trace) record(r *Site) {
	w.Sites = append(w.Sites, r)
	if len(r.Policy.writes()) > 0 {
		w.writers = append(w.writers, r)
	}
}

func (w *Trace) addProgram(u *Program) {
	if !slices.Contains(w.programs, u) {
		w.programs = append(w.programs, u)
	}
}

// conclude notes what is asked of a walk again and again, once it is over.
func (w *Trace) conclude() {
	w.HandlesTokens = slices.ContainsFunc(w.Sites, func(r *Site) bool { return r.Policy.operatesOnTokens() })
	w.refresh, w.chained = w.first((*Site).Refreshes), w.chains()
	w.Sites, w.writers = slices.Clone(w.Sites), slices.Clone(w.writers) // without the room to grow
	w.ways.all, w.ways.spots = nil, nil
}

// Reached reports whether a policy can run in this walk.
func (w *Trace) Reached(p *Policy) bool {
	return slices.ContainsFunc(w.Sites, func(r *Site) bool { return r.Policy == p })
}

// Refresh is the first place where a refresh token can be refreshed through Apigee, nil when there is none.
func (w *Trace) Refresh() *Site { return w.refresh }

// MayRefresh is the first place of a policy without Operation that may refresh, nil when there is none.
func (w *Trace) MayRefresh() *Site { return w.first((*Site).MayRefresh) }

func (w *Trace) first(is func(*Site) bool) *Site {
	if i := slices.IndexFunc(w.Sites, is); i >= 0 {
		return w.Sites[i]
	}
	return nil
}

// WhyDead explains why a policy of the walk's bundles cannot run.
func (w *Trace) WhyDead(p *Policy) Reason {
	if why, ok := w.dead[p]; ok {
		return why
	}
	for _, e := range p.Program.endpoints {
		if e.Role == bundle.TargetEndpoint && !slices.Contains(w.routed, e) && e.attaches(p) {
			return Reason{Kind: finding.CauseNoRoute, Text: "no route leads to target endpoint " + text.Quote(e.Name), At: (&frame{stage: &stage{program: p.Program, endpoint: e}}).hop()}
		}
	}
	for _, e := range p.Program.endpoints {
		if e.attaches(p) {
			if !p.Enabled {
				return p.disabled()
			}
			return Reason{Kind: finding.CauseUnreached, Text: "no request gets to the steps that attach it", At: p.Hop()}
		}
	}
	if why, ok := p.astray(); ok {
		return why
	}
	why := Reason{Kind: finding.CauseUnattached, Text: "no step attaches it", At: p.Hop()}
	if !p.Enabled {
		why.Text += ", and it is disabled (enabled=\"false\")"
	}
	return why
}

// attaches reports whether any step of the endpoint names the policy.
func (e *endpoint) attaches(p *Policy) bool {
	has := func(list []step) bool {
		return slices.ContainsFunc(list, func(s step) bool { return s.policy == p })
	}
	inFlow := func(f *flow) bool { return has(f.request) || has(f.response) }
	inFault := func(f faultRule) bool { return has(f.steps) }
	return has(e.steps) || slices.ContainsFunc(e.eachFlow(), inFlow) ||
		slices.ContainsFunc(e.faultRules, inFault) || e.defaultFault != nil && inFault(*e.defaultFault)
}

// Placed reports whether the way to the place is known, which it is where it can matter to a finding.
func (r *Site) Placed() bool { return r.at != nil }
