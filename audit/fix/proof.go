package fix

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/crew"
)

// The bounds of the search for one fix: how many edits are tried, and how many repairs one fix is made of. A refresh policy can be
// disabled, unattached and behind a shadowed flow at once.
const (
	maxTries  = 24
	maxRounds = 4
	// passes are the searches for one finding: by repairs that stop issuing and by others, each for good and for last.
	passes = 4
)

// prover tries repairs and has them audited.
type prover struct {
	audit    *audit.Audit
	options  Options
	settings finding.Settings
	base     *standing
	// wide bounds the edits of shared flows that are tried at once: each holds the walks of all their callers, thousands of them perhaps.
	wide chan struct{}
}

func newProver(a *audit.Audit, o Options) *prover {
	p := &prover{audit: a, options: o, settings: a.Settings(), base: newStanding(nil, a.State())}
	p.options.RefreshLifetime = cmp.Or(o.RefreshLifetime, p.settings.MaxRefreshLifetime)
	p.options.Concurrency = max(o.Concurrency, 1)
	p.wide = make(chan struct{}, max(p.options.Concurrency/2, 1))
	return p
}

// each calls do for so many items, some of them side by side.
func (p *prover) each(n int, do func(i int)) { crew.Each(n, p.options.Concurrency, do) }

// alone are the fixes of one finding, each by itself, or why there is none, after so many tries at most.
func (p *prover) alone(shelf *shelf, f *finding.Finding, tries int) (fixes []finding.Fix, why string) {
	m := menderOf(f.RuleID)
	if m == nil {
		return nil, personal(f.RuleID)
	}
	if tries <= 0 {
		return nil, tooMuchWork
	}
	for _, stops := range []bool{p.options.StopIssuing, !p.options.StopIssuing} {
		s := search{prover: p, ctx: shelf.ctx, goal: f, stops: stops, allowed: tries}
		proved := s.from(&subject{f, p, shelf.bench()})
		tries = s.allowed
		if proved == nil {
			why = cmp.Or(why, s.why)
			continue
		}
		if stops && !p.options.StopIssuing && len(fixes) == 0 {
			// It takes a login from users, which nobody wants to happen to them unasked.
			return nil, cmp.Or(why, m.why) + " An edit can only stop the tokens from being issued: see --prefer stop-issuing."
		}
		fixes = append(fixes, proved.fix(p.base, f))
	}
	if len(fixes) > 0 {
		return fixes, ""
	}
	return nil, cmp.Or(m.why, why, "No edit that was tried mends this.")
}

// search looks for one fix of a finding.
type search struct {
	prover *prover
	ctx    context.Context
	goal   *finding.Finding
	// kept are other findings that were mended before on the same bench, and must stay so.
	kept []*finding.Finding
	// stops asks for repairs that stop issuing; stopped reports whether one of those before did.
	stops, stopped bool
	// since is what was known before, nil for the base: what came up with other changes does not count against this one.
	since *standing

	allowed int    // tries
	left    int    // tries of one pass
	why     string // the first attempt failed
}

// attempt is an edit that was audited.
type attempt struct {
	says   []string
	stops  bool // issuing
	bench  *bench
	stands *standing
}

// from tries the repairs of a subject, and where none of them is enough, what is left to repair after each.
func (s *search) from(first *subject) *attempt {
	for _, last := range []bool{false, true} {
		most := min(maxTries, s.allowed)
		s.left = most
		a := s.rounds(first, last)
		s.allowed -= most - s.left
		if a != nil {
			return a
		}
	}
	return nil
}

// rounds tries the repairs for good or for last.
func (s *search) rounds(first *subject, last bool) *attempt {
	type unfinished struct {
		attempt *attempt
		rest    *finding.Finding
	}
	todo := []unfinished{{&attempt{bench: first.bench}, first.Finding}}
	for round := 0; round < maxRounds && len(todo) > 0; round++ {
		var next []unfinished
		for _, u := range todo {
			m := menderOf(u.rest.RuleID)
			if m == nil {
				continue
			}
			for _, r := range m.repairs(&subject{u.rest, s.prover, u.attempt.bench}) {
				if r.stops != s.stops || r.last != last || s.left == 0 || s.ctx.Err() != nil {
					continue
				}
				s.left--
				a, rest, err := s.try(u.attempt, r)
				if err == nil && rest == nil {
					a, err = s.reconcile(a, r.in)
				}
				switch {
				case err != nil:
					s.why = cmp.Or(s.why, sentence(err.Error()))
				case rest == nil:
					return a
				default:
					next = append(next, unfinished{a, rest})
				}
			}
		}
		todo = next
	}
	return nil
}

