package api

import (
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestLimiterSpacesRequests(t *testing.T) {
	fake := newFakeClock()
	l := newLimiter(DefaultRate, fake.clock())
	start := fake.time
	for range 110 {
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// 50 a second, ten of them at once.
	if got := fake.time.Sub(start).Round(time.Millisecond); got != 2*time.Second {
		t.Errorf("110 requests took %v, want 2s", got)
	}
}

func TestLimiterOfAFewRequestsAMinute(t *testing.T) {
	fake := newFakeClock()
	l := newLimiter(6, fake.clock())
	start := fake.time
	for range 3 {
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := fake.time.Sub(start).Round(time.Millisecond); got != 20*time.Second {
		t.Errorf("three requests took %v, want 20s", got)
	}
}

func TestLimiterHalvesAndRecovers(t *testing.T) {
	fake := newFakeClock()
	l := newLimiter(6000, fake.clock())
	want := func(when string, r rate.Limit) {
		t.Helper()
		if got := l.bucket.Limit(); got < r*0.999 || got > r*1.001 {
			t.Errorf("%s: %v a second, want %v", when, got, r)
		}
	}
	first, err := l.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want("at first", 100)
	l.slowDown(first)
	want("after a 429", 50)
	l.slowDown(second)
	want("after another 429 of the same burst", 50)
	third, err := l.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.slowDown(third)
	want("after a 429 at the lower rate", 25)
	l.giveBack()
	want("after an answer", 25.2)
	for range recoverySteps {
		l.giveBack()
	}
	want("in the end", 100)
	for cut := 2; cut < 100; cut++ {
		l.slowDown(cut)
	}
	want("at the slowest", 100.0/16)
}

func TestClientSlowsDownOn429(t *testing.T) {
	count := 0
	c, _ := newClient(t, inTurn(&count, status(429, "1"), acmeAnswer))
	l, _ := c.conn.calls.limiter.(*limiter)
	full := l.full
	if _, err := c.Organization(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, want := l.bucket.Limit(), full*(0.5+1.0/recoverySteps)
	if got < want*0.999 || got > want*1.001 {
		t.Errorf("%v a second after a 429 and an answer, want %v of %v", got, want, full)
	}
}
