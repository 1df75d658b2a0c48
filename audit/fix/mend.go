package fix

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// Mended is what [Mend] made of an organization.
type Mended struct {
	// Bundles are those that it changes, in the order of their revisions.
	Bundles []Bundle
	// Fixed are the findings that are gone with all changes together, Left the others, both in the order in which they were given.
	Fixed []Fixed
	Left  []Left
	// Further is what came up on the way and was mended too.
	Further []Fixed
	// Introduced is what is found with the changes only; all of it is of lower severity than something that they mend.
	Introduced []finding.Effect
}

// Bundle is a bundle with all changes that mend its findings.
type Bundle struct {
	Revision apigee.Revision
	// Deployed are the environments of the revision, and on disk its paths.
	Deployed []finding.Deployed
	// Archive is the bundle as it was read.
	Archive *bundle.Archive
	Files   []File // sorted by name
}

// Sources are the paths on disk at which the bundle lies, byte for byte the same; none for one of an organization.
func (b *Bundle) Sources() []string { return sources(b.Deployed) }

// File is a file that is changed or added.
type File struct {
	Name string // inside the bundle, "apiproxy/policies/X.xml"
	// Before is what was read, nil for a new file.
	Before, After []byte
}

// Fixed is a finding that is gone, and what was done for it, in a sentence or more; "" where what mended others was enough.
type Fixed struct {
	finding.Finding
	How string
	// In are the bundles whose changes mend it even if no other is changed; none where it takes all changes.
	In []apigee.Revision
}

// Left is a finding that stays, and why, in a sentence.
type Left struct {
	finding.Finding
	Why string
}

// Mend changes bundles so that as many of some findings as possible are gone together: of several fixes of one finding, the
// preferred one is taken. The changes of each bundle are audited together, and in the end those of all bundles. The error is that
// of a context that ended before.
func Mend(ctx context.Context, a *audit.Audit, findings []finding.Finding, o Options) (*Mended, error) {
	p := newProver(a, o)
	jobs := p.jobs(ctx, findings)
	p.each(len(jobs), func(i int) { jobs[i].run(ctx) })
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return p.together(ctx, findings, jobs)
}

// job is the findings that are mended in one bundle, and how far that is.
type job struct {
	prover *prover
	in     apigee.Revision
	goals  []*finding.Finding
	done   *attempt
	fixed  []*finding.Finding
	how    map[*finding.Finding]string
	left   map[*finding.Finding]string // why
	tries  map[*finding.Finding]int
}

// jobs sorts findings by the bundle that has to be changed for them. Those that no edit mends are jobs without a bundle.
func (p *prover) jobs(ctx context.Context, findings []finding.Finding) []*job {
	byRevision := map[apigee.Revision]*job{}
	var out []*job
	var all []*finding.Finding
	for i := range findings {
		all = append(all, &findings[i])
	}
	tries := allowances(p.audit, all)
	for _, f := range all {
		var in apigee.Revision
		if m := menderOf(f.RuleID); m != nil && tries[f] > 0 && ctx.Err() == nil {
			b := newShelf(ctx, p.audit).bench() // bundles are large, and not kept from finding to finding
			if all := m.repairs(&subject{f, p, b}); len(all) > 0 {
				in = all[0].in
			}
		}
		j := byRevision[in]
		if j == nil {
			j = &job{prover: p, in: in, how: map[*finding.Finding]string{}, left: map[*finding.Finding]string{}, tries: tries}
			byRevision[in] = j
			out = append(out, j)
		}
		j.goals = append(j.goals, f)
	}
	return out
}

// run mends one finding after the other, each on top of what mended those before.
func (j *job) run(ctx context.Context) {
	p := j.prover
	if j.in == (apigee.Revision{}) {
		for _, f := range j.goals {
			_, j.left[f] = p.alone(newShelf(ctx, p.audit), f, j.tries[f])
		}
		return
	}
	j.done = &attempt{bench: newShelf(ctx, p.audit).bench(), stands: p.base}
	j.mendAll(ctx, j.goals, j.tries)
	if p.options.Follow {
		j.follow(ctx)
	}
}

// follow mends what comes up with the changes and would have been asked for: a policy that begins to run has findings of its own.
func (j *job) follow(ctx context.Context) {
	p, tried := j.prover, map[key]bool{}
	for range maxRounds {
		var goals []*finding.Finding
		for i := range j.done.stands.Findings {
			f := &j.done.stands.Findings[i]
			k := keyOf(f)
			if p.base.byKey[k] == nil && !tried[k] && f.Kind == j.in.Kind && f.Name == j.in.Name && Mends(f.RuleID) && p.audit.Asked(f) {
				tried[k] = true
				goals = append(goals, f)
			}
		}
		if len(goals) == 0 || len(j.fixed) == 0 {
			return
		}
		j.mendAll(ctx, goals, allowances(p.audit, goals))
	}
}

