package api

import (
	"time"

	"golang.org/x/time/rate"
)

// The organization's quota of analytics is 100 queries a minute, far below that of other calls, and shared with its
// dashboards. A burst lets small organizations be read at once; burst and rate together stay below the quota in every
// minute. Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits, "Analytics".
const (
	statsRate  = 60 // a minute
	statsBurst = 30
)

func newStatsLimiter(c clock) *limiter {
	full := rate.Limit(statsRate / time.Minute.Seconds())
	return &limiter{clock: c, full: full, bucket: rate.NewLimiter(full, statsBurst)}
}

// withStats is a caller with the manners of c and the pace of analytics. What is wrong with analytics alone ends nothing
// else.
func (c *caller) withStats() *caller {
	analytics := *c
	analytics.limiter = newStatsLimiter(c.clock)
	analytics.breaker = c.breaker.below()
	return &analytics
}
