package cli

import "testing"

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct{ kept, beside, want int64 }{
		{0, 0, memoryAim},
		{memoryAim / 2, memoryAim / 4, memoryAim},
		{memoryAim * 4 / 5, 0, memoryAim},
		{300 << 20, 0, 360 << 20},
		{300 << 20, 20 << 20, 380 << 20},
		{1000 << 20, 40 << 20, 1240 << 20},
	} {
		if got := memoryLimit(c.kept, c.beside); got != c.want {
			t.Errorf("%d bytes kept and %d beside: the limit is %d, want %d", c.kept, c.beside, got, c.want)
		}
	}
}