// mendAll mends one finding after the other.
func (j *job) mendAll(ctx context.Context, goals []*finding.Finding, allowed map[*finding.Finding]int) {
	p := j.prover
	for _, f := range goals {
		if ctx.Err() != nil {
			return
		}
		tries := allowed[f]
		now := f
		if changed := j.done.bench.changed(); len(changed) > 0 {
			if now = j.done.stands.left(f, p.places(f, changed)); now == nil {
				j.fixed = append(j.fixed, f)
				continue
			}
		}
		why := ""
		kinds := []bool{false}
		if p.options.StopIssuing {
			kinds = []bool{true, false}
		}
		for _, stops := range kinds {
			if tries <= 0 {
				why = cmp.Or(why, tooMuchWork)
				break
			}
			s := search{prover: p, ctx: ctx, goal: f, kept: j.fixed, stops: stops, stopped: j.done.stops, since: j.done.stands, allowed: tries}
			a := s.from(&subject{now, p, j.done.bench})
			tries = s.allowed
			if a != nil {
				a.stops = a.stops || j.done.stops
				j.done, j.fixed, j.how[f], why = a, append(j.fixed, f), strings.Join(a.says, " "), ""
				break
			}
			why = cmp.Or(why, s.why, "No edit that was tried mends this.")
		}
		if why != "" {
			j.left[f] = why
		}
	}
}

// together audits the changes of all bundles at once. Where they get into each other's way, those of the later bundles are left out.
func (p *prover) together(ctx context.Context, findings []finding.Finding, jobs []*job) (*Mended, error) {
	fits, state, err := p.fit(ctx, jobs)
	if err != nil {
		return nil, err
	}
	if !fits {
		var kept []*job
		for _, j := range jobs {
			if j.done == nil || len(j.fixed) == 0 {
				continue
			}
			ok, s, err := p.fit(ctx, append(slices.Clip(kept), j))
			switch {
			case err != nil:
				return nil, err
			case ok:
				kept, state = append(kept, j), s
			default:
				for _, f := range j.fixed {
					j.left[f] = "Its fix and those of other bundles get into each other's way: mend it by itself afterwards."
				}
				j.done, j.fixed = nil, nil
			}
		}
	}
	out := &Mended{}
	by, left := map[*finding.Finding]*job{}, map[*finding.Finding]string{}
	for _, j := range jobs {
		for _, f := range j.fixed {
			by[f] = j
		}
		for f, why := range j.left {
			left[f] = why
		}
		if len(j.fixed) == 0 {
			continue
		}
		for _, d := range j.done.bench.changed() {
			b := Bundle{Revision: d.revision, Deployed: p.audit.Deployed(d.revision), Archive: d.archive}
			for _, name := range d.changes() {
				b.Files = append(b.Files, File{Name: name, Before: d.original[name], After: d.files[name]})
			}
			out.Bundles = append(out.Bundles, b)
		}
	}
	for i := range findings {
		if f := &findings[i]; by[f] != nil {
			out.Fixed = append(out.Fixed, by[f].fix(f))
		} else if state != nil && state.left(f, f.Deployments) == nil {
			out.Fixed = append(out.Fixed, Fixed{Finding: *f})
		} else {
			out.Left = append(out.Left, Left{*f, left[f]})
		}
	}
	for _, j := range jobs {
		for _, f := range j.fixed {
			if j.how[f] != "" && p.base.byKey[keyOf(f)] == nil {
				out.Further = append(out.Further, j.fix(f))
			}
		}
	}
	slices.SortStableFunc(out.Further, func(a, b Fixed) int { return finding.Compare(a.Finding, b.Finding) })
	slices.SortFunc(out.Bundles, func(a, b Bundle) int { return apigee.CompareRevisions(a.Revision, b.Revision) })
	if state != nil {
		out.Introduced = p.base.introduced(state)
	}
	return out, nil
}

// fix is what mends a finding of the job.
func (j *job) fix(f *finding.Finding) Fixed {
	out := Fixed{Finding: *f, How: j.how[f]}
	for _, d := range j.done.bench.changed() {
		out.In = append(out.In, d.revision)
	}
	return out
}

// fit reports whether the changes of several bundles keep together what each of them promises.
func (p *prover) fit(ctx context.Context, jobs []*job) (ok bool, state *standing, err error) {
	instead := map[apigee.Revision]*bundle.Archive{}
	var changed []*draft
	known := []*standing{p.base}
	lowest := finding.High
	stops := false
	for _, j := range jobs {
		if len(j.fixed) == 0 {
			continue
		}
		for _, d := range j.done.bench.changed() {
			if instead[d.revision] != nil {
				return false, nil, nil
			}
			instead[d.revision] = d.archive.Edited(d.files)
			changed = append(changed, d)
		}
		known = append(known, j.done.stands)
		for _, f := range j.fixed {
			lowest = min(lowest, f.Severity)
		}
		stops = stops || j.done.stops
	}
	if len(changed) == 0 {
		return true, nil, nil
	}
	after, err := p.audit.Suppose(ctx, instead)
	if err != nil {
		return false, nil, err
	}
	state = newStanding(p.base, after)
	if p.base.lost(state, stops) != nil {
		return false, state, nil
	}
	if refused, err := p.base.refuses(state); err != nil || len(refused) > 0 {
		return false, state, nil //nolint:nilerr // what cannot be told is not promised
	}
	for _, j := range jobs {
		for _, f := range j.fixed {
			if state.left(f, p.places(f, changed)) != nil {
				return false, state, nil
			}
		}
	}
	for i := range state.Findings {
		f := &state.Findings[i]
		if f.Severity >= lowest && slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool {
			return !slices.ContainsFunc(known, func(s *standing) bool { return s.has(keyOf(f), at) })
		}) {
			return false, state, nil
		}
	}
	return true, state, nil
}
