package records

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/flow"
)

// Stored tokens are counted for as long as the rules say that they live; where they cannot be, the reason is said.
func TestLifetimeOfStoredTokens(t *testing.T) {
	const x, edge = apigee.PlatformX, apigee.PlatformEdge
	set := func(value string) flow.Lifetime { return flow.Lifetime{Present: true, Value: value} }
	for _, c := range []struct {
		platform        apigee.Platform
		access, refresh flow.Lifetime
		life            time.Duration
		never           bool
		assumed         string // the beginning of it
	}{
		{x, set("60000"), set("3600000"), time.Hour, false, ""},
		{x, set("7200000"), set("3600000"), 2 * time.Hour, false, ""},
		{x, set("0"), set("3600000"), time.Hour, false, ""},
		{x, set("-1"), set("3600000"), platformLongest, false, "ExpiresIn is -1"},
		{x, set("60000"), set("-1"), platformLongest, false, "RefreshTokenExpiresIn is -1"},
		{edge, set("60000"), set("-1"), 0, true, ""},
		{x, set("60000"), set("0"), platformLongest, false, "RefreshTokenExpiresIn is not a valid lifetime"},
		{x, set("60000"), set("-5"), platformLongest, false, "RefreshTokenExpiresIn is not a valid lifetime"},
		{x, set("60000"), set("99999999999999999999"), platformLongest, false, "RefreshTokenExpiresIn is not a valid lifetime"},
		{x, set("60000"), set("9223372036854775807"), platformLongest, false, "RefreshTokenExpiresIn is longer than any token lives"},
		{edge, set("9223372036854775807"), set("60000"), 0, true, "ExpiresIn is longer than any token lives"},
		{x, set("60000"), flow.Lifetime{}, platformLongest, false, "There is no RefreshTokenExpiresIn"},
		{x, set("60000"), flow.Lifetime{Present: true, Ref: "ttl"}, platformLongest, false, "Variable ttl holds the lifetime"},
		{x, set("60000"), flow.Lifetime{Present: true, Ref: "ttl", Value: "3600000"}, time.Hour, false, "Variable ttl may set another lifetime"},
	} {
		var said []string
		rec := &Records{facts: &flow.Facts{Organization: apigee.Organization{Platform: c.platform}}}
		p := &flow.Policy{Definition: &flow.Definition{Name: "Issue", OAuth: &flow.OAuthV2{ExpiresIn: c.access, RefreshTokenExpiresIn: c.refresh}}}
		life, never := rec.lifetime(p, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) })
		assumed := strings.Join(said, " ")
		if life != c.life || never != c.never || !strings.HasPrefix(assumed, c.assumed) || c.assumed == "" && assumed != "" {
			t.Errorf("%s %+v %+v: %s, never %t, %q; want %s, %t, %q", c.platform, c.access, c.refresh, life, never, said, c.life, c.never, c.assumed)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct{ a, b, c, want int64 }{
		{10, 3, 4, 8}, {10, 4, 4, 10}, {0, 5, 5, 0}, {5, 5, 0, 0}, {1 << 40, 1 << 40, 1 << 40, 1 << 40},
		{math.MaxInt64, math.MaxInt64, 1, math.MaxInt64}, {math.MaxInt64, 3, 2, math.MaxInt64},
	} {
		if got := times(tt.a, tt.b, tt.c); got != tt.want {
			t.Errorf("%d × %d / %d = %d, want %d", tt.a, tt.b, tt.c, got, tt.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 1: "1", 0.5: "0.5", 1234.25: "1,234.25", 1000000: "1,000,000", 0.123: "0.12", 99.999: "100"} {
		if got := decimal(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}
