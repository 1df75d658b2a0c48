package audit

import (
	"context"
	"maps"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

const (
	// maxKept bounds the zips that are kept in memory, in bytes: more than a thousand bundles of ordinary size.
	maxKept = 32 << 20
	// ManyRevisions are so many that what is kept of them takes much of the memory that is in use, while fixes are looked for of few of
	// their findings. An eighth of the zips is kept then.
	ManyRevisions = 4000
)

// archives are downloaded bundles that somebody may ask for again. What has no zip in memory, or finds no room, is asked of the
// source again.
type archives struct {
	mu         sync.Mutex
	byRevision map[apigee.Revision]*bundle.Archive
	room, size int // in bytes
}

func newArchives() *archives {
	return &archives{byRevision: map[apigee.Revision]*bundle.Archive{}, room: maxKept}
}

// expect says how many bundles there are, before any is kept.
func (k *archives) expect(revisions int) {
	if k != nil && revisions > ManyRevisions {
		k.room = maxKept / 8
	}
}

// keep keeps a bundle if there is room. handlesTokens says that it may be edited.
func (k *archives) keep(r apigee.Revision, a *bundle.Archive, handlesTokens bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.byRevision[r]; old != nil {
		k.size -= len(old.Zip)
		delete(k.byRevision, r)
	}
	room := k.room
	if !handlesTokens {
		room /= 4 // others are asked for only where a shared flow that they may call is edited
	}
	if a.Zip == nil || k.size+len(a.Zip) > room {
		return
	}
	k.size += len(a.Zip)
	k.byRevision[r] = a.Unopened()
}

func (k *archives) get(r apigee.Revision) *bundle.Archive {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byRevision[r]
}

// Release gives up the kept archives of all bundles but some. [Audit.Archive] asks the source again for those.
func (a *Audit) Release(but map[apigee.Ref]bool) {
	if k := a.units.kept; k != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		maps.DeleteFunc(k.byRevision, func(r apigee.Revision, gone *bundle.Archive) bool {
			if but[r.Ref()] {
				return false
			}
			k.size -= len(gone.Zip)
			return true
		})
	}
}

// Archive is a bundle as it was read, or where it was not kept as the source has it now.
func (a *Audit) Archive(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if kept := a.units.kept.get(r); kept != nil {
		again := kept.Unopened() // of its own: files share what they may unpack
		return again, again.Open(a.options.Limits)
	}
	return a.source.Bundle(ctx, r)
}
