package api

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// cutFactor is what a 429 does to the rate, recoverySteps how many answered requests bring the full rate back.
	// Halving and creeping back is what keeps many clients of one quota fair to each other.
	cutFactor     = 0.5
	recoverySteps = 500
	// slowestShare keeps the audit moving, however often the server says 429: one for whom the quota is used up for good
	// gets to its end, and its problems, in minutes.
	slowestShare = 1.0 / 16
)

// limiter is the pace that spaces requests evenly.
type limiter struct {
	clock  clock
	full   rate.Limit
	bucket *rate.Limiter

	mu   sync.Mutex
	cuts int
}

func newLimiter(perMinute int, c clock) *limiter {
	full := rate.Limit(float64(perMinute) / time.Minute.Seconds())
	// A fifth of a second's worth at once: enough to fill the workers, too little to look like a flood.
	burst := max(1, int(full/5))
	return &limiter{clock: c, full: full, bucket: rate.NewLimiter(full, burst)}
}

func (l *limiter) wait(ctx context.Context) (ticket int, err error) {
	now := l.clock.now()
	turn := l.bucket.ReserveN(now, 1)
	if err := l.clock.sleep(ctx, turn.DelayFrom(now)); err != nil {
		turn.CancelAt(l.clock.now())
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cuts, nil
}

// slowDown halves the rate. Requests already under way when it was last cut do not cut it again: sixteen answers to one
// burst are one message.
func (l *limiter) slowDown(ticket int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ticket != l.cuts {
		return
	}
	l.cuts++
	l.setRate(max(l.bucket.Limit()*cutFactor, l.full*slowestShare))
}

func (l *limiter) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket.Limit() < l.full {
		l.setRate(min(l.bucket.Limit()+l.full/recoverySteps, l.full))
	}
}

func (l *limiter) setRate(r rate.Limit) { l.bucket.SetLimitAt(l.clock.now(), r) }
