package api

import (
	"context"
	"sync"
	"time"

	"apigee-audit/apigee/inventory"
)

const (
	// tripAfter is how many tries in a row have to fail before one request goes through at a time; where tries are slow or
	// few at once, tripEarly will do once they have failed for tripTime.
	tripAfter = 32
	tripEarly = 8
	tripTime  = 2 * time.Minute
	// probes is how many of those that go one at a time have to fail before all is given up. That takes as long as the
	// patience, except for what is wrong with the credentials, which does not pass.
	probes = 3
	// maxStreak is when fewer will do: a server may ask for long waits.
	maxStreak = 4 * time.Minute
)

// breaker notices a fault that lasts: tries that fail one after the other, whatever they ask for, with none between them
// that works. Then it lets one request through at a time, while the others wait and use up none of their tries; and when
// these fail too, it gives up whatever else is to be asked of the organization. Without it, 2,000 revisions behind a server
// that never answers would take hours to say so 2,000 times.
type breaker struct {
	clock    clock
	patience time.Duration
	// above is the breaker of all calls, for that of some of them: what it gives up is given up here as well.
	above *breaker
	turn  gate // of the one request at a time

	mu     sync.Mutex
	failed int       // tries since the last one that worked
	first  time.Time // of them
	probe  bool      // whether one goes through at a time
	tried  int       // how many of them went so
	next   time.Time // when the next may go
	given  *gaveUp
	over   context.Context // ends when all is given up
	end    context.CancelFunc
}

// gaveUp is the fault for which all is given up.
type gaveUp struct {
	after  int
	cause  error
	advice string
}

// error is the fault, for a call that is not made because of it.
func (g *gaveUp) error(o operation) error {
	return &inventory.GaveUpError{After: g.after, Err: &callError{operation: o, cause: g.cause, tries: 1, advice: g.advice}}
}

func newBreaker(c clock, patience time.Duration) *breaker {
	over, end := context.WithCancel(context.Background())
	return &breaker{clock: c, patience: patience, turn: make(gate, 1), over: over, end: end}
}

// below is a breaker of its own for some of the calls, such as those that another part of the server answers.
func (b *breaker) below() *breaker {
	own := newBreaker(b.clock, b.patience)
	own.above = b
	return own
}

// spent is the fault for which all is given up, or nil.
func (b *breaker) spent() *gaveUp {
	_, given, _ := b.state()
	return given
}

// state is whether one goes through at a time, whether all is given up, and how long the next has to wait.
func (b *breaker) state() (probe bool, given *gaveUp, wait time.Duration) {
	if b.above != nil {
		if given := b.above.spent(); given != nil {
			return false, given, 0
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.probe, b.given, b.next.Sub(b.clock.now())
}

// enter returns when a try may be made. Whoever gets in leaves again; alone says which way in it was.
func (b *breaker) enter(ctx context.Context) (alone bool, given *gaveUp, err error) {
	for {
		if probe, given, _ := b.state(); !probe || given != nil {
			return false, given, nil
		}
		if err := b.turn.enter(ctx); err != nil {
			return false, nil, err
		}
		probe, given, wait := b.state()
		if probe && given == nil {
			err = b.sleep(ctx, wait)
			probe, given, _ = b.state()
		}
		if err == nil && probe && given == nil {
			return true, nil, nil
		}
		b.turn.leave() // it has been decided while this one waited
		if err != nil {
			return false, nil, err
		}
	}
}

// leave ends a try that entered. failed is nil where it worked; ended is false where it did not come to its end.
func (b *breaker) leave(alone, ended bool, failed *failure) {
	if alone {
		defer b.turn.leave()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.given != nil, !ended:
	case failed == nil || !failed.lasting():
		if failed == nil || failed.answered {
			b.failed, b.tried, b.probe = 0, 0, false
		}
	default:
		b.count(alone, failed)
	}
}

// count takes in one more failed try.
func (b *breaker) count(alone bool, failed *failure) {
	now := b.clock.now()
	if b.failed == 0 {
		b.first = now
	}
	b.failed++
	lasted := now.Sub(b.first)
	if alone {
		b.tried++
	}
	if !b.probe {
		b.probe = b.failed >= tripAfter || b.failed >= tripEarly && lasted >= tripTime
	}
	if !b.probe {
		return
	}
	wait := failed.after
	if failed.again {
		wait = max(wait, b.pause())
	}
	b.next = now.Add(wait)
	stays := lasted >= b.patience || !failed.again || failed.after > maxPatience
	if stays && (b.tried >= probes || lasted+wait > maxStreak) {
		b.given = &gaveUp{b.failed, failed.cause, failed.advice}
		b.end()
	}
}

// pause is how long the next of those that go one at a time waits: with the usual patience a second, then twice as long
// each time, up to a quarter of a minute.
func (b *breaker) pause() time.Duration {
	return min(b.patience/75<<min(b.tried, 10), b.patience/5)
}

// sleep waits, and not longer than there is something to wait for.
func (b *breaker) sleep(ctx context.Context, d time.Duration) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	for up := b; up != nil; up = up.above {
		defer context.AfterFunc(up.over, cancel)()
	}
	if err := b.clock.sleep(waiting, d); err != nil && b.spent() == nil {
		return err
	}
	return ctx.Err()
}
