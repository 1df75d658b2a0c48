package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// The ways in which a try ends.
var (
	slow     = &failure{cause: errors.New("no complete answer within 30s"), again: true}
	busy     = &failure{cause: &statusError{code: http.StatusTooManyRequests}, again: true}
	expired  = &failure{cause: &statusError{code: http.StatusUnauthorized}, credentials: true}
	missing  = &failure{cause: &statusError{code: http.StatusNotFound}, answered: true}
	nonsense = &failure{cause: &contentError{"the answer is null"}}
)

func asking(f *failure, after time.Duration) *failure {
	waits := *f
	waits.after = after
	return &waits
}

// step is a number of tries that end alike, each some time after the one before.
type step struct {
	tries int
	every time.Duration
	end   *failure // nil: it works
}

func TestBreaker(t *testing.T) {
	const second, minute = time.Second, time.Minute
	for name, tt := range map[string]struct {
		steps []step
		want  string // what the breaker does then: "as ever", "one at a time" or "given up"
		after int    // tries that failed, of what is given up
	}{
		"nothing happened":               {nil, "as ever", 0},
		"a few failures":                 {[]step{{31, 3 * second, slow}}, "as ever", 0},
		"some dozens":                    {[]step{{32, 0, slow}}, "one at a time", 0},
		"a black hole":                   {[]step{{40, 3 * second, slow}}, "given up", 35},
		"few at once, and slow":          {[]step{{7, 20 * second, slow}}, "as ever", 0},
		"few at once, and slower":        {[]step{{8, 20 * second, slow}}, "one at a time", 0},
		"few at once, slow, and no end":  {[]step{{12, 20 * second, slow}}, "given up", 11},
		"one success between":            {[]step{{31, 3 * second, slow}, {1, 0, nil}, {31, 3 * second, slow}}, "as ever", 0},
		"success of the one at a time":   {[]step{{32, 3 * second, slow}, {2, 3 * second, slow}, {1, 0, nil}, {31, 3 * second, slow}}, "as ever", 0},
		"an answer of no between":        {[]step{{31, 3 * second, slow}, {1, 0, missing}, {31, 3 * second, slow}}, "as ever", 0},
		"nonsense between":               {[]step{{31, 3 * second, slow}, {5, 0, nonsense}, {1, 3 * second, slow}}, "one at a time", 0},
		"nonsense alone":                 {[]step{{500, 0, nonsense}}, "as ever", 0},
		"not found alone":                {[]step{{500, 0, missing}}, "as ever", 0},
		"a restart":                      {[]step{{32, 0, slow}, {4, 0, slow}, {1, 0, nil}}, "as ever", 0},
		"a quota for a minute":           {[]step{{32, 0, busy}, {7, 0, busy}, {1, 0, nil}}, "as ever", 0},
		"a quota for a minute and again": {[]step{{32, 0, busy}, {7, 0, busy}, {1, 0, nil}, {32, 0, busy}, {7, 0, busy}, {1, 0, nil}}, "as ever", 0},
		"a quota that is used up":        {[]step{{1000, 0, busy}}, "given up", 40},
		"waited for as asked":            {[]step{{32, 0, asking(busy, minute)}, {1, 0, nil}}, "as ever", 0},
		"waited for and still used up":   {[]step{{32, 0, asking(busy, minute)}, {2, 0, asking(busy, minute)}}, "one at a time", 0},
		"waited for again and again":     {[]step{{32, 0, asking(busy, minute)}, {3, 0, asking(busy, minute)}}, "given up", 35},
		"asked for four minutes":         {[]step{{32, 0, asking(busy, 4*minute)}}, "one at a time", 0},
		"asked for four minutes twice":   {[]step{{32, 0, asking(busy, 4*minute)}, {1, 0, asking(busy, 4*minute)}}, "given up", 33},
		"asked to wait until tomorrow":   {[]step{{32, 0, asking(busy, 24*time.Hour)}}, "given up", 32},
		"an expired token":               {[]step{{32, 0, expired}}, "one at a time", 0},
		"an expired token for good":      {[]step{{40, 0, expired}}, "given up", 35},
		"an expired token, then renewed": {[]step{{32, 0, expired}, {1, 0, nil}}, "as ever", 0},
		"faults of all kinds":            {[]step{{16, 3 * second, slow}, {16, 3 * second, busy}}, "one at a time", 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeClock()
			b := newBreaker(fake.clock(), DefaultPatience)
			for _, s := range tt.steps {
				for range s.tries {
					alone, given, err := b.enter(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if given != nil {
						break
					}
					_ = fake.clock().sleep(t.Context(), s.every)
					b.leave(alone, true, s.end)
				}
			}
			got, after := "as ever", 0
			alone, given, err := b.enter(t.Context())
			switch {
			case err != nil:
				t.Fatal(err)
			case given != nil:
				got, after = "given up", given.after
			case alone:
				got = "one at a time"
			}
			if got != tt.want || after != tt.after {
				t.Errorf("%s after %d, want %s after %d", got, after, tt.want, tt.after)
			}
			if took := fake.clock().now().Sub(newFakeClock().time); took > 5*minute {
				t.Errorf("took %v", took)
			}
			if over := b.over.Err() != nil; over != (got == "given up") || over != (b.spent() != nil) {
				t.Errorf("over %v, spent %v", over, b.spent())
			}
		})
	}
}

