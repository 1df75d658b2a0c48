package cli

import "testing"

func TestMemoryLimit(t *testing.T) {
	for kept, want := range map[int64]int64{
		0: memoryAim, memoryAim * 2 / 3: memoryAim, memoryAim * 7 / 10: memoryAim * 105 / 100, memoryAim * 4 / 5: memoryMost, memoryAim: memoryAim * 4 / 3, 3 * memoryAim: 4 * memoryAim,
	} {
		if got := memoryLimit(kept); got != want {
			t.Errorf("%d bytes kept: the limit is %d, want %d", kept, got, want)
		}
	}
}
