package overlay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// Once asks a source for everything at most once, and for failures not again either, so that several audits of one
// organization rest on the same answers and cost the requests of one. Archives wait on disk, in one file that nobody else can
// read and that has no name where the system allows it; the rest is small and stays in memory.
type Once struct {
	source   inventory.Source
	evidence inventory.EvidenceSource
	limits   bundle.Limits
	spool    *spool

	organization memo[struct{}, *apigee.Organization]
	listings     memo[int, inventory.Listing] // by how many were asked for before, see Source
	hooks        memo[string, []apigee.FlowHook]
	traffic      memo[string, *apigee.Traffic]
	masks        memo[string, *apigee.DebugMask]
	groups       memo[struct{}, []apigee.EnvironmentGroup]
	products     memo[struct{}, []apigee.Product]
	apps         memo[string, []apigee.App]

	mu   sync.Mutex
	kept map[apigee.Revision]*kept
}

// NewOnce begins to ask a source. evidence is nil where there is none. With again, the source gives bundles as often as they
// are asked for at no cost, as a snapshot does, and none is kept. [Once.Close] it afterwards.
func NewOnce(source inventory.Source, evidence inventory.EvidenceSource, again bool, l bundle.Limits) *Once {
	o := &Once{source: source, evidence: evidence, limits: l, kept: map[apigee.Revision]*kept{}}
	if !again {
		o.spool = &spool{}
	}
	return o
}

// Close removes what was kept.
func (o *Once) Close() error {
	if o.spool == nil {
		return nil
	}
	return o.spool.close()
}

// Unkept is why archives could not be kept, so that they were downloaded more than once; nil when all were.
func (o *Once) Unkept() error {
	if o.spool == nil {
		return nil
	}
	return o.spool.failure()
}

// Source is the source for one audit. Who lists the deployments again, as an audit does to see what changed meanwhile, gets
// the second answer, and so does every other audit that lists them twice.
func (o *Once) Source() inventory.Source { return &once{Once: o} }

type once struct {
	*Once
	mu     sync.Mutex
	listed int
}

func (s *once) Organization(ctx context.Context) (*apigee.Organization, error) {
	return s.organization.get(struct{}{}, func() (*apigee.Organization, error) { return s.source.Organization(ctx) })
}

func (s *once) Deployments(ctx context.Context) (inventory.Listing, error) {
	s.mu.Lock()
	n := s.listed
	s.listed++
	s.mu.Unlock()
	return s.listings.get(n, func() (inventory.Listing, error) { return s.source.Deployments(ctx) })
}

func (s *once) FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error) {
	return s.hooks.get(environment, func() ([]apigee.FlowHook, error) { return s.source.FlowHooks(ctx, environment) })
}

// kept is a bundle that was asked for: where its zip lies in the spool, or why there is none.
type kept struct {
	err       error
	at        int64
	size      int
	sha256    string
	fetchedAt time.Time
}

func (s *once) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	s.Once.mu.Lock()
	k := s.kept[r]
	s.Once.mu.Unlock()
	switch {
	case k == nil:
		a, err := s.source.Bundle(ctx, r)
		if k := s.keep(a, err); k != nil {
			s.Once.mu.Lock()
			s.kept[r] = k
			s.Once.mu.Unlock()
		}
		return a, err
	case k.err != nil:
		return nil, k.err
	}
	data, err := s.spool.get(k.at, k.size)
	if err != nil {
		return nil, fmt.Errorf("read %s, which was downloaded and kept in a temporary file: %w", r, err)
	}
	a := bundle.Downloaded(data, k.fetchedAt)
	if a.SHA256 != k.sha256 {
		return nil, fmt.Errorf("read %s, which was downloaded and kept in a temporary file: the file was changed", r)
	}
	if err := a.Open(s.limits); err != nil {
		return nil, fmt.Errorf("read the bundle of %s: %w", r, err)
	}
	return a, nil
}

