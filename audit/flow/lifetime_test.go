package flow

import (
	"math"
	"testing"
)

func TestReadLifetime(t *testing.T) {
	for _, c := range []struct {
		value, ref string
		absent     bool
		kind       LifetimeKind
		ms         int64
	}{
		{absent: true, kind: LifetimeAbsent},
		{ref: "a.variable", kind: LifetimeVariable},
		{value: "  ", ref: "a.variable", kind: LifetimeVariable},
		{value: "-1", kind: LifetimeForever},
		{value: "-1", ref: "a.variable", kind: LifetimeForever},
		{value: "1", kind: LifetimeTimed, ms: 1},
		{value: " 86400000\n", kind: LifetimeTimed, ms: 86400000},
		{value: "9223372036854775807", kind: LifetimeTimed, ms: math.MaxInt64},
		{value: "9223372036854775808", kind: LifetimeTooLarge},
		{value: "-9223372036854775809", kind: LifetimeTooLarge},
		{value: "0", kind: LifetimeNotPositive},
		{value: "-2", kind: LifetimeNotPositive},
		{value: "1e9", kind: LifetimeNoNumber},
		{value: "${ttl}", kind: LifetimeNoNumber},
	} {
		kind, ms := Lifetime{Present: !c.absent, Value: c.value, Ref: c.ref}.Read()
		if kind != c.kind || ms != c.ms {
			t.Errorf("%q: kind %d, %d ms; want %d, %d", c.value, kind, ms, c.kind, c.ms)
		}
		if want := c.kind == LifetimeNotPositive || c.kind == LifetimeNoNumber || c.kind == LifetimeTooLarge; kind.Invalid() != want {
			t.Errorf("%q: invalid is %t", c.value, kind.Invalid())
		}
	}
}
