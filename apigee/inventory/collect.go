package inventory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/crew"
)

// Inventory is what an organization has deployed, and what could not be found out.
type Inventory struct {
	Organization apigee.Organization
	Deployments  []apigee.Deployment // sorted, without duplicates
	FlowHooks    []apigee.FlowHook
	Revisions    int // distinct revisions among the deployments
	// Copies are further places on disk of a bundle among the deployments, which hold it byte for byte.
	Copies map[apigee.Revision][]apigee.Revision
	// Problems are what could not be read.
	Problems []apigee.Problem
	// Partly are problems too, of deployments that were listed and read and may not run on every server.
	Partly  []apigee.Problem
	Notices []apigee.Problem

	failed []failed // before they are problems
}

// CollectOptions are the choices of one collection.
type CollectOptions struct {
	Concurrency int // bundles fetched at once; below 1 means 1
	// Progress, when set, is called one call at a time after each revision.
	Progress func(done, total int)
	// Listed, when set, is told which revisions are read next, before the first of them is begun. They are begun in this
	// order, shared flows first. It is told once more where revisions were replaced in the meantime.
	Listed func([]apigee.Revision)
	// Done, when set, is told of each of them when it has been kept or will not be, from several goroutines at once.
	Done func(apigee.Revision)
}

// Collect lists what is deployed and reads each distinct revision once, however many environments have it. Every
// archive goes to keep, from several goroutines at once, in the order in which they arrive; of bundles on disk that are the
// same byte for byte only one does. The error is for an organization that cannot be listed at all; any other
// failure is a problem of the one thing it concerns, and the rest goes on. When the context ends, revisions not read by
// then are problems.
func Collect(ctx context.Context, src Source, o CollectOptions, keep func(apigee.Revision, *bundle.Archive)) (*Inventory, error) {
	org, err := src.Organization(ctx)
	if err != nil {
		return nil, err
	}
	listing, err := src.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	inv := &Inventory{
		Organization: *org, Deployments: apigee.SortDeployments(slices.Clone(listing.Deployments)), Notices: slices.Clone(listing.Notices),
	}
	for _, p := range listing.Problems {
		inv.failed = append(inv.failed, failed{Problem: p, err: errors.New(p.Error)})
	}
	filed := newMisfiled(inv.Deployments)
	keep = filed.sort(keep)
	var unhooked []failed
	var gone []lost
	var copied *copies
	crew.Together(
		func() { inv.FlowHooks, unhooked = readHooks(ctx, src, inv.Deployments, o.Concurrency) },
		func() { gone, copied = inv.bundles(ctx, src, o, keep) },
	)
	inv.takeOut(copied)
	inv.failed = append(inv.failed, unhooked...)
	inv.reconcile(ctx, src, o, gone, keep)
	inv.takeOutMisfiled(filed)
	inv.Problems, inv.failed = alike(ctx, inv.failed), nil
	inv.Partly = alike(ctx, partly(inv.Deployments))
	_, environments := distinct(inv.Deployments)
	inv.Revisions = len(environments)
	return inv, nil
}

// readHooks reads the flow hooks of every environment in which something is deployed: elsewhere they hook into nothing.
func readHooks(ctx context.Context, src Source, deployments []apigee.Deployment, concurrency int) ([]apigee.FlowHook, []failed) {
	var envs []string
	for _, d := range deployments { // sorted by environment
		if len(envs) == 0 || envs[len(envs)-1] != d.Environment {
			envs = append(envs, d.Environment)
		}
	}
	found := make([][]apigee.FlowHook, len(envs))
	errs := make([]error, len(envs))
	crew.Each(len(envs), concurrency, func(i int) { found[i], errs[i] = src.FlowHooks(ctx, envs[i]) })
	var unread []failed
	for i, env := range envs {
		if errs[i] != nil {
			unread = append(unread, failed{
				Problem: apigee.Problem{Environment: env, Operation: "read flow hooks"}, err: errs[i],
				verdict:  "a refresh flow that a hook adds to every proxy in it was not seen",
				together: "a refresh flow that a hook adds to every proxy in one of them was not seen",
			})
		}
	}
	return slices.Concat(found...), unread
}

// bundles reads every revision once. It returns the revisions that the source no longer has, which are yet to be
// explained, and those that are copies; every other failure is a problem.
func (inv *Inventory) bundles(ctx context.Context, src Source, o CollectOptions, keep func(apigee.Revision, *bundle.Archive)) (gone []lost, copied *copies) {
	revisions, environments := distinct(inv.Deployments)
	errs, copied := fetch(ctx, src, o, revisions, keep)
	for i, r := range revisions {
		switch err := errs[i]; {
		case errors.Is(err, ErrNotFound):
			gone = append(gone, lost{r, err})
		case err != nil:
			inv.failed = append(inv.failed, unread(r, environments[r], err))
		}
	}
	return gone, copied
}

// fetch reads revisions, several at once, and returns for each why it could not be read, and which are copies of others.
func fetch(ctx context.Context, src Source, o CollectOptions, revisions []apigee.Revision, keep func(apigee.Revision, *bundle.Archive)) ([]error, *copies) {
	errs := make([]error, len(revisions))
	copied := newCopies(revisions)
	var mu sync.Mutex
	done := 0
	read := func(i int) {
		if o.Done != nil {
			defer o.Done(revisions[i]) // also where reading panics: somebody may wait for it
		}
		var a *bundle.Archive
		if errs[i] = ctx.Err(); errs[i] == nil {
			a, errs[i] = src.Bundle(ctx, revisions[i])
		}
		if again := copied.isCopy(revisions[i], a); errs[i] == nil && !again {
			keep(revisions[i], a)
		}
		mu.Lock()
		defer mu.Unlock()
		if done++; o.Progress != nil {
			o.Progress(done, len(revisions))
		}
	}
	if o.Listed != nil {
		o.Listed(revisions)
	}
	crew.Each(len(revisions), o.Concurrency, read)
	return errs, copied
}

func unread(r apigee.Revision, environments []string, err error) failed {
	operation := "download bundle"
	if r.Root != "" {
		operation = "read bundle"
	}
	return failed{
		Problem: r.About(apigee.Problem{Operation: operation}).Within(environments), err: err,
		verdict:  "what it issues or refreshes was not seen",
		together: "what they issue or refresh was not seen",
	}
}

// distinct lists every revision once, shared flows first, and the environments that have it.
func distinct(deployments []apigee.Deployment) ([]apigee.Revision, map[apigee.Revision][]string) {
	var out []apigee.Revision
	environments := map[apigee.Revision][]string{}
	for _, d := range deployments {
		if environments[d.Revision] == nil {
			out = append(out, d.Revision)
		}
		environments[d.Revision] = append(environments[d.Revision], d.Environment)
	}
	slices.SortStableFunc(out, func(a, b apigee.Revision) int { return cmp.Compare(b.Kind, a.Kind) })
	return out, environments
}
