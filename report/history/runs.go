package history

import (
	"cmp"
	"slices"
	"time"

	"apigee-audit/report"
)

// Report is one of the reports that a history is made of.
type Report struct {
	Name string // of its file
	*report.Outline
}

// run is what was started together: one report, or several, such as those of the shares of a fleet.
type run struct {
	reports []Report
	end     time.Time
}

const (
	// pause is how long after the others of a fleet a share may have been started: a scheduler starts a few at a time.
	pause = 15 * time.Minute
	// round is how long after the first report of a run others on other organizations may have been started: a job may go through them
	// one by one.
	round = 12 * time.Hour
)

// runsOf puts reports together that belong together, in order of time.
func runsOf(reports []Report) []run {
	reports = slices.Clone(reports)
	slices.SortFunc(reports, func(a, b Report) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), a.FinishedAt.Compare(b.FinishedAt), cmp.Compare(a.Name, b.Name))
	})
	var all []run
	for _, r := range reports {
		if n := len(all); n > 0 && all[n-1].takes(r) {
			all[n-1].add(r)
			continue
		}
		var one run
		one.add(r)
		all = append(all, one)
	}
	return all
}

func (u *run) add(r Report) {
	u.reports = append(u.reports, r)
	if r.ended().After(u.end) {
		u.end = r.ended()
	}
}

// ended is when a report was finished; one that does not say took no time.
func (r *Report) ended() time.Time {
	if r.FinishedAt.Before(r.StartedAt) {
		return r.StartedAt
	}
	return r.FinishedAt
}

// takes reports whether a report is of this run.
func (u *run) takes(r Report) bool {
	if r.Shard != nil && r.StartedAt.After(u.end.Add(pause)) || r.StartedAt.After(u.at().Add(round)) {
		return false
	}
	for i := range u.reports {
		if other := &u.reports[i]; !other.during(&r) && !r.during(other) && !other.beside(&r) {
			return false
		}
	}
	return true
}

// during reports whether a report was made in the course of another one: it is of one share where the other has all of them merged, it
// shows less of the same audit, or it is a copy.
func (r *Report) during(other *Report) bool {
	return !r.StartedAt.Before(other.StartedAt) && !r.ended().After(other.ended())
}

// beside reports whether two reports are on different organizations, and if of shares, then of one fleet: they could be merged.
func (r *Report) beside(other *Report) bool {
	switch {
	case (r.Shard == nil) != (other.Shard == nil):
		return false
	case r.Shard != nil && (r.Shard.Of != other.Shard.Of || r.Shard.Index == other.Shard.Index):
		return false
	}
	return !slices.ContainsFunc(other.Organizations, func(o report.Organization) bool { return r.looksAt(o.Name) })
}

// looksAt reports whether a report is about an organization, however much of it could be read.
func (r *Report) looksAt(organization string) bool {
	return slices.ContainsFunc(r.Organizations, func(o report.Organization) bool { return o.Name == organization })
}

// about are the reports of the run on an organization, all of them where none is.
func (u *run) about(organization string) []Report {
	on := slices.DeleteFunc(slices.Clone(u.reports), func(r Report) bool { return !r.looksAt(organization) })
	if len(on) == 0 {
		return u.reports
	}
	return on
}

// at is when the run started.
func (u *run) at() time.Time { return u.reports[0].StartedAt.UTC() }

// missing are the shares of the fleet of which the run has no report. A report of all shares says itself what it lacks.
func (u *run) missing() (all []int) {
	have := map[int]bool{}
	for _, r := range u.reports {
		if r.Shard == nil {
			return nil
		}
		have[r.Shard.Index] = true
	}
	for i := 1; i <= min(u.reports[0].Shard.Of, report.MaxShards); i++ {
		if !have[i] {
			all = append(all, i)
		}
	}
	return all
}