// sentence begins a sentence with a capital, unless it begins with the name of a file, and ends it with a full stop.
func sentence(s string) string {
	if first, _, _ := strings.Cut(s, " "); !strings.Contains(first, "/") {
		s = sentenceCase(s)
	}
	return strings.TrimSuffix(s, ".") + "."
}

func sentenceCase(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

var errNothingToDo = errors.New("the bundle says that already")

// try makes one repair and has it audited. rest is what the goal has become where that is not enough; the error says why the repair
// is none.
func (s *search) try(before *attempt, r repair) (a *attempt, rest *finding.Finding, err error) {
	b := before.bench.clone()
	d, err := b.open(r.in)
	if err != nil {
		return nil, nil, err
	}
	was := d.clone()
	if err := r.edit(d); err != nil {
		return nil, nil, err
	}
	if maps.EqualFunc(was.files, d.files, bytes.Equal) {
		return nil, nil, errNothingToDo
	}
	if err := d.kills(was, s.prover.environments(r.in)); err != nil {
		return nil, nil, err
	}
	changed := b.changed()
	if len(changed) != 1 {
		return nil, nil, errors.New("it would take changes of several bundles at once")
	}
	if r.in.Kind == apigee.KindSharedFlow {
		s.prover.wide <- struct{}{}
		defer func() { <-s.prover.wide }()
	}
	state, err := s.prover.audit.Suppose(s.ctx, b.instead())
	if err != nil {
		return nil, nil, err
	}
	a = &attempt{says: append(slices.Clip(before.says), r.says), stops: before.stops || r.stops, bench: b, stands: newStanding(s.prover.base, state)}
	rest, err = s.judge(a, changed)
	return a, rest, err
}

// judge compares what is found with an attempt with what was found without. rest is what has to be mended too: what the goal has
// become, or what came up in its place.
func (s *search) judge(a *attempt, changed []*draft) (rest *finding.Finding, err error) {
	base := s.prover.base
	if err := base.lost(a.stands, s.stops || s.stopped); err != nil {
		return nil, err
	}
	where := s.prover.places(s.goal, changed)
	if len(where) == 0 {
		return nil, errors.New("the bundle that would have to change is not deployed where the finding is")
	}
	rest = a.stands.left(s.goal, where)
	for _, k := range s.kept {
		if rest == nil && a.stands.left(k, s.prover.places(k, changed)) != nil {
			return nil, fmt.Errorf("with it %s is found again", k.RuleID)
		}
	}
	if rest != nil {
		return rest, nil
	}
	if worse := cmp.Or(s.since, base).worse(a.stands, s.goal.Severity); worse != nil {
		s.why = cmp.Or(s.why, fmt.Sprintf("An edit that mends it makes %s of %s appear (%s, %s).",
			worse.RuleID, apigee.Ref{Kind: worse.Kind, Name: worse.Name}, worse.RuleName, worse.Severity))
		return worse, nil
	}
	return nil, nil
}

// places are the deployments of a finding that an edit can reach: of its own bundle those of the edited revision, else all in the
// environments where the edited bundle is deployed.
func (p *prover) places(f *finding.Finding, changed []*draft) []finding.Deployed {
	reached := map[finding.Deployed]bool{}
	for _, d := range changed {
		own := d.revision.Ref() == (apigee.Ref{Kind: f.Kind, Name: f.Name})
		for _, edited := range p.audit.Deployed(d.revision) {
			for _, at := range f.Deployments {
				if at == edited || !own && at.Environment == edited.Environment {
					reached[at] = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(f.Deployments), func(at finding.Deployed) bool { return !reached[at] })
}

// environments are those where a revision is deployed; "" stands for any, of which the name is not known, as on disk.
func (p *prover) environments(r apigee.Revision) []string {
	if p.audit.Organization().Offline {
		return []string{""}
	}
	var out []string
	for _, at := range p.audit.Deployed(r) {
		if !slices.Contains(out, at.Environment) {
			out = append(out, at.Environment)
		}
	}
	return out
}

// fix is the attempt as a report tells it: with what else changes against what was found before.
func (a *attempt) fix(base *standing, goal *finding.Finding) finding.Fix {
	d := a.bench.changed()[0]
	out := d.fix()
	out.Description = strings.Join(a.says, " ")
	var moreMends, moreIntroduced int
	out.Mends, moreMends = listed(base.gone(a.stands, goal))
	out.Introduces, moreIntroduced = listed(base.introduced(a.stands))
	out.Further = moreMends + moreIntroduced
	out.Sources = sources(a.bench.shelf.audit.Deployed(d.revision))
	return out
}

// sources are the paths on disk among some deployments.
func sources(deployed []finding.Deployed) []string {
	var out []string
	for _, at := range deployed {
		if at.Source != "" && !slices.Contains(out, at.Source) {
			out = append(out, at.Source)
		}
	}
	return out
}
