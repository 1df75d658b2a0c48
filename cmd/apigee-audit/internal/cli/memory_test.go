package cli

import "testing"

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct{ kept, beside, want int64 }{
		{0, 0, memoryAim},
		{memoryAim / 2, memoryAim / 4, memoryAim},
		{memoryAim * 5 / 6, 0, memoryAim},
		{memoryAim * 5 / 6, 20 << 20, memoryAim + 20<<20},
		{5 * memoryAim, 40 << 20, 6*memoryAim + 40<<20},
	} {
		if got := memoryLimit(c.kept, c.beside); got != c.want {
			t.Errorf("%d bytes kept and %d beside: the limit is %d, want %d", c.kept, c.beside, got, c.want)
		}
	}
}
