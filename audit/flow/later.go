package flow

import (
	"iter"
	"slices"
	"sync"
)

// Later lists the places behind r that the same request can pass, in order, of the policies that keep wants.
func (w *Trace) Later(r *Site, keep func(*Policy) bool) []*Site {
	var out []*Site
	for other := range w.candidates(r) {
		if other.Order > r.Order && keep(other.Policy) && w.Together(r, other) {
			out = append(out, other)
		}
	}
	return out
}

// Earlier lists the places before r that the same request can have passed, in order, of the policies that keep wants.
func (w *Trace) Earlier(r *Site, keep func(*Policy) bool) []*Site {
	var out []*Site
	for other := range w.candidates(r) {
		if other.Order < r.Order && keep(other.Policy) && w.Together(r, other) {
			out = append(out, other)
		}
	}
	return out
}

// flowIndex finds the places of a large walk by the conditional flow that they are in, so that those in the thousands of other
// flows are not looked at from each of them. It is made when it is first needed.
type flowIndex struct {
	once          sync.Once
	proxy, target byFlow
}

// byFlow are numbers of places, in their order, by the conditional flow around them, nil for none.
type byFlow map[*flow][]int32

// fewPlaces are looked at about as quickly as they are found.
const fewPlaces = 64

// candidates are the places of the walk in their order, but for most of those that no request is known to pass together with r, because
// they lie in another conditional flow or it is not known where.
func (w *Trace) candidates(r *Site) iter.Seq[*Site] {
	if len(w.Sites) <= fewPlaces {
		return slices.Values(w.Sites)
	}
	ix := &w.flows
	ix.once.Do(func() {
		ix.proxy, ix.target = byFlow{}, byFlow{}
		for i, r := range w.Sites {
			if r.at == nil {
				continue
			}
			ix.proxy[r.spot.proxyFlow] = append(ix.proxy[r.spot.proxyFlow], int32(i))
			ix.target[r.spot.targetFlow] = append(ix.target[r.spot.targetFlow], int32(i))
		}
	})
	var same, outside []int32
	switch in := r.spot; {
	case in.proxyFlow != nil:
		same, outside = ix.proxy[in.proxyFlow], ix.proxy[nil]
	case in.targetFlow != nil:
		same, outside = ix.target[in.targetFlow], ix.target[nil]
	default:
		return slices.Values(w.Sites)
	}
	return func(yield func(*Site) bool) {
		for len(same)+len(outside) > 0 {
			next := &same
			if len(same) == 0 || len(outside) > 0 && outside[0] < same[0] {
				next = &outside
			}
			if !yield(w.Sites[(*next)[0]]) {
				return
			}
			*next = (*next)[1:]
		}
	}
}
