package crew

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestEachIsBoundedAndWhole(t *testing.T) {
	for _, limit := range []int{-1, 0, 1, 3, 100} {
		var now, most, sum atomic.Int64
		var mu sync.Mutex
		Each(50, limit, func(i int) {
			n := now.Add(1)
			mu.Lock()
			most.Store(max(most.Load(), n))
			mu.Unlock()
			sum.Add(int64(i))
			now.Add(-1)
		})
		if sum.Load() != 49*50/2 {
			t.Errorf("limit %d: the numbers add up to %d", limit, sum.Load())
		}
		if most.Load() > int64(max(limit, 1)) {
			t.Errorf("limit %d: %d at once", limit, most.Load())
		}
	}
}

func TestAPanicReachesTheOneWhoWaits(t *testing.T) {
	var ended atomic.Int64
	release := make(chan struct{})
	err := Guard(func() error {
		Each(1000, 2, func(i int) {
			switch i {
			case 0:
				<-release // is waited for
				ended.Add(1)
			case 1:
				defer close(release)
				panicHere()
			default:
				ended.Add(1)
			}
		})
		return nil
	})
	p, ok := errors.AsType[*Panic](err)
	if !ok || p.Error() != "a fault" || !strings.Contains(string(p.Stack), "panicHere") {
		t.Fatalf("%v: the error lacks the panic's value or place", err)
	}
	if n := ended.Load(); n < 1 || n > 900 {
		t.Errorf("%d calls after the panic: those under way are waited for, and others are not started", n)
	}
}

func panicHere() { panic("a fault") }

func TestTheFirstStackIsKept(t *testing.T) {
	err := Guard(func() error {
		Together(func() {}, func() { Together(panicHere) })
		return nil
	})
	if p, ok := errors.AsType[*Panic](err); !ok || !strings.Contains(string(p.Stack), "panicHere") {
		t.Errorf("%v", err)
	}
}

func TestGuardPassesErrorsOn(t *testing.T) {
	want := errors.New("no")
	if err := Guard(func() error { return want }); !errors.Is(err, want) {
		t.Error(err)
	}
	if err := Guard(func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := Guard(func() error { return []error{}[len("a")] }); err == nil {
		t.Error("a runtime error is a panic too")
	}
}

func TestEachWithBeginsOnceForEachGoroutine(t *testing.T) {
	var begun atomic.Int64
	calls := make([]atomic.Int64, 100)
	EachWith(len(calls), 4, func() *int { begun.Add(1); return new(int) }, func(i int, own *int) {
		*own++ // the race detector sees whether another goroutine has it
		calls[i].Add(1)
	})
	if n := begun.Load(); n < 1 || n > 4 {
		t.Errorf("%d goroutines began", n)
	}
	for i := range calls {
		if n := calls[i].Load(); n != 1 {
			t.Errorf("%d was called %d times", i, n)
		}
	}
}
