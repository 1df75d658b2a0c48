package slab

import "testing"

func TestPut(t *testing.T) {
	var s Of[int]
	var all []*int
	for i := range 3 * largest {
		all = append(all, s.Put(i))
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

func TestScratch(t *testing.T) {
	var s Scratch[int]
	for round := range 3 {
		var all [][]int
		for _, n := range []int{1, 0, 3, 100, 2} {
			list := s.Take(n)
			if len(list) != 0 || cap(list) != n {
				t.Errorf("Take(%d) has length %d and capacity %d", n, len(list), cap(list))
			}
			for i, v := range list[:n] {
				if v != 0 {
					t.Errorf("round %d: element %d of Take(%d) is %d, want 0", round, i, n, v)
				}
				list = append(list, len(all)+1)
			}
			all = append(all, list)
		}
		one := s.Put(-1)
		for i, list := range all {
			for k, v := range list {
				if v != i+1 {
					t.Errorf("round %d: element %d of list %d is %d: another list has its place", round, k, i, v)
				}
			}
		}
		if *one != -1 {
			t.Errorf("round %d: a value is %d, want -1", round, *one)
		}
		s.Reset()
	}
	if allocations := testing.AllocsPerRun(10, func() { s.Take(s.Cap()); s.Reset() }); allocations > 0 {
		t.Errorf("its memory is not used again: %.0f allocations", allocations)
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
			kept = append(kept, s.Put(0))
		}
	})
	if allocations > values/50 {
		t.Errorf("%d values took %.0f allocations", values, allocations)
	}
}
