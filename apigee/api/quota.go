package api

import (
	"context"
	"fmt"
	"sync"
	"time"

	"apigee-audit/internal/text"
)

// quota is the pace for a small number of requests a minute: all of them at once, and then none until a minute after the
// first of them has passed. Spacing them out as [limiter] does would make few queries wait that the quota has room for.
type quota struct {
	clock   clock
	waiting *waiting
	of      string // what there is so much of, for each environment: "analytics query"

	mu      sync.Mutex
	granted int         // in every minute
	most    int         // what of it is used, after refusals
	sent    []time.Time // when the last requests went or will go, oldest first
	cuts    int
	answers int // since the last change of most
}

func newQuota(of string, perMinute int, c clock, w *waiting) *quota {
	return &quota{clock: c, waiting: w, of: of, granted: perMinute, most: perMinute}
}

func (q *quota) wait(ctx context.Context) (int, error) {
	q.mu.Lock()
	now := q.clock.now()
	turn := now
	if n := len(q.sent); n >= q.most {
		if free := q.sent[n-q.most].Add(quotaWindow); free.After(now) {
			turn = free
		}
	}
	q.sent = append(q.sent[max(0, len(q.sent)+1-q.granted):], turn)
	ticket := q.cuts
	why := fmt.Sprintf("no more than %s a minute can be sent for one environment", text.Count(q.most, q.of))
	q.mu.Unlock()
	if turn.Sub(now) > time.Second {
		defer q.waiting.queue(why)()
	}
	return ticket, q.clock.sleep(ctx, turn.Sub(now))
}

// slowDown halves what is used: others use the quota too, such as the organization's dashboards.
func (q *quota) slowDown(ticket int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ticket != q.cuts {
		return
	}
	q.cuts++
	q.most, q.answers = max(1, q.most/2), 0
}

// giveBack gives back one request a minute for each full use of what is left.
func (q *quota) giveBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers++
	if q.answers >= q.most && q.most < q.granted {
		q.most, q.answers = q.most+1, 0
	}
}

// grant sets the quota when the server has said which one there is. What refusals cut stays cut in proportion.
func (q *quota) grant(perMinute int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if perMinute == q.granted {
		return
	}
	q.most = max(1, q.most*perMinute/q.granted)
	q.granted = perMinute
}

// within is a quota of some of the calls, which keep to the pace of all of them too.
type within struct {
	*quota
	all pace
}

func (w within) wait(ctx context.Context) (int, error) {
	ticket, err := w.quota.wait(ctx)
	if err != nil {
		return 0, err
	}
	_, err = w.all.wait(ctx)
	return ticket, err
}