// tripped is a breaker that lets one through at a time.
func tripped(t *testing.T) *breaker {
	t.Helper()
	b := newBreaker(newFakeClock().clock(), DefaultPatience)
	for range tripAfter {
		b.leave(false, true, expired)
	}
	return b
}

func TestOneAtATime(t *testing.T) {
	b := tripped(t)
	var now, most, done atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			alone, given, err := b.enter(t.Context())
			if err != nil || given != nil {
				t.Error(err, given)
				return
			}
			if alone {
				most.Store(max(most.Load(), now.Add(1)))
				now.Add(-1)
			}
			done.Add(1)
			b.leave(alone, true, nonsense) // nothing that settles it
		})
	}
	all.Wait()
	if most.Load() != 1 || done.Load() != 50 {
		t.Errorf("%d at once, %d done", most.Load(), done.Load())
	}
}

func TestTheOthersGoOnWhenOneGetsThrough(t *testing.T) {
	b := tripped(t)
	alone, _, _ := b.enter(t.Context())
	if !alone {
		t.Fatal("not one at a time")
	}
	waiting := make(chan bool, 20)
	for range 20 {
		go func() {
			alone, given, err := b.enter(t.Context())
			if given != nil || err != nil {
				t.Error(given, err)
			}
			waiting <- alone
		}()
	}
	b.leave(true, true, nil)
	for range 20 {
		if <-waiting {
			t.Error("one of those that waited still goes alone")
		}
	}
}

func TestWaitingForOnesTurnObeysTheContext(t *testing.T) {
	b := tripped(t)
	if alone, _, _ := b.enter(t.Context()); !alone {
		t.Fatal("not one at a time")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, _, err := b.enter(ctx)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.leave(true, false, nil) // it was interrupted as well
	if alone, given, err := b.enter(t.Context()); !alone || given != nil || err != nil {
		t.Errorf("what was interrupted settles nothing: %v, %v, %v", alone, given, err)
	}
}

func TestAWaitEndsWhenAllIsGivenUp(t *testing.T) {
	b := newBreaker(wallClock(), DefaultPatience)
	ended := make(chan error)
	go func() { ended <- b.below().sleep(t.Context(), time.Hour) }()
	go func() { ended <- b.sleep(t.Context(), time.Hour) }()
	for range tripAfter + probes {
		alone, _, _ := b.enter(t.Context())
		b.leave(alone, true, expired)
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newBreaker(wallClock(), DefaultPatience).sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestFaultsThatLast asks for far more than the server will ever answer.
func TestFaultsThatLast(t *testing.T) {
	const revisions = 2000
	for name, tt := range map[string]struct {
		answer   func(http.ResponseWriter, *http.Request)
		want     string
		requests int
	}{
		"an expired token":             {status(401, ""), "the access token has expired", 2 * (tripAfter + probes)},
		"an endless 429":               {status(429, "20"), "quota is used up", 100},
		"a server that is down":        {status(503, ""), "503 Service Unavailable", 100},
		"a connection that breaks off": {cut, "cut short", 100},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int64
			c, fake := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tt.answer(w, r)
			}))
			start := fake.clock().now()
			var given atomic.Int64
			var all sync.WaitGroup
			slots := make(gate, 32)
			for i := range revisions {
				_ = slots.enter(t.Context())
				all.Go(func() {
					defer slots.leave()
					_, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("p%d", i), Number: "1"})
					wantError(t, err, fmt.Sprintf("download proxy p%d revision 1: ", i), tt.want)
					if g, ok := errors.AsType[*inventory.GaveUpError](err); ok {
						given.Add(1)
						if g.After < tripEarly || !strings.Contains(err.Error(), fmt.Sprintf("; gave up after %d failed requests in a row", g.After)) {
							t.Errorf("%v", err)
						}
					}
				})
			}
			all.Wait()
			if n := requests.Load(); n > int64(tt.requests) {
				t.Errorf("%d requests", n)
			}
			if given.Load() < revisions/2 {
				t.Errorf("%d of %d revisions were given up", given.Load(), revisions)
			}
			t.Logf("%d requests, %v, %d given up", requests.Load(), fake.clock().now().Sub(start), given.Load())
		})
	}
}

