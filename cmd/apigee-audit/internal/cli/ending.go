package cli

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Once a signal or --timeout ends it, the program has two seconds for what it can still report. Nearly everything
// respects its context and ends at once; these bounds are for what cannot, such as a read from a file system that does
// not answer, or a write to a pipe that nobody empties. They leave part of the two seconds to machines under load,
// where timers fire late.
const (
	// handOver is how long the work on organizations may take to hand over what it has.
	handOver = 700 * time.Millisecond
	// patience is how long everything may take, with the writing of the report.
	patience = 1300 * time.Millisecond
)

// limit ends the program with a status if it continues for too long after a context ended. stop cancels that.
func (a *app) limit(ctx context.Context, cut error, status int) (stop func()) {
	unlimit := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), cut) {
			time.AfterFunc(patience, func() {
				select {
				case a.overdue <- status:
				default: // it is ending already
				}
			})
		}
	})
	return func() { unlimit() }
}

// late is closed when the work on organizations has had its time to hand over after the end of a context.
func late(ctx context.Context) <-chan struct{} {
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(handOver, func() { close(closed) }) })
	return closed
}

// stop ends a command that does not end by itself. What is being written is removed: what has its final name is whole.
func (a *app) stop() {
	said := make(chan struct{})
	go func() { // nobody may be reading stderr either
		a.sayError("stopped before the work was finished; each --output file is either complete or unchanged")
		close(said)
	}()
	select {
	case <-said:
	case <-time.After(50 * time.Millisecond):
	}
	a.over.Store(true)
	a.unfinished.remove()
}

// unfinished is what is being written under temporary names.
type unfinished struct {
	mu      sync.Mutex
	last    int
	removes map[int]func() error
}

// add notes how to remove what is being written; done forgets it, once it is gone or has become what it should.
func (u *unfinished) add(remove func() error) (done func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.removes == nil {
		u.removes = map[int]func() error{}
	}
	u.last++
	id := u.last
	u.removes[id] = remove
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.removes, id)
	}
}

func (u *unfinished) remove() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, remove := range u.removes {
		_ = remove() // nobody is left to tell
	}
}
