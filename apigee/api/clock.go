package api

import (
	"context"
	"math/rand/v2"
	"time"
)

// clock is how the package waits; tests put another in its place and wait for nothing.
type clock struct {
	now func() time.Time
	// sleep returns early with the context's error.
	sleep func(context.Context, time.Duration) error
	// jitter picks a duration in [0, d).
	jitter func(d time.Duration) time.Duration
}

func wallClock() clock {
	return clock{now: time.Now, sleep: sleep, jitter: rand.N[time.Duration]}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