// TestWhatIsGivenUpIsNotAskedByOtherCalls: lists, hooks and analytics of the organization have the same fault.
func TestWhatIsGivenUpIsNotAskedByOtherCalls(t *testing.T) {
	requests := 0
	c, _ := newClient(t, inTurn(&requests, status(401, "")))
	c.stats = c.conn.calls.withStats()
	for range tripAfter + probes {
		_, _ = c.Organization(t.Context())
	}
	before := requests
	_, err := c.Deployments(t.Context())
	wantError(t, err, "list the proxy deployments", "401", "gave up after")
	_, err = c.FlowHooks(t.Context(), "prod")
	wantError(t, err, "flow hook", "gave up after")
	_, err = c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
	wantError(t, err, "gave up after")
	if requests != before {
		t.Errorf("%d more requests", requests-before)
	}
}

// TestAQuotaWindowCostsNothing: a quota that is used up for a minute is waited for, and every revision is read.
func TestAQuotaWindowCostsNothing(t *testing.T) {
	bundle := zipOf(t, map[string]string{"apiproxy/p.xml": "<APIProxy/>"})
	var fake *fakeClock
	var start time.Time
	c, f := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fake.clock().now().Sub(start) < time.Minute {
			status(429, "")(w, r)
			return
		}
		w.Write(bundle)
	}))
	fake, start = f, f.clock().now()
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			if _, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("p%d", i), Number: "1"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestWhatIsWrongWithAnalyticsEndsNothingElse, while a fault of everything ends analytics too.
func TestWhatIsWrongWithAnalyticsEndsNothingElse(t *testing.T) {
	fake := newFakeClock()
	all := newBreaker(fake.clock(), DefaultPatience)
	some := all.below()
	for range tripAfter + probes {
		alone, _, _ := some.enter(t.Context())
		some.leave(alone, true, expired)
	}
	if some.spent() == nil || all.spent() != nil {
		t.Fatalf("analytics given up %v, everything %v", some.spent(), all.spent())
	}
	some = all.below()
	for range tripAfter + probes {
		alone, _, _ := all.enter(t.Context())
		all.leave(alone, true, expired)
	}
	if _, given, err := some.enter(t.Context()); given == nil || err != nil {
		t.Errorf("%v, %v", given, err)
	}
}

// TestNobodyWaitsForItsNextTryWhenAllIsGivenUp: what a server asked to wait for does not matter any more.
func TestNobodyWaitsForItsNextTryWhenAllIsGivenUp(t *testing.T) {
	refused := make(chan struct{})
	var once sync.Once
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/apis/") {
			status(503, "200")(w, r)
			once.Do(func() { close(refused) })
			return
		}
		status(401, "")(w, r)
	}))
	c.conn.calls.clock = wallClock()
	c.conn.calls.breaker = newBreaker(wallClock(), DefaultPatience)
	ended := make(chan error)
	go func() {
		_, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"})
		ended <- err
	}()
	<-refused
	for range tripAfter + probes {
		_, _ = c.Organization(t.Context())
	}
	select {
	case err := <-ended:
		wantError(t, err, "download proxy p revision 1", "401", "gave up after")
	case <-time.After(20 * time.Second):
		t.Error("it still waits")
	}
}
