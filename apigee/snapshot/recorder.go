package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Recorder passes the answers of a source on and keeps them, refusals included: a scan of the snapshot gets the same ones.
// So a pull is an ordinary [inventory.Collect] over a recorder, and what it cannot read, such as a download that is not a bundle,
// is a problem of the pull in the words in which it is one of a scan.
type Recorder struct {
	to      *Writer
	source  inventory.Source
	name    string
	started time.Time

	mu       sync.Mutex
	org      *apigee.Organization
	listing  inventory.Listing
	listed   bool
	hooks    []flowHook
	bundles  map[apigee.Revision]revision
	failed   map[apigee.Revision]error
	unhooked map[string]error // by environment
}

var _ inventory.Source = (*Recorder)(nil)

// Record begins one organization of the snapshot.
func (w *Writer) Record(name string, source inventory.Source, now time.Time) *Recorder {
	return &Recorder{
		to: w, source: source, name: name, started: now,
		bundles: map[apigee.Revision]revision{}, failed: map[apigee.Revision]error{}, unhooked: map[string]error{},
	}
}

// Organization implements [inventory.Source].
func (r *Recorder) Organization(ctx context.Context) (*apigee.Organization, error) {
	org, err := r.source.Organization(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.org = org
	return org, err
}

// Deployments implements [inventory.Source].
func (r *Recorder) Deployments(ctx context.Context) (inventory.Listing, error) {
	listing, err := r.source.Deployments(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.listed { // a second list only explains what had gone; the inventory holds the outcome
		r.listing, r.listed = listing, true
	}
	return listing, err
}

// FlowHooks implements [inventory.Source].
func (r *Recorder) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	hooks, err := r.source.FlowHooks(ctx, environment)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range hooks {
		r.hooks = append(r.hooks, flowHook{Environment: h.Environment, Point: h.Point, SharedFlow: h.SharedFlow})
	}
	if err != nil {
		r.unhooked[environment] = err
	}
	return hooks, err
}

// Bundle stores the zip of a revision as it was downloaded. One that cannot be read is not stored: the snapshot says why
// instead.
func (r *Recorder) Bundle(ctx context.Context, id apigee.Revision) (*bundle.Archive, error) {
	archive, stored, err := r.store(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed[id] = err
		return nil, err
	}
	r.bundles[id] = stored
	return archive, nil
}

func (r *Recorder) store(ctx context.Context, id apigee.Revision) (*bundle.Archive, revision, error) {
	if err := r.to.Failure(); err != nil {
		return nil, revision{}, err
	}
	a, err := r.source.Bundle(ctx, id)
	if err != nil {
		return nil, revision{}, err
	}
	if a.Zip == nil {
		return nil, revision{}, fmt.Errorf("%s was not downloaded, so there is no zip of it to store", id)
	}
	name, err := place(r.name, id)
	if err != nil {
		return nil, revision{}, err
	}
	file, err := r.to.put(name, a.SHA256, a.Zip)
	return a, revision{Kind: id.Kind, Name: id.Name, Revision: id.Number, File: file, Size: int64(len(a.Zip)), SHA256: a.SHA256}, err
}

// errNotReached is what a revision has that was never asked for.
var errNotReached = errors.New("the pull ended before it was reached")

// End is how the collection from a [Recorder] ended.
type End struct {
	Inventory *inventory.Inventory // nil when the organization could not be read as a whole
	Failure   error                // why, then
	Stopped   error                // what ended the pull early, nil for nothing
	Explain   func(error) string
	At        time.Time
}

// Done adds the organization to the snapshot.
func (r *Recorder) Done(end End) {
	o := organization{
		Name: r.name, Platform: apigee.PlatformX, StartedAt: r.started, FinishedAt: end.At,
		Environments: []string{}, Deployments: []deployment{}, FlowHooks: r.hooks, Revisions: []revision{}, Problems: r.listing.Problems,
	}
	if r.org != nil {
		o.Platform, o.Endpoint, o.Environments = r.org.Platform, r.org.Endpoint, append(o.Environments, r.org.Environments...)
	}
	if end.Failure != nil {
		o.Error = end.Explain(end.Failure)
	}
	deployments, notices := r.listing.Deployments, r.listing.Notices
	if end.Inventory != nil {
		deployments, notices = end.Inventory.Deployments, end.Inventory.Notices
	}
	for _, n := range notices {
		n.Organization = r.name
		o.Notices = append(o.Notices, n)
	}
	unread := r.deployed(&o, deployments, end)
	for _, env := range slices.Sorted(maps.Keys(r.unhooked)) {
		o.FlowHooks = append(o.FlowHooks, flowHook{Environment: env, failure: failureOf(r.unhooked[env], end.Explain)})
	}
	o.Complete = o.Error == "" && len(o.Deployments) > 0 && len(r.listing.Problems)+len(r.unhooked)+unread == 0 && !o.partly()
	o.sort()
	r.to.add(o)
}

// deployed adds the deployments and their revisions, and counts those that could not be had.
func (r *Recorder) deployed(o *organization, deployments []apigee.Deployment, end End) (unread int) {
	seen := map[apigee.Revision]bool{}
	for _, d := range deployments {
		o.Deployments = append(o.Deployments, deployment{d.Environment, d.Kind, d.Name, d.Number, d.DeployedAt, d.Partly})
		if seen[d.Revision] {
			continue
		}
		seen[d.Revision] = true
		if stored, ok := r.bundles[d.Revision]; ok {
			o.Revisions = append(o.Revisions, stored)
			continue
		}
		err := cmp.Or(r.failed[d.Revision], end.Stopped, errNotReached)
		o.Revisions = append(o.Revisions, revision{
			Kind: d.Kind, Name: d.Name, Revision: d.Number, failure: failureOf(err, end.Explain), Missing: errors.Is(err, inventory.ErrNotFound),
		})
		unread++
	}
	return unread
}

// sort gives everything the one order that two pulls of the same deployments share.
func (o *organization) sort() {
	o.FlowHooks, o.Problems = append([]flowHook{}, o.FlowHooks...), append([]apigee.Problem{}, o.Problems...)
	slices.SortFunc(o.Deployments, func(a, b deployment) int { return apigee.CompareDeployments(a.id(), b.id()) })
	slices.SortFunc(o.FlowHooks, func(a, b flowHook) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Point, b.Point))
	})
	slices.SortFunc(o.Revisions, func(a, b revision) int { return apigee.CompareRevisions(a.id(), b.id()) })
	slices.SortFunc(o.Problems, apigee.CompareProblems)
}
