package history

import (
	"cmp"
	"slices"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// thread is one finding through all runs.
type thread struct {
	is        *finding.Finding // as a report described it last
	asked     *report.Scope    // of the audit that made that report
	gap       string           // why the last run did not look at it, "" where it did
	firstSeen time.Time
	lastSeen  time.Time // zero where only a baseline knew it
	openSince time.Time
	reopened  int
	older     bool // the first audit of its organization saw it
	steps     []step

	// Of the run at hand: what it shows of the finding, and whether it said itself that it did not look.
	seen      *sighting
	takenOver bool
}

// step is how a finding stands from a run on.
type step struct {
	run    int
	at     time.Time
	is     *finding.Finding
	state  State         // [Open], [Accepted] or [Fixed], as it was known last
	unseen bool          // the run did not look
	took   time.Duration // from when it was open to when it was fixed
}

// sighting is a finding as a report shows it.
type sighting struct {
	is *finding.Finding
	in *Report
}

// identity is what makes findings the same.
type identity struct{ organization, fingerprint string }

// tracker follows findings from run to run.
type tracker struct {
	runs    []run
	threads []*thread
	known   map[identity]*thread
	looked  map[string]Organization // by name
	gaps    []map[string]string     // by run and organization, why it was not looked at as a whole
}

func newTracker(runs []run) *tracker {
	return &tracker{runs: runs, known: map[identity]*thread{}, looked: map[string]Organization{}}
}

// follow takes what a run shows, and what it would show and does not.
func (t *tracker) follow(i int) {
	u := &t.runs[i]
	for j := range u.reports {
		r := &u.reports[j]
		for _, f := range r.Findings {
			th := t.threadOf(f)
			if th == nil {
				th = t.start(f, r.StartedAt)
			}
			th.see(f, r)
		}
	}
	for j := range u.reports {
		t.takeOver(u, &u.reports[j])
	}
	sees := views{u, map[string][]Report{}, map[*report.Document]*report.View{}}
	for _, th := range t.threads {
		switch {
		case th.seen != nil:
			th.shown(i)
		case th.takenOver:
			th.takenOver = false
			th.stands(step{run: i, at: u.at(), is: th.is, state: Open, unseen: true})
		case th.state() != Fixed:
			th.notShown(sees.blindTo(th), i, sees.lookedAt(th.is.Organization))
		}
	}
	t.note(u, sees)
}

// threadOf is the thread of a finding, nil where it is seen for the first time. Rules that were one once share fingerprints: what a
// policy has of both counts once, as it does in a comparison.
func (t *tracker) threadOf(f *finding.Finding) *thread {
	for _, fp := range []string{f.SharedFingerprint, f.Fingerprint} {
		if th := t.known[identity{f.Organization, fp}]; fp != "" && th != nil {
			t.knows(th, f)
			return th
		}
	}
	return nil
}

// knows notes that a finding is of a thread, whichever of its fingerprints comes up.
func (t *tracker) knows(th *thread, f *finding.Finding) {
	for _, fp := range []string{f.Fingerprint, f.SharedFingerprint} {
		if key := (identity{f.Organization, fp}); fp != "" && t.known[key] == nil {
			t.known[key] = th
		}
	}
}

// start begins a thread.
func (t *tracker) start(f *finding.Finding, at time.Time) *thread {
	th := &thread{is: f, firstSeen: at.UTC(), older: t.looked[f.Organization].FirstAudit.IsZero()}
	if !f.FirstSeen.IsZero() && f.FirstSeen.Before(at) {
		th.firstSeen = f.FirstSeen.UTC()
	}
	th.openSince = th.firstSeen
	if _, known := t.looked[f.Organization]; !known {
		t.looked[f.Organization] = Organization{Name: f.Organization}
	}
	t.threads = append(t.threads, th)
	t.knows(th, f)
	return th
}

// takeOver begins threads of what the baseline of a report knew and the run did not look at.
func (t *tracker) takeOver(u *run, r *Report) {
	for _, f := range r.NotLookedAt {
		looked := slices.ContainsFunc(u.reports, func(other Report) bool { return other.looksAt(f.Organization) })
		if looked && !r.looksAt(f.Organization) || t.threadOf(f) != nil {
			continue
		}
		th := t.start(f, r.StartedAt)
		th.gap, th.takenOver = "only a baseline knew it", true
	}
}

// note notes which organizations the run looked at.
func (t *tracker) note(u *run, sees views) {
	for _, r := range u.reports {
		for i := range r.Organizations {
			o := t.looked[r.Organizations[i].Name]
			o.Name = r.Organizations[i].Name
			t.looked[o.Name] = o
		}
	}
	gaps := map[string]string{}
	for name, o := range t.looked {
		if gap := sees.blindToOrganization(name); gap != "" {
			gaps[name] = gap
			continue
		}
		o.LastAudit = sees.lookedAt(name)
		if o.FirstAudit.IsZero() {
			o.FirstAudit = o.LastAudit
		}
		t.looked[name] = o
	}
	t.gaps = append(t.gaps, gaps)
}

// views answer what the reports of a run would show.
type views struct {
	run  *run
	on   map[string][]Report // by organization, as far as it was asked for
	made map[*report.Document]*report.View
}

// about are the reports of the run on an organization, all of them where none is.
func (s views) about(organization string) []Report {
	on, known := s.on[organization]
	if !known {
		on = s.run.about(organization)
		s.on[organization] = on
	}
	return on
}

// lookedAt is when the run looked at an organization, or when it started, where it did not.
func (s views) lookedAt(organization string) time.Time {
	return s.about(organization)[0].StartedAt.UTC()
}

// ask asks the reports on an organization why they are blind; "" where one of them is not.
func (s views) ask(organization string, why func(*report.View) string) (first string) {
	for i, r := range s.about(organization) {
		v := s.made[r.Document]
		if v == nil {
			v = report.NewView(r.Document)
			s.made[r.Document] = v
		}
		said := why(v)
		if said == "" {
			return ""
		}
		if i == 0 {
			first = said
		}
	}
	return first
}

func (s views) blindTo(th *thread) string {
	return s.ask(th.is.Organization, func(v *report.View) string { return v.BlindTo(th.is, th.asked) })
}

func (s views) blindToOrganization(name string) string {
	return s.ask(name, func(v *report.View) string { return v.BlindToOrganization(name) })
}

// state is how the finding stands, "" at the beginning.
func (th *thread) state() State {
	if len(th.steps) == 0 {
		return ""
	}
	return th.steps[len(th.steps)-1].state
}

// see notes that a report has the finding. Where it is accepted in part it is open, and of two rules' findings the severer counts.
func (th *thread) see(f *finding.Finding, in *Report) {
	if th.seen == nil || compareSightings(f, th.seen.is) < 0 {
		th.seen = &sighting{f, in}
	}
}

func compareSightings(a, b *finding.Finding) int {
	if a == b {
		return 0
	}
	accepted := func(f *finding.Finding) int {
		if f.Status == finding.StatusSuppressed {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(accepted(a), accepted(b)), finding.Compare(*a, *b))
}

// shown takes what the run shows of the finding.
func (th *thread) shown(run int) {
	f, r := th.seen.is, th.seen.in
	th.is, th.asked, th.gap, th.lastSeen, th.seen = f, r.ScopeOf(f.Organization), "", r.StartedAt.UTC(), nil
	if th.state() == Fixed {
		th.reopened++
		th.openSince = th.lastSeen
	}
	s := step{run: run, at: th.lastSeen, is: f, state: Open}
	if f.Status == finding.StatusSuppressed {
		s.state = Accepted
	}
	th.stands(s)
}

// notShown takes why the run does not show the finding, "" for that it is gone.
func (th *thread) notShown(gap string, run int, at time.Time) {
	s := step{run: run, at: at, is: th.is, state: th.state(), unseen: gap != ""}
	if th.gap = gap; gap == "" {
		s.state, s.took = Fixed, at.Sub(th.openSince)
	}
	th.stands(s)
}

// stands notes what differs from before.
func (th *thread) stands(s step) {
	if n := len(th.steps); n > 0 {
		if last := th.steps[n-1]; last.state == s.state && last.unseen == s.unseen && last.is.Severity == s.is.Severity && last.is.RuleID == s.is.RuleID {
			return
		}
	}
	th.steps = append(th.steps, s)
}
