package cache

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"apigee-audit/apigee"
)

// Live is a source whose deployed revisions never change, as those of Apigee X and hybrid.
type Live interface {
	apigee.Source
	// ZipDated downloads a revision, and says when the server answered by its own clock; zero where it does not say.
	ZipDated(ctx context.Context, r apigee.Revision) ([]byte, time.Time, error)
	// Created lists when each proxy or shared flow came into being, by name; it may leave some out.
	Created(ctx context.Context, kind apigee.Kind) (map[string]time.Time, error)
	Close()
}

// Source is a live source that takes bundles from a store where it may, and keeps those that it downloads as they arrive.
type Source struct {
	Live
	store  *Store
	scope  Scope
	limits apigee.Limits
	now    func() time.Time

	hits atomic.Int64

	mu       sync.Mutex
	deployed map[apigee.Revision]map[string]int64 // environment → deployment time
	created  map[apigee.Kind]func() map[string]time.Time
	unkept   error // the first bundle that could not be kept
}

var _ apigee.Source = (*Source)(nil)

// NewSource puts a store before a live source.
func NewSource(live Live, store *Store, scope Scope, limits apigee.Limits) *Source {
	return &Source{
		Live: live, store: store, scope: scope, limits: limits, now: time.Now,
		deployed: map[apigee.Revision]map[string]int64{},
		created:  map[apigee.Kind]func() map[string]time.Time{},
	}
}

// Deployments lists what is deployed, and remembers since when.
func (s *Source) Deployments(ctx context.Context) ([]apigee.Deployment, []apigee.Problem, error) {
	all, problems, err := s.Live.Deployments(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range all {
		if d.DeployedAt == 0 {
			continue
		}
		if s.deployed[d.Revision] == nil {
			s.deployed[d.Revision] = map[string]int64{}
		}
		s.deployed[d.Revision][d.Environment] = d.DeployedAt
	}
	return all, problems, err
}

// Bundle reads one revision from the store, else downloads and keeps it. That it cannot be kept is no error: see Unkept.
func (s *Source) Bundle(ctx context.Context, r apigee.Revision) (*apigee.Archive, error) {
	_, archive, err := s.read(ctx, r)
	return archive, err
}

// Zip is Bundle for those who want the zip as the server packed it.
func (s *Source) Zip(ctx context.Context, r apigee.Revision) ([]byte, error) {
	zip, _, err := s.read(ctx, r)
	return zip, err
}

func (s *Source) read(ctx context.Context, r apigee.Revision) ([]byte, *apigee.Archive, error) {
	deployed := s.deployments(r)
	if e, ok := s.store.get(s.scope, r, s.limits.Compressed); ok && s.valid(ctx, e, deployed) {
		if archive, err := apigee.ReadZip(e.zip, s.limits); err == nil {
			s.hits.Add(1)
			return e.zip, archive, nil
		}
	}
	zip, fetched, err := s.ZipDated(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	archive, err := apigee.ReadZip(zip, s.limits)
	if err != nil {
		return nil, nil, fmt.Errorf("read the bundle of %s: %w", r, err)
	}
	if fetched.IsZero() {
		fetched = s.now().Add(-time.Minute) // this machine's clock may be fast
	}
	s.keep(&entry{
		Scope: s.scope, Kind: r.Kind, Name: r.Name, Revision: r.Number,
		FetchedAt: fetched.UTC(), DeployedAt: deployed, zip: zip,
	})
	return zip, archive, nil
}

// Unwrap is the live source behind, which may have more to tell than bundles: see [apigee.EvidenceOf].
func (s *Source) Unwrap() apigee.Source { return s.Live }

// Hits is how many bundles came from the store.
func (s *Source) Hits() int { return int(s.hits.Load()) }

// Distrusted is why entries were not used: see [Store.Distrusted].
func (s *Source) Distrusted() error { return s.store.Distrusted() }

// Unkept is why bundles could not be kept, or nil.
func (s *Source) Unkept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unkept
}

// keep stores an entry. After a failure it does not try again: a full disk stays full.
func (s *Source) keep(e *entry) {
	if s.Unkept() != nil {
		return
	}
	if err := s.store.put(e); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unkept = err
	}
}

func (s *Source) deployments(r apigee.Revision) map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.deployed[r])
}
