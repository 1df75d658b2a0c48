package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLater holds that the places behind and before one are those that asking every place of the walk would find, in its order.
func TestLater(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	flows := []*flow{nil, {name: "a"}, {name: "b"}, {name: "c"}}
	for _, n := range []int{fewPlaces / 2, 4 * fewPlaces} {
		w := &Trace{}
		for i := range n {
			r := &Site{Policy: &Policy{Definition: &Definition{Enabled: random.IntN(2) == 0}}, Order: int32(i / 2), at: &frame{}, spot: &spot{}, way: &w.ways.start}
			switch random.IntN(5) {
			case 0:
				r.at = nil
			case 1:
				r.spot.inFault = true
			case 2:
				r.spot.targetFlow = flows[random.IntN(len(flows))]
			default:
				r.spot.proxyFlow = flows[random.IntN(len(flows))]
			}
			w.Sites = append(w.Sites, r)
		}
		enabled := func(p *Policy) bool { return p.Enabled }
		found := 0
		for _, r := range w.Sites {
			var later, earlier []*Site
			for _, other := range w.Sites {
				switch {
				case !other.Policy.Enabled || !w.Together(r, other):
				case other.Order > r.Order:
					later = append(later, other)
				case other.Order < r.Order:
					earlier = append(earlier, other)
				}
			}
			if got := w.Later(r, enabled); !slices.Equal(got, later) {
				t.Fatalf("%d places: %d are behind one, want %d", n, len(got), len(later))
			}
			if got := w.Earlier(r, enabled); !slices.Equal(got, earlier) {
				t.Fatalf("%d places: %d are before one, want %d", n, len(got), len(earlier))
			}
			found += len(later) + len(earlier)
		}
		if found < n {
			t.Errorf("only %d of %d places pass together with others: the test shows nothing", found, n)
		}
	}
}
