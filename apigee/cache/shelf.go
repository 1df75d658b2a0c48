package cache

import (
	"sync"
	"time"

	"apigee-audit/apigee"
)

// shelf is what a store keeps of one organization when a run begins to use it.
type shelf struct {
	store *Store
	scope Scope

	mu     sync.Mutex
	packs  []*pack
	places map[apigee.Revision]place // in packs; nil before they are looked for
}

// get reads an entry, and says since when it is in its pack. One that is missing, damaged or another's is not there, and one that
// somebody else may have written is not used: a digest proves that an entry is whole, not whose it is.
func (h *shelf) get(r apigee.Revision, limit int64) (e *entry, since time.Time, ok bool) {
	p, ok := h.find(r)
	if !ok {
		return nil, time.Time{}, false
	}
	e, err := p.entry()
	if err != nil || e.Scope != h.scope || e.revision() != r || e.Size > limit {
		return nil, time.Time{}, false
	}
	if key := h.store.key; key != nil && !e.sealedWith(key) {
		return nil, time.Time{}, false
	}
	return e, p.pack.begun, p.pack.read(e) == nil
}

// find says where a bundle lies.
func (h *shelf) find(r apigee.Revision) (p place, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.places == nil {
		if h.store.checkFolders(h.scope) == nil {
			h.packs, _ = h.store.packs(h.store.folder(h.scope)) // where they cannot be listed, writing one says why
		}
		h.places = h.store.places(h.packs)
	}
	p, ok = h.places[r]
	return p, ok
}

// close closes the packs that were read. What is asked for later is looked for anew.
func (h *shelf) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.packs {
		p.close()
	}
	h.packs, h.places = nil, nil
}