// keep notes what came of asking for a bundle; nil where it has to be asked for again.
func (o *Once) keep(a *bundle.Archive, err error) *kept {
	switch {
	case err != nil:
		return &kept{err: err}
	case o.spool == nil || a.Zip == nil:
		return nil
	}
	at, err := o.spool.put(a.Zip)
	if err != nil {
		return nil
	}
	return &kept{at: at, size: len(a.Zip), sha256: a.SHA256, fetchedAt: a.FetchedAt}
}

// Evidence is what the organization's own records say; nil where there are none.
func (o *Once) Evidence() inventory.EvidenceSource {
	if o.evidence == nil {
		return nil
	}
	return records{o}
}

type records struct{ *Once }

func (s records) Traffic(ctx context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	key := fmt.Sprintf("%q %d %d %q %q", q.Environment, q.Window.Start.UnixNano(), q.Window.End.UnixNano(), q.Dimensions, q.Proxies)
	return s.traffic.get(key, func() (*apigee.Traffic, error) { return s.evidence.Traffic(ctx, q) })
}

func (s records) DebugMask(ctx context.Context, environment string) (*apigee.DebugMask, error) {
	return s.masks.get(environment, func() (*apigee.DebugMask, error) { return s.evidence.DebugMask(ctx, environment) })
}

func (s records) EnvironmentGroups(ctx context.Context) ([]apigee.EnvironmentGroup, error) {
	all, err := s.groups.get(struct{}{}, func() ([]apigee.EnvironmentGroup, error) { return s.evidence.EnvironmentGroups(ctx) })
	return slices.Clone(all), err // which the audit sorts
}

func (s records) Products(ctx context.Context) ([]apigee.Product, error) {
	all, err := s.products.get(struct{}{}, func() ([]apigee.Product, error) { return s.evidence.Products(ctx) })
	return slices.Clone(all), err
}

func (s records) Apps(ctx context.Context, product string) ([]apigee.App, error) {
	return s.apps.get(product, func() ([]apigee.App, error) { return s.evidence.Apps(ctx, product) })
}

// memo remembers answers by question.
type memo[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]func() (V, error)
}

func (m *memo[K, V]) get(key K, ask func() (V, error)) (V, error) {
	m.mu.Lock()
	answer := m.all[key]
	if answer == nil {
		answer = sync.OnceValues(ask)
		if m.all == nil {
			m.all = map[K]func() (V, error){}
		}
		m.all[key] = answer
	}
	m.mu.Unlock()
	return answer()
}

// spool is a temporary file of zips, one behind the other.
type spool struct {
	mu     sync.Mutex
	file   *os.File
	size   int64
	failed error
	// nameless reports whether the file has no name any more.
	nameless, closed bool
}

var errClosed = errors.New("it is closed")

func (s *spool) put(data []byte) (at int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && s.file == nil {
		s.failed = s.open()
	}
	if s.failed != nil {
		return 0, s.failed
	}
	at = s.size
	if _, s.failed = s.file.WriteAt(data, at); s.failed != nil { // a full disk stays full
		return 0, s.failed
	}
	s.size += int64(len(data))
	return at, nil
}

func (s *spool) open() (err error) {
	if s.closed {
		return errClosed
	}
	if s.file, err = os.CreateTemp("", "apigee-audit-*"); err != nil { // readable by the user alone
		return err
	}
	s.nameless = os.Remove(s.file.Name()) == nil // then it is gone however the program ends; else close removes it
	return nil
}

func (s *spool) get(at int64, n int) ([]byte, error) {
	s.mu.Lock()
	file := s.file
	s.mu.Unlock()
	if file == nil {
		return nil, errClosed
	}
	data := make([]byte, n)
	_, err := file.ReadAt(data, at)
	return data, err
}

func (s *spool) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.failed, errClosed) {
		return nil
	}
	return s.failed
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file == nil {
		return nil
	}
	name, err := s.file.Name(), s.file.Close()
	s.file, s.failed = nil, errClosed
	if s.nameless {
		return err
	}
	return errors.Join(err, os.Remove(name))
}
