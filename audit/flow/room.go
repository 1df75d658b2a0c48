package flow

import (
	"slices"

	"apigee-audit/internal/slab"
)

// room is what reading a bundle takes and nobody keeps. A reader has some for each bundle that it reads at once and uses it again, because
// it would be a tenth of all that an audit allocates.
type room struct {
	drafts      []draft
	policies    []Policy
	definitions []Definition
	changes     []change
	fills       []fill
	steps       slab.Scratch[step]
	flows       slab.Scratch[flow]
	kept        kept
}

// kept are the blocks of what is kept of bundles, for room is used again before they are full.
type kept struct {
	endpoints slab.Of[endpoint]
	flows     slab.Of[flow]
	steps     slab.Of[step]
	routes    slab.Of[route]
}

// maxRoom bounds what is used again, in policies, changes, copies, steps and flows: a bundle that needs more is no ordinary one.
const maxRoom = 10000

func (rd *Reader) room() *room {
	if r, ok := rd.rooms.Get().(*room); ok {
		return r
	}
	return &room{}
}

// leave gives room back, without what it held of the bundle.
func (rd *Reader) leave(r *room) {
	if cap(r.policies)+cap(r.changes)+cap(r.fills)+r.steps.Cap()+r.flows.Cap() > maxRoom {
		return
	}
	r.drafts, r.policies, r.definitions = emptied(r.drafts), emptied(r.policies), emptied(r.definitions)
	r.changes, r.fills = emptied(r.changes), emptied(r.fills)
	r.steps.Reset()
	r.flows.Reset()
	rd.rooms.Put(r)
}

func emptied[T any](list []T) []T {
	clear(list)
	return list[:0]
}

// begin makes room for some policies.
func (r *room) begin(n int) {
	r.drafts, r.policies, r.definitions = slices.Grow(r.drafts, n)[:n], slices.Grow(r.policies, n)[:n], slices.Grow(r.definitions, n)[:n]
	for i := range r.drafts {
		r.policies[i].Definition = &r.definitions[i]
		r.drafts[i].Policy = &r.policies[i]
	}
}
