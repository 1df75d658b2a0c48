package slab

import "testing"

func TestNew(t *testing.T) {
	var s Of[int]
	var all []*int
	for i := range 3 * largest {
		p := s.New()
		if *p != 0 {
			t.Errorf("new value %d is %d, want 0", i, *p)
		}
		*p = i
		all = append(all, p)
	}
	for i, p := range all {
		if *p != i {
			t.Errorf("value %d is %d: another one has its place", i, *p)
		}
	}
}

func TestSlice(t *testing.T) {
	var s Of[int]
	if got := s.Slice(0); got != nil {
		t.Errorf("Slice(0) = %v, want nil", got)
	}
	var all [][]int
	for _, n := range []int{1, smallest - 1, smallest, smallest + 1, 3 * smallest, largest / 4, largest/4 + 1, largest, 5 * largest, 2, 1} {
		list := s.Slice(n)
		if len(list) != n || cap(list) != n {
			t.Errorf("Slice(%d) has length %d and capacity %d", n, len(list), cap(list))
		}
		for i, v := range list {
			if v != 0 {
				t.Errorf("Slice(%d)[%d] = %d, want 0", n, i, v)
			}
			list[i] = len(all) + 1
		}
		all = append(all, list)
	}
	for i, list := range all {
		for k, v := range list {
			if v != i+1 {
				t.Errorf("element %d of list %d is that of list %d", k, i, v-1)
			}
		}
	}
}

// TestFewObjects is what the package is for.
func TestFewObjects(t *testing.T) {
	const values = 10 * largest
	var kept []*int
	allocations := testing.AllocsPerRun(10, func() {
		var s Of[int]
		kept = kept[:0]
		for range values {
			kept = append(kept, s.New())
		}
	})
	if allocations > values/50 {
		t.Errorf("%d values took %.0f allocations", values, allocations)
	}
}
