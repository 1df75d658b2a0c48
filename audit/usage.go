package audit

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// Usage is what analytics tell of the token flows of one proxy in one environment, and no more than that.
type Usage struct {
	Environment *Environment
	Walk        *Walk
	// Issuing and Refreshing are the places where refresh tokens are issued and refreshed.
	Issuing, Refreshing []*Reach

	Total     Calls // to the proxy as a whole
	Issued    Calls // on paths that issue and cannot refresh
	Refreshed Calls // on paths that refresh and cannot issue
	// Shared calls went to paths where tokens are both issued and refreshed: analytics cannot split them.
	Shared Calls
	// Unplaced calls have no path on record and may have been either.
	Unplaced Calls
	// Apart tells that paths and verbs tell every issuing place from every refreshing one.
	Apart bool
	// RefreshFaults are calls that a refresh policy ended with a fault: proof that it was reached.
	RefreshFaults int64
	// Grants are calls by grant type, where a policy of the proxy records it; GrantsBy names the dimension, "" for none.
	Grants   map[string]Calls
	GrantsBy string
	// Partial tells that rows are missing: counts are lower bounds, and zero proves nothing.
	Partial bool
}

// usageKey and tookKey let each question be answered once: rules and findings ask the same ones again and again.
type usageKey struct {
	env  *Environment
	walk *Walk
}

type tookKey struct {
	place                  *Reach
	basePath, suffix, verb string
}

// took is takes, remembered.
func (rt *Runtime) took(r *Reach, c row) bool {
	key := tookKey{r, c.basePath, c.suffix, c.verb}
	answer, known := rt.taken[key]
	if !known {
		answer = r.takes(c)
		rt.taken[key] = answer
	}
	return answer
}

// Usage counts the calls of a proxy in an environment; nil where traffic was not asked for or could not be read.
func (f *Facts) Usage(e *Environment, w *Walk) *Usage {
	if f.Runtime == nil || f.Runtime.traffic[e.Name] == nil {
		return nil
	}
	key := usageKey{e, w}
	if u := f.Runtime.usages[key]; u != nil {
		return u
	}
	u := f.count(e, w)
	f.Runtime.usages[key] = u
	return u
}

func (f *Facts) count(e *Environment, w *Walk) *Usage {
	t := f.Runtime.traffic[e.Name]
	u := &Usage{Environment: e, Walk: w, Apart: true, Partial: t.partial}
	u.Issuing, u.Refreshing = tokenPlaces(w)
	proxy := w.Unit.Revision.Name
	if total := t.totals[proxy]; total != nil {
		u.Total = *total
	}
	for _, i := range u.Issuing {
		u.Apart = u.Apart && !slices.ContainsFunc(u.Refreshing, func(r *Reach) bool { return !i.apart(r) })
	}
	for _, c := range t.rows[proxy] {
		takes := func(r *Reach) bool { return f.Runtime.took(r, c) }
		issues, refreshes := slices.ContainsFunc(u.Issuing, takes), slices.ContainsFunc(u.Refreshing, takes)
		switch {
		case issues && refreshes && (c.suffix == apigee.NotSet || c.verb == apigee.NotSet || c.basePath == apigee.NotSet):
			u.Unplaced.join(c.Calls)
		case issues && refreshes:
			u.Shared.join(c.Calls)
		case issues:
			u.Issued.join(c.Calls)
		case refreshes:
			u.Refreshed.join(c.Calls)
		}
	}
	counted := map[string]bool{}
	for _, r := range u.Refreshing {
		// Where the flow goes on after a fault, the call does not end in it and is not on record.
		if p := r.Policy; !p.ContinueOnError && !counted[p.Name] {
			counted[p.Name] = true
			u.RefreshFaults += t.faults[faultKey{proxy, p.Name}]
		}
	}
	u.readGrants(t, proxy)
	return u
}

// readGrants takes the first dimension that records the grants of refreshing calls too.
func (u *Usage) readGrants(t *envTraffic, proxy string) {
	records := u.Walk.grantRecords()
	if len(records) == 0 {
		return
	}
	u.GrantsBy, u.Grants = records[0], map[string]Calls{}
	for key, c := range t.grants {
		if key.proxy == proxy && key.dimension == records[0] {
			u.Grants[key.grant] = *c
		}
	}
}

// tokenPlaces are the places of a walk where refresh tokens are issued and refreshed.
func tokenPlaces(w *Walk) (issuing, refreshing []*Reach) {
	for _, r := range w.Reaches {
		switch {
		case r.at == nil:
		case r.Issues():
			issuing = append(issuing, r)
		case r.Refreshes():
			refreshing = append(refreshing, r)
		}
	}
	return issuing, refreshing
}

// grantRecords are the dimensions of analytics in which the walk records grant types, of refreshing calls as well as of
// others, in the order of the walk.
func (w *Walk) grantRecords() []string {
	var out []string
	for _, r := range w.Reaches {
		if r.Policy.GrantRecord == "" || r.at == nil || slices.Contains(out, r.Policy.GrantRecord) {
			continue
		}
		refresh := condition.Equal(condition.Symbol(r.Policy.recordedGrant), "refresh_token")
		if condition.Satisfiable(passing(r.at.way(), condition.Symbol), refresh) {
			out = append(out, r.Policy.GrantRecord)
		}
	}
	return out
}
