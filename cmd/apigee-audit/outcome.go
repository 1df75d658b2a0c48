package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// readOrganization is the operation of a problem that an organization as a whole has.
const readOrganization = "read organization"

// outcome is what the audit of all organizations came to.
type outcome struct {
	results []*audit.Result
}

// saw tells whether anything deployed was seen in any organization. Without, there is nothing to report on.
func (o *outcome) saw() bool {
	return slices.ContainsFunc(o.results, func(r *audit.Result) bool { return r.Deployments > 0 })
}

// audit looks at one organization after the other, so that --concurrency and --rate mean what they say. One that fails
// becomes a problem and leaves the others alone.
func (a *app) audit(ctx context.Context, c *choices, targets []target) *outcome {
	o := &outcome{}
	for _, t := range targets {
		started := time.Now()
		result, err := a.auditOne(ctx, c, t)
		if err != nil {
			result = &audit.Result{
				Organization: apigee.Organization{Name: t.name, Platform: apigee.PlatformX},
				StartedAt:    started, FinishedAt: time.Now(),
				Problems: []apigee.Problem{{Organization: t.name, Operation: readOrganization, Error: reason(ctx, err)}},
			}
		}
		o.results = append(o.results, result)
	}
	return o
}

func (a *app) auditOne(ctx context.Context, c *choices, t target) (*audit.Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	src, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	if closer, ok := src.(io.Closer); ok {
		defer closer.Close()
	}
	p := a.startProgress(c, t.name)
	r, err := audit.Run(ctx, src, audit.Options{
		Rules: c.rules, Concurrency: c.Concurrency, Progress: p.step,
		Evidence:     c.evidence,
		Environments: c.Env, Proxies: c.Proxy, MinSeverity: c.minSeverity, MinConfidence: c.minConfidence,
	})
	p.end(r)
	if err != nil {
		return nil, err
	}
	if n, ok := src.(interface{ Notices() []apigee.Problem }); ok {
		r.Notices = append(r.Notices, n.Notices()...)
	}
	complete(ctx, r)
	return r, nil
}

// complete makes sure that what was not seen is a problem: a clean bill must rest on something.
func complete(ctx context.Context, r *audit.Result) {
	org := r.Organization.Name
	if ctx.Err() != nil {
		for i, p := range r.Problems { // "context canceled" is the program's word for it, not the user's
			if strings.HasSuffix(p.Error, ctx.Err().Error()) {
				r.Problems[i].Error = reason(ctx, errors.New(p.Error))
			}
		}
	}
	switch {
	case len(r.Problems) > 0:
	case ctx.Err() != nil && r.Audited < r.Revisions:
		r.Problems = append(r.Problems, apigee.Problem{Organization: org, Operation: "audit", Error: reason(ctx, ctx.Err())})
	case r.Deployments == 0:
		r.Problems = append(r.Problems, apigee.Problem{Organization: org, Operation: "list deployments", Error: "nothing deployed can be seen. " +
			"Either nothing is deployed, or the caller may not see it: grant roles/apigee.readOnlyAdmin on the project, or check the organization's name"})
	}
}

// reason says why an audit ended: an ended context by what ended it, not as "context canceled".
func reason(ctx context.Context, err error) string {
	if ctx.Err() == nil {
		return err.Error()
	}
	why := "interrupted before everything was looked at"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = context.Cause(ctx).Error()
	}
	if before, ok := strings.CutSuffix(err.Error(), ctx.Err().Error()); ok {
		return before + why
	}
	return why + ": " + err.Error()
}

// checkNarrowing refuses --env and --proxy patterns that match nothing, which would look like a clean bill. Where
// something could not be read the pattern may be right, so then it is let pass.
func (o *outcome) checkNarrowing(c *choices) error {
	var environments, names []string
	for _, r := range o.results {
		if len(r.Problems) > 0 {
			return nil
		}
		environments = append(environments, r.Organization.Environments...)
		for _, e := range r.Inventory {
			names = append(names, e.Name)
		}
	}
	if glob, ok := unmatched(c.Env, environments); ok {
		return usagef("no environment matches --env %s; there are %s", glob, listed(environments))
	}
	if glob, ok := unmatched(c.Proxy, names); ok {
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
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
