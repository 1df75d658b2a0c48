package rules

import (
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func TestWords(t *testing.T) {
	for ms, want := range map[int64]string{
		17280000000: "200 days", 100000000000: "3 years 62 days", 86400000: "1 day", 90000000: "1 day 1 hour", 2592000: "43 minutes 12 seconds",
		31536000000: "1 year", 31536060000: "1 year", 3600: "3 seconds 600 milliseconds", 1: "1 millisecond", 0: "0 milliseconds",
		9223372036854775807: "292471208 years 247 days",
	} {
		if got := text.Lifetime(ms); got != want {
			t.Errorf("text.Lifetime(%d) = %q, want %q", ms, got, want)
		}
	}
}

func TestMisreadLifetimes(t *testing.T) {
	const x, edge = apigee.PlatformX, apigee.PlatformEdge
	for _, c := range []struct {
		value, ref string
		absent     bool
		seconds    bool
		misread    map[apigee.Platform]bool // as a refresh token's lifetime
	}{
		{absent: true},
		{ref: "a.variable"},
		{value: "-1"},
		{value: "86400000"},
		{value: "2592000", seconds: true, misread: map[apigee.Platform]bool{x: true, edge: true}},
		{value: "3600", seconds: true, misread: map[apigee.Platform]bool{x: true, edge: true}},
		{value: "3600000", misread: map[apigee.Platform]bool{x: true}},
		{value: "120000", misread: map[apigee.Platform]bool{x: true}},
		{value: "0", misread: map[apigee.Platform]bool{x: true, edge: true}},
		{value: "-2", misread: map[apigee.Platform]bool{x: true, edge: true}},
		{value: "1e9", misread: map[apigee.Platform]bool{x: true, edge: true}},
		{value: "99999999999999999999", misread: map[apigee.Platform]bool{x: true, edge: true}},
	} {
		l := readLifetime(flow.Lifetime{Present: !c.absent, Value: c.value, Ref: c.ref})
		if l.inSeconds() != c.seconds {
			t.Errorf("%q: in seconds is %t", c.value, l.inSeconds())
		}
		for _, p := range []apigee.Platform{x, edge} {
			if got := l.misread(p.Traits().MinRefresh); got != c.misread[p] {
				t.Errorf("%q on %s: misread %t, want %t", c.value, p, got, c.misread[p])
			}
		}
	}
}
