package report

import (
	"fmt"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// noteFirstSeen notes when each finding was seen first: what the baseline knows, when it knows it from, or else at the time of the
// baseline; what it does not know, now. It knows accepted findings too: they were there. What it calls fixed and is there again is
// seen anew.
func (d *Document) noteFirstSeen(baseline *Document) {
	since := baseline.firstSeen()
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.FirstSeen = earliest(f.FirstSeen, since.of(f)); f.FirstSeen.IsZero() {
			f.FirstSeen = d.StartedAt.UTC()
		}
	}
	for _, list := range [][]finding.Finding{d.Fixed, d.NotLookedAt} {
		for i := range list {
			list[i].FirstSeen = earliest(list[i].FirstSeen, since.of(&list[i]))
		}
	}
}

// times are when findings were seen first.
type times map[identity]time.Time

// firstSeen are the times of all that a report knows: its findings, what it leaves out and what it took over from its baseline.
func (d *Document) firstSeen() times {
	all := times{}
	note := func(f *finding.Finding) {
		at := f.FirstSeen
		if at.IsZero() {
			at = d.StartedAt
		}
		for _, fp := range f.Fingerprints() {
			key := identity{f.Organization, fp}
			all[key] = earliest(all[key], at)
		}
	}
	for _, f := range d.earlier() {
		note(&f)
	}
	for _, l := range d.LeftOut {
		note(l.Finding())
	}
	return all
}

// of is when a finding was seen first, zero for one that is not known.
func (t times) of(f *finding.Finding) (first time.Time) {
	for _, fp := range f.Fingerprints() {
		first = earliest(first, t[identity{f.Organization, fp}])
	}
	return first
}

// earliest is the earlier of two times, of which each may be unknown.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		a = b
	}
	return a.UTC()
}

// AgeText says how long a finding has been there: "open for 5 weeks, since 2026-10-22"; "" for one that is new, and where the report
// does not say.
func AgeText(d *Document, f *finding.Finding) string {
	if f.FirstSeen.IsZero() || !f.FirstSeen.Before(d.StartedAt) {
		return ""
	}
	since := f.FirstSeen.UTC().Format(finding.Date)
	if f.Status == finding.StatusSuppressed {
		return "first seen on " + since
	}
	return fmt.Sprintf("open for %s, since %s", text.Age(d.StartedAt.Sub(f.FirstSeen)), since)
}
