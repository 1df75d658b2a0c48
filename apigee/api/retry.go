package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"apigee-audit/apigee/auth"
	"apigee-audit/apigee/inventory"
)

const (
	maxTries   = 5
	maxBackoff = 30 * time.Second
	// maxPatience is the longest Retry-After that is waited for; beyond it, a person decides.
	maxPatience = 5 * time.Minute
	// quotaWindow is a little more than what a quota of requests counts in: once that has passed since the first refusal, a
	// quota that is only used up for now would have let a request through. Source: docs.cloud.google.com/apigee/docs/api-platform/
	// reference/limits, where the management API's quotas are per minute.
	quotaWindow = time.Minute + time.Second
)

// caller has the manners of every call: how many at once, how fast, how long, and how often again.
type caller struct {
	slots   gate
	limiter pace
	tokens  *auth.Tokens
	timeout time.Duration
	tries   int
	backoff time.Duration // before the second try, at most
	host    string        // for advice
	clock   clock
	breaker *breaker
	waiting *waiting

	// login is what to do about missing credentials, and advise what to do about an answer; both differ by platform.
	login  string
	advise func(*statusError, operation, auth.Advice) string
}

// do runs one operation until it works, cannot work, or has been tried often enough. It retries whole operations, not
// requests, so that a download that breaks off half-way starts again.
func do[T any](ctx context.Context, c *caller, o operation, call func(context.Context) (T, error)) (T, error) {
	var none T
	renewed := false
	var refused time.Time // since when the quota is used up
	for try := 1; ; try++ {
		generation := c.tokens.Generation()
		asked := c.clock.now()
		value, failed, err := once(ctx, c, o, try, call)
		if _, ok := errors.AsType[*inventory.GaveUpError](err); ok {
			return none, err
		}
		if err != nil {
			return none, fmt.Errorf("%s: %w", o.doing, err)
		}
		if failed == nil {
			return value, nil
		}
		if hasStatus(failed.cause, http.StatusUnauthorized) && !renewed {
			renewed = true
			if fresh, err := c.tokens.Renew(generation); err != nil {
				*failed = c.judge(o, err, nil)
			} else if fresh {
				continue
			}
		}
		if failed.after > maxPatience {
			failed.again = false
			failed.cause = fmt.Errorf("%w; it asks to wait %v, which is too long for an audit", failed.cause, failed.after)
		}
		usedUp := hasStatus(failed.cause, http.StatusTooManyRequests)
		if usedUp && refused.IsZero() {
			refused = c.clock.now()
		}
		patient := usedUp && asked.Sub(refused) < quotaWindow // no try came after the window yet
		if !failed.again || try >= c.tries && !patient {
			return none, &callError{operation: o, cause: failed.cause, tries: try, advice: failed.advice}
		}
		if err := c.breaker.sleep(ctx, max(failed.after, c.wait(try))); err != nil {
			return none, fmt.Errorf("%s: %w", o.doing, err)
		}
	}
}

// once makes one try. The error is the context's, or says that nothing is tried any more; whatever else went wrong is a
// failure.
func once[T any](ctx context.Context, c *caller, o operation, try int, call func(context.Context) (T, error)) (T, *failure, error) {
	var none T
	if given := c.breaker.spent(); given != nil {
		return none, nil, given.error(o)
	}
	// A slot is held by a request, not by a wait for the next try. It is taken before the clock of the request starts:
	// with as many slots as connections, no request spends its time queueing for one.
	if err := c.slots.enter(ctx); err != nil {
		return none, nil, err
	}
	defer c.slots.leave()
	ticket, err := c.limiter.wait(ctx)
	if err != nil {
		return none, nil, err
	}
	alone, given, err := c.breaker.enter(ctx)
	if err != nil {
		return none, nil, err
	}
	if given != nil {
		return none, nil, given.error(o)
	}
	var failed *failure
	ended := false
	defer func() { c.breaker.leave(alone, ended, failed) }()

	seen := &attempt{try: try}
	timed, cancel := context.WithTimeout(withAttempt(ctx, seen), c.timeout)
	defer cancel()

	value, err := call(timed)
	if err == nil {
		ended = true
		c.limiter.giveBack()
		c.waiting.answer()
		return value, nil, nil
	}
	if ctx.Err() != nil {
		return none, nil, ctx.Err()
	}
	if seen.status == http.StatusTooManyRequests {
		c.limiter.slowDown(ticket)
		c.waiting.refuse()
	}
	judged := c.judge(o, err, seen)
	failed, ended = &judged, true
	return none, failed, nil
}

// wait is how long to stay away after a failed try: anything up to a bound that doubles each time ("full jitter"), so that many
// workers refused together do not come back together.
func (c *caller) wait(try int) time.Duration {
	return c.clock.jitter(min(c.backoff<<min(try-1, 10), maxBackoff))
}
