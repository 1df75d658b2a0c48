package history

import (
	"maps"
	"slices"
	"time"

	"apigee-audit/audit/finding"
)

// account is how the findings of an organization stand, and what changed in the run at hand.
type account struct {
	Standing
	changes Changes
}

// ledger adds up how findings stand, step by step.
type ledger struct {
	all           account
	organizations map[string]*account
	rules         map[string]*RuleStanding
	took          map[finding.Severity][]time.Duration
}

// sum tells how findings stood after each run from the time on that is asked for, and how long it took to fix them.
func (h *History) sum(t *tracker, threads []*thread, asked *Filter) {
	l := &ledger{organizations: map[string]*account{}, rules: map[string]*RuleStanding{}, took: map[finding.Severity][]time.Duration{}}
	for _, o := range h.Organizations {
		l.organizations[o.Name] = &account{}
	}
	for _, r := range h.Rules {
		l.rules[r.ID] = &RuleStanding{RuleID: r.ID}
	}
	byRun := make([][]*stride, len(t.runs))
	for _, th := range threads {
		for i := range th.steps {
			s := &stride{to: &th.steps[i]}
			if i > 0 {
				s.from = &th.steps[i-1]
			}
			byRun[s.to.run] = append(byRun[s.to.run], s)
		}
	}
	for i := range t.runs {
		u := &t.runs[i]
		wanted := !u.at().Before(asked.Since)
		l.open()
		for _, s := range byRun[i] {
			l.take(s, wanted)
		}
		if wanted {
			h.Audits = append(h.Audits, l.audit(u, t.gaps[i]))
		}
	}
	for _, severity := range finding.Severities() {
		if all := l.took[severity]; len(all) > 0 {
			slices.Sort(all)
			h.TimeToFix = append(h.TimeToFix, TimeToFix{severity, len(all), median(all).Hours() / 24, days(all[len(all)-1])})
		}
	}
}

// median is the middle of durations in their order.
func median(all []time.Duration) time.Duration {
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

// stride is a step from the one before, nil where the finding was not known.
type stride struct{ from, to *step }

// open begins a run.
func (l *ledger) open() {
	l.all.changes = Changes{}
	for _, o := range l.organizations {
		o.changes = Changes{}
	}
}

// take adds what a step changes.
func (l *ledger) take(s *stride, wanted bool) {
	organization := l.organizations[s.to.is.Organization]
	for _, a := range []*account{&l.all, organization} {
		a.add(s.from, -1)
		a.add(s.to, 1)
		a.changes.add(s)
	}
	l.rule(s.from, -1)
	l.rule(s.to, 1)
	if s.to.state == Fixed && s.from.state == Open && wanted {
		l.took[s.to.is.Severity] = append(l.took[s.to.is.Severity], s.to.took)
	}
}

// add counts a step, n times.
func (a *account) add(s *step, n int) {
	switch {
	case s == nil:
	case s.state == Accepted:
		a.Accepted += n
	case s.state == Open:
		a.Open.Add(s.is.Severity, n)
		if s.unseen {
			a.NotLookedAt += n
		}
	}
}

// add counts what a step changes.
func (c *Changes) add(s *stride) {
	var from State
	if s.from != nil {
		from = s.from.state
	}
	switch to := s.to.state; {
	case from == to:
	case to == Open && from == "":
		c.New++
	case to == Open && from == Fixed:
		c.Reopened++
	case to == Open:
		c.NoLongerAccepted++
	case to == Fixed && from == Open:
		c.Fixed++
	case to == Accepted && from == Open:
		c.Accepted++
	}
}

func (l *ledger) rule(s *step, n int) {
	if s == nil || s.state != Open {
		return
	}
	r := l.rules[s.is.RuleID]
	r.Open += n
	if s.unseen {
		r.NotLookedAt += n
	}
}

// audit is how everything stands after a run.
func (l *ledger) audit(u *run, gaps map[string]string) Audit {
	a := Audit{
		At: u.at(), Complete: true, MissingShares: u.missing(), Standing: l.all.Standing, Changes: l.all.changes,
		Reports: []string{}, Organizations: []OrganizationStanding{}, Rules: []RuleStanding{},
	}
	for _, r := range u.reports {
		a.Reports, a.Complete = append(a.Reports, r.Name), a.Complete && r.Complete
	}
	a.Complete = a.Complete && len(a.MissingShares) == 0
	for _, name := range slices.Sorted(maps.Keys(l.organizations)) {
		o := l.organizations[name]
		a.Organizations = append(a.Organizations, OrganizationStanding{name, gaps[name], o.Standing, o.changes})
	}
	for _, id := range slices.Sorted(maps.Keys(l.rules)) {
		a.Rules = append(a.Rules, *l.rules[id])
	}
	return a
}
