package snapshot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"apigee-audit/apigee"
)

// Packed is a source that can hand out bundles as the server packed them.
type Packed interface {
	apigee.Source
	Zip(ctx context.Context, r apigee.Revision) ([]byte, error)
}

// Recorder passes the answers of a source on and keeps them, refusals included: a scan of the snapshot gets the same ones.
// So a pull is an ordinary [apigee.Collect] over a recorder.
type Recorder struct {
	to      *Writer
	source  Packed
	name    string
	started time.Time

	mu          sync.Mutex
	org         *apigee.Organization
	deployments []apigee.Deployment
	problems    []apigee.Problem
	hooks       []flowHook
	bundles     map[apigee.Revision]revision
	failed      map[apigee.Revision]error
	unhooked    map[string]error // by environment
}

var _ apigee.Source = (*Recorder)(nil)

// Record begins one organization of the snapshot.
func (w *Writer) Record(name string, source Packed, now time.Time) *Recorder {
	return &Recorder{
		to: w, source: source, name: name, started: now,
		bundles: map[apigee.Revision]revision{}, failed: map[apigee.Revision]error{}, unhooked: map[string]error{},
	}
}

// Organization implements [apigee.Source].
func (r *Recorder) Organization(ctx context.Context) (*apigee.Organization, error) {
	org, err := r.source.Organization(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.org = org
	return org, err
}

// Deployments implements [apigee.Source].
func (r *Recorder) Deployments(ctx context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	deployments, problems, err := r.source.Deployments(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deployments, r.problems = slices.Clone(deployments), slices.Clone(problems)
	return deployments, problems, err
}

// FlowHooks implements [apigee.Source].
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

// Bundle stores a revision as it is. The archive is empty: pulling judges nothing, not even whether the bundle is one.
func (r *Recorder) Bundle(ctx context.Context, id apigee.Revision) (*apigee.Archive, error) {
	stored, err := r.store(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed[id] = err
		return nil, err
	}
	r.bundles[id] = stored
	return &apigee.Archive{SHA256: stored.SHA256}, nil
}

func (r *Recorder) store(ctx context.Context, id apigee.Revision) (revision, error) {
	data, err := r.source.Zip(ctx, id)
	if err != nil {
		return revision{}, err
	}
	name, err := place(r.name, id)
	if err != nil {
		return revision{}, err
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	file, err := r.to.put(name, digest, data)
	return revision{Kind: id.Kind, Name: id.Name, Revision: id.Number, File: file, Size: int64(len(data)), SHA256: digest}, err
}

// errNotReached is what a revision has that was never asked for.
var errNotReached = errors.New("the pull ended before it")

// Done ends the organization with what was collected, nil where failure is why it could not be read as a whole; ended is
// what ended the pull early, nil for nothing. explain puts the errors into words.
func (r *Recorder) Done(inv *apigee.Inventory, failure, ended error, explain func(error) string, now time.Time) {
	o := organization{
		Name: r.name, Platform: apigee.PlatformX, StartedAt: r.started, FinishedAt: now,
		Environments: []string{}, Deployments: []deployment{}, FlowHooks: r.hooks, Revisions: []revision{}, Problems: r.problems,
	}
	if r.org != nil {
		o.Platform, o.Environments = r.org.Platform, append(o.Environments, r.org.Environments...)
	}
	if n, ok := r.source.(interface{ Notices() []apigee.Problem }); ok {
		o.Notices = n.Notices()
	}
	if failure != nil {
		o.Error = explain(failure)
	}
	if inv != nil { // what changed while it was collected is in there
		r.deployments = inv.Deployments
		o.Notices = append(o.Notices, inv.Notices...)
	}
	wanted := map[apigee.Revision]bool{}
	for _, d := range r.deployments {
		wanted[d.Revision] = true
		o.Deployments = append(o.Deployments, deployment{d.Environment, d.Kind, d.Name, d.Number})
		if _, have := r.bundles[d.Revision]; !have && r.failed[d.Revision] == nil {
			r.failed[d.Revision] = cmp.Or(ended, errNotReached)
		}
	}
	for _, env := range slices.Sorted(maps.Keys(r.unhooked)) {
		o.FlowHooks = append(o.FlowHooks, flowHook{Environment: env, Error: explain(r.unhooked[env])})
	}
	maps.DeleteFunc(r.failed, func(id apigee.Revision, _ error) bool { return !wanted[id] })
	maps.DeleteFunc(r.bundles, func(id apigee.Revision, _ revision) bool { return !wanted[id] })
	for id, err := range r.failed {
		o.Revisions = append(o.Revisions, revision{
			Kind: id.Kind, Name: id.Name, Revision: id.Number, Error: explain(err), Missing: errors.Is(err, apigee.ErrNotFound),
		})
	}
	o.Revisions = slices.AppendSeq(o.Revisions, maps.Values(r.bundles))
	o.Complete = o.Error == "" && len(o.Deployments) > 0 && len(r.problems)+len(r.unhooked)+len(r.failed) == 0
	o.sort()
	r.to.add(o)
}

// sort gives everything the one order that two pulls of the same deployments share.
func (o *organization) sort() {
	o.FlowHooks, o.Problems = append([]flowHook{}, o.FlowHooks...), append([]apigee.Problem{}, o.Problems...)
	slices.SortFunc(o.Deployments, func(a, b deployment) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(len(a.Revision), len(b.Revision)), cmp.Compare(a.Revision, b.Revision))
	})
	slices.SortFunc(o.FlowHooks, func(a, b flowHook) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Point, b.Point))
	})
	slices.SortFunc(o.Revisions, func(a, b revision) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(len(a.Revision), len(b.Revision)), cmp.Compare(a.Revision, b.Revision))
	})
	slices.SortFunc(o.Problems, apigee.CompareProblems)
}
