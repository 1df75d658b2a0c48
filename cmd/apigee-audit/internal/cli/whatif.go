package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/overlay"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// theOne is the organization that a change is about.
func theOne(c *config.Choices, targets []target) (target, error) {
	for _, t := range targets {
		if slices.Contains(c.Organizations, t.name) {
			return t, nil
		}
	}
	names := namesOf(targets)
	switch {
	case len(c.Organizations) > 0:
		return target{}, noOrganization(c.Organizations[0], names)
	case len(targets) != 1:
		return target{}, usagef("--with, --without and --hook are about one organization: choose one of %s with --org", listed(names))
	case targets[0].loose:
		return target{}, usagef("PATHs that are bundles are no organization that a change could be laid over: give a snapshot, which pull makes, or --org")
	}
	return targets[0], nil
}

// look audits what was asked for: the organizations as they are, or one as it is and as it would be.
func (a *app) look(ctx context.Context, c *config.Choices, targets []target) (*outcome, error) {
	if c.Change.IsZero() {
		return a.audit(ctx, c, targets, proposeFixes), nil
	}
	t, err := theOne(c, targets)
	if err != nil {
		return nil, err
	}
	return a.whatIf(ctx, c, t)
}

// hypothesis is an organization as it is and as it would be.
type hypothesis struct {
	before, after *finding.Result
	applied       overlay.Applied
	mistake       error
}

// whatIf audits an organization as it is and with a change, from the same answers. The error is for a change that does not
// fit it.
func (a *app) whatIf(ctx context.Context, c *config.Choices, t target) (*outcome, error) {
	started := time.Now()
	p := a.startProgress(c, "auditing", []target{t})
	h := handedOver(ctx, 1, func(int) *hypothesis {
		h, err := alone(a, t.name, func() (*hypothesis, error) { return a.lookTwice(ctx, c, t, p, started) })
		if err != nil {
			return &hypothesis{after: unread(c, t, started, reason(ctx, err))}
		}
		return h
	})[0]
	switch {
	case h == nil:
		h = &hypothesis{after: unread(c, t, started, reason(ctx, ctx.Err()))}
	case h.mistake != nil:
		return nil, usagef("%w", h.mistake)
	}
	if h.before == nil { // nothing is known of either
		h.before = h.after
	}
	return &outcome{results: []*finding.Result{h.after}, before: h.before, change: changeOf(h.applied)}, nil
}

// lookTwice audits before and after. Whatever the second audit asks that the first did not ask is asked then.
func (a *app) lookTwice(ctx context.Context, c *config.Choices, t target, p *progress, started time.Time) (*hypothesis, error) {
	src, err := t.start(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	once := overlay.NewOnce(src.source, src.evidence, src.offline, bundle.DefaultLimits())
	defer a.unfinished.add(once.Close)()
	defer func() { _ = once.Close() }() // it was only read from
	mine, said := p.start(t.name), ""
	src.waiting.tell(mine.wait)
	defer func() { mine.end(said) }()
	changed, err := overlay.New(ctx, once.Source(), c.Change, bundle.DefaultLimits())
	if mistake := (*overlay.Mistake)(nil); errors.As(err, &mistake) {
		return &hypothesis{mistake: mistake}, nil
	} else if err != nil {
		return nil, err
	}
	defer changed.Close()
	options := auditOptions(c)
	options.Refreshes = true
	options.Now = func() time.Time { return started } // both ask for the same window of records
	options.EvidenceFrom, options.Progress = once.Evidence(), mine.step
	h := &hypothesis{applied: changed.Applied()}
	if h.before, err = audit.Run(ctx, once.Source(), options); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // half of an answer is none
		return nil, ctx.Err()
	}
	changed.Source = once.Source()
	options.Progress = nil
	options.Keep = true
	read, err := audit.Read(ctx, changed, options)
	if err != nil {
		return nil, err
	}
	defer read.Close()
	h.after = read.Result()
	h.before.FinishedAt, h.after.FinishedAt = time.Now(), time.Now()
	said = summary(h.after, a.cacheHits(c, src.cache))
	proposeFixes(ctx, c, read, h.after)
	if err := once.Unkept(); err != nil && !c.Quiet {
		a.sayWarning("bundles were downloaded twice, because they could not be kept in a temporary file: %v; %s names a folder with room", err, tempVariable())
	}
	complete(ctx, h.before)
	if h.before.Deployments == 0 || h.after.Deployments > 0 { // where the change leaves nothing, no permission is missing
		complete(ctx, h.after)
	}
	return h, nil
}

// tempVariable is what says where temporary files go.
func tempVariable() string {
	if os.PathSeparator == '\\' {
		return "TMP"
	}
	return "TMPDIR"
}

// changeOf is a change as reports tell it.
func changeOf(applied overlay.Applied) *report.Change {
	c := &report.Change{}
	for _, b := range applied.With {
		c.With = append(c.With, report.ChangedBundle{Path: b.Path, Kind: b.Kind, Name: b.Name, Environments: b.Environments, Replaces: b.Replaces, NewIn: b.NewIn})
	}
	for _, u := range applied.Without {
		c.Without = append(c.Without, report.Undeployed{Kind: u.Kind, Name: u.Name, Environment: u.Environment, Revisions: u.Revisions})
	}
	for _, h := range applied.Hooks {
		c.Hooks = append(c.Hooks, report.ChangedHook{Environment: h.Environment, Point: h.Point, SharedFlow: h.SharedFlow, Instead: h.Instead})
	}
	return c
}

// compareChange makes the report say what the change does.
func (a *app) compareChange(c *config.Choices, doc *report.Document, o *outcome) {
	if o.change == nil {
		return
	}
	before := a.assemble(c, []*finding.Result{o.before})
	doc.CompareChange(report.State{Document: before, Refreshes: o.before.Refreshes}, o.results[0].Refreshes, *o.change)
}

// looked are all audits that were made.
func (o *outcome) looked() []*finding.Result {
	if o.before == nil {
		return o.results
	}
	return append(slices.Clip(o.results), o.before)
}
