package cache

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Created lists when each proxy or shared flow came into being, by name; it may leave some out. It is asked for only where a
// kept bundle may be another's.
type Created func(ctx context.Context, kind apigee.Kind) (map[string]time.Time, error)

// Source is a live source whose deployed revisions never change, as those of Apigee X and hybrid. It takes bundles from a
// store where it may, and keeps those that it downloads as they arrive.
type Source struct {
	inventory.Source
	born   Created
	shelf  *shelf
	packer *packer
	limits bundle.Limits
	now    func() time.Time

	hits atomic.Int64

	mu       sync.Mutex
	deployed map[apigee.Revision]map[string]int64 // environment → deployment time
	created  map[apigee.Kind]func() map[string]time.Time
	unkept   error // the first bundle that could not be kept
}

var _ inventory.Source = (*Source)(nil)

// NewSource puts a store before a live source. It has to be closed.
func NewSource(live inventory.Source, born Created, store *Store, scope Scope, limits bundle.Limits) *Source {
	return &Source{
		Source: live, born: born, shelf: &shelf{store: store, scope: scope}, packer: &packer{store: store, scope: scope}, limits: limits, now: time.Now,
		deployed: map[apigee.Revision]map[string]int64{},
		created:  map[apigee.Kind]func() map[string]time.Time{},
	}
}

// Deployments lists what is deployed, and remembers since when.
func (s *Source) Deployments(ctx context.Context) (inventory.Listing, error) {
	listing, err := s.Source.Deployments(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range listing.Deployments {
		if d.DeployedAt == 0 {
			continue
		}
		if s.deployed[d.Revision] == nil {
			s.deployed[d.Revision] = map[string]int64{}
		}
		s.deployed[d.Revision][d.Environment] = d.DeployedAt
	}
	return listing, err
}

// Bundle takes one revision from the store, else downloads and keeps it. Failing to keep it is not an error: see Unkept.
func (s *Source) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	deployed := s.deployments(r)
	if e, since, ok := s.shelf.get(r, s.limits.Compressed); ok && s.valid(ctx, e, deployed) {
		if err := e.archive.Open(s.limits); err == nil {
			s.hits.Add(1)
			s.renew(e, since)
			return e.archive, nil
		}
	}
	archive, err := s.Source.Bundle(ctx, r)
	if err != nil {
		return nil, err
	}
	fetched := archive.FetchedAt
	if fetched.IsZero() {
		fetched = s.now().Add(-time.Minute) // this machine's clock may be fast
	}
	s.keep(&entry{
		Scope: s.shelf.scope, Kind: r.Kind, Name: r.Name, Revision: r.Number, SHA256: archive.SHA256,
		FetchedAt: fetched.UTC(), DeployedAt: deployed, archive: archive,
	})
	return archive, nil
}

// Hits is how many bundles came from the store.
func (s *Source) Hits() int { return int(s.hits.Load()) }

// Distrusted is why entries were not used: see [Store.Distrusted].
func (s *Source) Distrusted() error { return s.shelf.store.Distrusted() }

// Unkept is why bundles could not be kept, or nil.
func (s *Source) Unkept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unkept
}

// Close ends what is being written. What is asked for afterwards is answered as before, and needs another Close.
func (s *Source) Close() {
	s.shelf.close()
	s.noteUnkept(s.packer.close())
}

func (s *Source) keep(e *entry) { s.noteUnkept(s.packer.put(e)) }

// renew packs an entry anew that is used and in an old pack. Where that fails it is downloaded again once in a while, and nothing
// worse.
func (s *Source) renew(e *entry, since time.Time) {
	if store := s.shelf.store; store.now().Sub(since) > store.renewAfter() {
		_ = s.packer.put(e)
	}
}

func (s *Source) noteUnkept(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unkept == nil {
		s.unkept = err
	}
}

func (s *Source) deployments(r apigee.Revision) map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.deployed[r])
}
