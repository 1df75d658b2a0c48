package cli

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// readOrganization is the operation of a problem that an organization as a whole has.
const readOrganization = "read organization"

// outcome is what the audit of all organizations came to.
type outcome struct {
	results []*finding.Result
	// before is the organization as it is, where results have it with a change; else both are nil.
	before *finding.Result
	change *report.Change
}

// saw reports whether anything deployed was seen in any organization; if not, there is nothing to report on. A share
// without organizations missed nothing.
func (o *outcome) saw() bool {
	return len(o.results) == 0 || slices.ContainsFunc(o.looked(), func(r *finding.Result) bool { return r.Deployments > 0 })
}

// audit looks at the organizations side by side, each under its own --concurrency and --rate, which are quotas of an
// organization. One that fails becomes a problem and leaves the others alone, and so does one that has nothing to show
// when the time is up. finish is what is done with an audit while its bundles are at hand.
func (a *app) audit(ctx context.Context, c *config.Choices, targets []target, finish finishing) *outcome {
	started := time.Now()
	p := a.startProgress(c, "auditing", targets)
	audited := handedOver(ctx, len(targets), func(i int) *finding.Result {
		result, err := alone(a, targets[i].name, func() (*finding.Result, error) { return a.lookAt(ctx, c, targets[i], p, finish) })
		if err != nil {
			return unread(c, targets[i], started, reason(ctx, err))
		}
		collectAfter(result)
		return result
	})
	for i, result := range audited {
		if result == nil {
			audited[i] = unread(c, targets[i], started, reason(ctx, ctx.Err()))
		}
	}
	return &outcome{results: audited}
}

// auditOptions are the choices as the audit takes them.
func auditOptions(c *config.Choices) audit.Options {
	return audit.Options{
		Rules: c.Rules, AllRules: rules.All(), Concurrency: workers(c.Concurrency),
		Environments: c.Environments, Proxies: c.Proxies, MinSeverity: c.MinSeverity, MinConfidence: c.MinConfidence,
		Settings:   c.Settings,
		Evidence:   c.Evidence,
		Exceptions: c.Exceptions, IgnoreComments: c.IgnoreComments,
	}
}

// unread is the result of an organization that could not be looked at.
func unread(c *config.Choices, t target, started time.Time, why string) *finding.Result {
	why = strings.TrimPrefix(why, readOrganization+" "+t.name+": ") // which the operation says
	return &finding.Result{
		Organization: apigee.Organization{Name: t.name, Platform: c.Platform},
		StartedAt:    started, FinishedAt: time.Now(),
		Problems: []apigee.Problem{{Organization: t.name, Operation: readOrganization, Error: why}},
	}
}

// finishing is work on the audit of one organization before what it was read from is given up, such as [proposeFixes].
type finishing func(context.Context, *config.Choices, *audit.Audit, *finding.Result)

// asFound leaves an audit as it is.
func asFound(context.Context, *config.Choices, *audit.Audit, *finding.Result) {}

// lookAt audits one organization.
func (a *app) lookAt(ctx context.Context, c *config.Choices, t target, p *progress, finish finishing) (*finding.Result, error) {
	src, err := t.start(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	mine, said := p.start(t.name), ""
	defer func() { mine.end(said) }()
	read, r, err := readAndJudge(ctx, c, src, mine)
	if err != nil {
		return nil, err
	}
	defer read.Close()
	said = summary(r, a.cacheHits(c, src.cache))
	finish(ctx, c, read, r)
	complete(ctx, r)
	return r, nil
}

// readAndJudge audits an opened organization in a way that its findings can be mended afterwards.
func readAndJudge(ctx context.Context, c *config.Choices, src *opened, mine *progressOf) (*audit.Audit, *finding.Result, error) {
	src.waiting.tell(mine.wait)
	options := auditOptions(c)
	options.Progress, options.EvidenceFrom, options.Keep = mine.step, src.evidence, true
	read, err := audit.Read(ctx, src.source, options)
	if err != nil {
		return nil, nil, err
	}
	if src.rest != nil { // nearly everything that is asked has been asked by now
		src.rest()
	}
	return read, read.Result(), nil
}

// workers is how many bundles are worked on at once. The client bounds the requests. Answers come in waves, so there is a
// second crew: while one reads what has arrived, the other's requests are under way, and no download slot is empty.
func workers(downloads int) int { return 2 * downloads }

// complete makes sure that seeing nothing is a problem: a clean result must rest on something.
func complete(ctx context.Context, r *finding.Result) {
	org := r.Organization.Name
	reword(ctx, r.Problems)
	switch {
	case len(r.Problems) > 0:
	case ctx.Err() != nil && r.Audited < r.Revisions:
		r.Problems = append(r.Problems, apigee.Problem{Organization: org, Operation: "audit", Error: reason(ctx, ctx.Err())})
	case r.Deployments == 0:
		what, advice := doctor.Nothing(r.Organization.Platform)
		r.Problems = append(r.Problems, apigee.Problem{Organization: org, Operation: "list deployments", Error: what + "; " + advice})
	}
}

// reword says in the user's words what ended the work: "context canceled" is the program's.
func reword(ctx context.Context, problems []apigee.Problem) {
	if ctx.Err() == nil {
		return
	}
	for i, p := range problems {
		if strings.HasSuffix(p.Error, ctx.Err().Error()) {
			problems[i].Error = reason(ctx, errors.New(p.Error))
		}
	}
}

// ranOut says so where --timeout ended the work.
func ranOut(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded) {
		return errors.New(reason(ctx, err))
	}
	return err
}

// reason says why an audit ended: an ended context by what ended it, not as "context canceled".
func reason(ctx context.Context, err error) string {
	if ctx.Err() == nil {
		return err.Error()
	}
	why := "interrupted before the audit was finished"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = context.Cause(ctx).Error()
	}
	if before, ok := strings.CutSuffix(err.Error(), ctx.Err().Error()); ok {
		return before + why
	}
	return why + ": " + err.Error()
}

// checkNarrowing refuses --env and --proxy patterns that match nothing, which would look like a clean result. Where
// something could not be read the pattern may be right, so then it is let pass.
func (o *outcome) checkNarrowing(c *config.Choices) error {
	var environments, names []string
	for _, r := range o.looked() {
		if len(r.Problems) > 0 {
			return nil
		}
		environments = append(environments, r.Organization.Environments...)
		for _, e := range r.Inventory {
			names = append(names, e.Name)
		}
	}
	if glob, ok := unmatched(c.Environments, environments); ok {
		return usagef("no environment matches --env %s; the organizations have %s", glob, listed(environments))
	}
	if glob, ok := unmatched(c.Proxies, names); ok {
		return usagef("no deployed proxy or shared flow matches --proxy %s", glob)
	}
	return nil
}

// unmatched finds the first pattern that matches none of the names.
func unmatched(globs, names []string) (string, bool) {
	for _, glob := range globs {
		if !slices.ContainsFunc(names, func(n string) bool { ok, _ := path.Match(glob, n); return ok }) {
			return glob, true
		}
	}
	return "", false
}

// listed is the distinct names in order, shortened.
func listed(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	return text.ListSome(names, 10)
}
