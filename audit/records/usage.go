package records

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// Usage is what analytics tell of the token flows of one proxy in one environment, and no more than that.
type Usage struct {
	Environment *flow.Environment
	Trace       *flow.Trace
	// Issuing and Refreshing are the places where refresh tokens are issued and refreshed.
	Issuing, Refreshing []*flow.Site

	Total     finding.Calls // to the proxy as a whole
	Issued    finding.Calls // on paths that issue and cannot refresh
	Refreshed finding.Calls // on paths that refresh and cannot issue
	// Shared calls went to paths where tokens are both issued and refreshed: analytics cannot split them.
	Shared finding.Calls
	// Unplaced calls have no path on record and may have been either.
	Unplaced finding.Calls
	// Apart reports whether paths and verbs tell every issuing place from every refreshing one.
	Apart bool
	// RefreshFaults are calls that a refresh policy ended with a fault: proof that it was reached.
	RefreshFaults int64
	// Grants are calls by grant type, where a policy of the proxy records it; GrantsBy names the dimension, "" for none.
	Grants   map[string]finding.Calls
	GrantsBy string
	// Partial reports whether rows are missing: counts are lower bounds, and zero proves nothing.
	Partial bool
}

// Usage is what was counted of a proxy in an environment; nil where traffic was not asked for or could not be read.
func (rec *Records) Usage(e *flow.Environment, w *flow.Trace) *Usage {
	if rec == nil {
		return nil
	}
	return rec.usages[visited{e, w}]
}

// HasUsage reports whether the calls of any proxy were counted.
func (rec *Records) HasUsage() bool { return rec != nil && len(rec.usages) > 0 }

// countAll counts the calls of every proxy wherever traffic was read.
func (rec *Records) countAll() map[visited]*Usage {
	usages, passed := map[visited]*Usage{}, passings{}
	for _, e := range rec.facts.Environments {
		if rec.traffic[e.Name] == nil {
			continue
		}
		for _, w := range e.Traces() {
			usages[visited{e, w}] = rec.count(e, w, passed)
		}
	}
	return usages
}

// passing is the question whether calls of a row can have passed a place.
type passing struct {
	place                  *flow.Site
	basePath, suffix, verb string
}

// passings answers each such question once, because the same ones come again in every environment and for every finding.
// It belongs to the one who asks, and is no part of the records.
type passings map[passing]bool

func (answers passings) of(c row, r *flow.Site) bool {
	question := passing{r, c.basePath, c.suffix, c.verb}
	answer, known := answers[question]
	if !known {
		answer = r.Matches(c.basePath, c.suffix, c.verb)
		answers[question] = answer
	}
	return answer
}

func (rec *Records) count(e *flow.Environment, w *flow.Trace, passed passings) *Usage {
	t := rec.traffic[e.Name]
	u := &Usage{Environment: e, Trace: w, Apart: true, Partial: t.partial}
	u.Issuing, u.Refreshing = w.TokenPlaces()
	proxy := w.Program.Revision.Name
	if total := t.totals[proxy]; total != nil {
		u.Total = *total
	}
	for _, i := range u.Issuing {
		u.Apart = u.Apart && !slices.ContainsFunc(u.Refreshing, func(r *flow.Site) bool { return !i.Apart(r) })
	}
	for _, c := range t.rows[proxy] {
		takes := func(r *flow.Site) bool { return passed.of(c, r) }
		issues, refreshes := slices.ContainsFunc(u.Issuing, takes), slices.ContainsFunc(u.Refreshing, takes)
		switch {
		case issues && refreshes && (c.suffix == apigee.NotSet || c.verb == apigee.NotSet || c.basePath == apigee.NotSet):
			u.Unplaced.Join(c.Calls)
		case issues && refreshes:
			u.Shared.Join(c.Calls)
		case issues:
			u.Issued.Join(c.Calls)
		case refreshes:
			u.Refreshed.Join(c.Calls)
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
	records := u.Trace.GrantRecords()
	if len(records) == 0 {
		return
	}
	u.GrantsBy, u.Grants = records[0], t.grants[recordedBy{proxy, records[0]}]
}
