package audit

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
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

// Stored tokens are counted for as long as the rules say that they live; where they cannot be, the reason is said.
func TestLifetimeOfStoredTokens(t *testing.T) {
	const x, edge = apigee.PlatformX, apigee.PlatformEdge
	set := func(value string) Lifetime { return Lifetime{Present: true, Value: value} }
	for _, c := range []struct {
		platform        apigee.Platform
		access, refresh Lifetime
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
		{x, set("60000"), set("0"), platformLongest, false, "RefreshTokenExpiresIn is no lifetime"},
		{x, set("60000"), set("-5"), platformLongest, false, "RefreshTokenExpiresIn is no lifetime"},
		{x, set("60000"), set("99999999999999999999"), platformLongest, false, "RefreshTokenExpiresIn is no lifetime"},
		{x, set("60000"), set("9223372036854775807"), platformLongest, false, "RefreshTokenExpiresIn is longer than any token lives"},
		{edge, set("9223372036854775807"), set("60000"), 0, true, "ExpiresIn is longer than any token lives"},
		{x, set("60000"), Lifetime{}, platformLongest, false, "There is no RefreshTokenExpiresIn"},
		{x, set("60000"), Lifetime{Present: true, Ref: "ttl"}, platformLongest, false, "Variable ttl holds the lifetime"},
		{x, set("60000"), Lifetime{Present: true, Ref: "ttl", Value: "3600000"}, time.Hour, false, "Variable ttl may set another lifetime"},
	} {
		var said []string
		rec := &Records{facts: &Facts{Organization: apigee.Organization{Platform: c.platform}}}
		p := &Policy{Name: "Issue", OAuth: &OAuthV2{ExpiresIn: c.access, RefreshTokenExpiresIn: c.refresh}}
		life, never := rec.lifetime(p, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) })
		assumed := strings.Join(said, " ")
		if life != c.life || never != c.never || !strings.HasPrefix(assumed, c.assumed) || c.assumed == "" && assumed != "" {
			t.Errorf("%s %+v %+v: %s, never %t, %q; want %s, %t, %q", c.platform, c.access, c.refresh, life, never, said, c.life, c.never, c.assumed)
		}
	}
}
