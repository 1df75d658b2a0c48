package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// New makes a history of reports, narrowed to what is asked for; nil is for everything. Reports about a change that is not deployed are
// left out of it.
func New(tool report.Tool, reports []Report, asked *Filter) *History {
	h := &History{
		SchemaVersion: SchemaVersion, Tool: tool, Filter: asked, Audits: []Audit{}, Organizations: []Organization{}, Rules: []Rule{}, Findings: []Finding{},
		TimeToFix: []TimeToFix{}, LeftOut: []File{}, Problems: []File{},
	}
	var real []Report
	for _, r := range reports {
		if r.Change != nil {
			h.LeftOut = append(h.LeftOut, File{r.Name, "it is about a change that is not deployed"})
			continue
		}
		real = append(real, r)
	}
	if asked == nil {
		asked = &Filter{}
	}
	t := newTracker(runsOf(real))
	for i := range t.runs {
		t.follow(i)
	}
	h.fill(t, asked)
	h.Add(nil, nil)
	return h
}

// Add notes files that are not reports, and reports that could not be read.
func (h *History) Add(leftOut, problems []File) {
	h.LeftOut, h.Problems = append(h.LeftOut, leftOut...), append(h.Problems, problems...)
	slices.SortFunc(h.LeftOut, compareFiles)
	slices.SortFunc(h.Problems, compareFiles)
}

func compareFiles(a, b File) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Why, b.Why))
}

// fill puts in what the tracker knows of what is asked for.
func (h *History) fill(t *tracker, asked *Filter) {
	if len(t.runs) == 0 {
		return
	}
	h.To = t.runs[len(t.runs)-1].at()
	var threads []*thread
	rules := map[string]Rule{}
	for _, th := range t.threads {
		if !asked.shows(th.is) {
			continue
		}
		threads = append(threads, th)
		for _, s := range th.steps { // it may have been another rule's
			rules[s.is.RuleID] = Rule{s.is.RuleID, s.is.RuleName, max(rules[s.is.RuleID].Severity, s.is.Severity)}
		}
		if last := th.steps[len(th.steps)-1]; last.state != Fixed || !last.at.Before(asked.Since) {
			h.Findings = append(h.Findings, th.told(h.To))
		}
	}
	slices.SortFunc(h.Findings, compareFindings)
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		h.Rules = append(h.Rules, rules[id])
	}
	for _, name := range slices.Sorted(maps.Keys(t.looked)) {
		if asked.asksFor(name) {
			h.Organizations = append(h.Organizations, t.looked[name])
		}
	}
	h.sum(t, threads, asked)
	if len(h.Audits) > 0 {
		h.From = h.Audits[0].At
	}
}

// shows reports whether a finding is asked for, as it was described last.
func (x *Filter) shows(f *finding.Finding) bool {
	return x.asksFor(f.Organization) && finding.Filter{
		Rules: x.Rules, Environments: x.Environments, Proxies: x.Proxies, MinSeverity: x.MinSeverity, MinConfidence: x.MinConfidence,
	}.Shows(f)
}

// Everything reports whether nothing is left out.
func (x *Filter) Everything() bool { return len(x.said()) == 0 }

func (x *Filter) asksFor(organization string) bool {
	return len(x.Organizations) == 0 || slices.Contains(x.Organizations, organization)
}

// compareFindings puts what is open first, then by severity and age.
func compareFindings(a, b Finding) int {
	states := []State{Open, Accepted, Fixed}
	return cmp.Or(cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State)), cmp.Compare(b.Severity, a.Severity), a.OpenSince.Compare(b.OpenSince),
		cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Fingerprint, b.Fingerprint))
}

const day = 24 * time.Hour

// days are whole days.
func days(d time.Duration) int { return int(d / day) }

// soon is how many days before its end an acceptance is said to expire: as many as in the notice of a scan.
const soon = 30

// told is the finding with its history, as of the newest audit.
func (th *thread) told(now time.Time) Finding {
	f := th.is
	out := Finding{
		ID: report.IDOf(f.Organization, f.Fingerprint), RuleID: f.RuleID, RuleName: f.RuleName, Severity: f.Severity, Confidence: f.Confidence,
		Organization: f.Organization, Kind: f.Kind, Name: f.Name, Policy: f.Policy, File: f.File, Environments: report.EnvironmentsOf(f), Fingerprint: f.Fingerprint,
		State: th.state(), Gap: th.gap, FirstSeen: th.firstSeen, LastSeen: th.lastSeen, MayBeOlder: th.older, OpenSince: th.openSince, Reopened: th.reopened,
	}
	for _, s := range th.steps {
		p := Period{s.at, s.state}
		if s.unseen {
			p.State = Gap
		}
		if n := len(out.Timeline); n == 0 || out.Timeline[n-1].State != p.State {
			out.Timeline = append(out.Timeline, p)
		}
	}
	switch last := th.steps[len(th.steps)-1]; out.State {
	case Fixed:
		out.FixedBy, out.DaysToFix = last.at, days(last.took)
	case Accepted:
		out.Suppression = f.Suppression
		out.AgeDays, out.ExpiresInDays = days(now.Sub(th.openSince)), ends(f.Suppression, now)
	default:
		out.AgeDays = days(now.Sub(th.openSince))
	}
	return out
}

// ends is in how many days an acceptance ends, nil where that is not soon, or never.
func ends(s *finding.Suppression, now time.Time) *int {
	if s == nil || s.Expires == "" {
		return nil
	}
	last, err := time.Parse(finding.Date, s.Expires)
	if err != nil { // which the reader of reports refuses
		return nil
	}
	left := days(last.Sub(now.UTC().Truncate(day)))
	if left > soon {
		return nil
	}
	return &left
}
