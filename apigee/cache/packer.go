package cache

import (
	"cmp"
	"sync"
)

// packer keeps bundles of one organization, in packs that no other process writes to.
type packer struct {
	store *Store
	scope Scope

	mu      sync.Mutex
	writing *packWriter // nil where none is begun
	failed  error       // why nothing more is kept: a full disk stays full
}

// put keeps an entry, in place of an older one. Whoever fills a pack closes it, which on a mounted bucket uploads it, while
// others go on.
func (p *packer) put(e *entry) error {
	full, err := p.add(e)
	if err == nil && full != nil {
		err = p.fail(full.close())
	}
	return err
}

// add writes an entry, and returns the pack if it is full.
func (p *packer) add(e *entry) (full *packWriter, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return nil, p.failed
	}
	if p.writing == nil {
		p.writing, p.failed = p.begin()
	}
	if p.failed == nil {
		p.failed = p.writing.add(e, p.store.key)
	}
	if p.failed != nil || p.writing.size < p.store.packSize() {
		return nil, p.failed
	}
	return p.end(), nil
}

func (p *packer) begin() (*packWriter, error) {
	if err := p.store.checkFolders(p.scope); err != nil && !missing(err) {
		return nil, err
	}
	return p.store.newPack(p.store.folder(p.scope))
}

// end takes the pack that is being written, and counts it.
func (p *packer) end() *packWriter {
	w := p.writing
	p.writing = nil
	if w != nil {
		p.store.kept(w.size)
	}
	return w
}

func (p *packer) fail(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = cmp.Or(p.failed, err)
	return err
}

// close closes the pack that is being written. What is kept later goes to another.
func (p *packer) close() error {
	p.mu.Lock()
	w := p.end()
	p.mu.Unlock()
	if w == nil {
		return nil
	}
	return p.fail(w.close())
}
