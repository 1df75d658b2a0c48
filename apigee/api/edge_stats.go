package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

var _ inventory.EvidenceSource = (*Edge)(nil)

// The quota of analytics on Edge is one for each environment, and depends on where its data are: notices say where an
// answer comes from.
// Source: the OpenAPI document of Edge's stats, "Metrics API quotas".
const (
	edgeStatsRate         = 12 // a minute, from BigQuery
	edgeStatsRatePostgres = 40 // a minute
)

// edgeStatsWindow is how much one query spans: a month, as in the documentation's own example. How much it may span is not
// documented. Source: the OpenAPI document of Edge's stats, timeRange.
const edgeStatsWindow = 31 * 24 * time.Hour

// Traffic counts calls as [X.Traffic] does.
func (e *Edge) Traffic(ctx context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	if err := checkQuery(q); err != nil {
		return nil, fmt.Errorf("read analytics: %w", err)
	}
	return statsPage(e.sendStats).traffic(ctx, q, edgeStatsWindow)
}

func (e *Edge) sendStats(ctx context.Context, q apigee.TrafficQuery, w apigee.Window, filter string, offset int) (*statsAnswer, error) {
	calls, granted := e.statsOf(q.Environment)
	answer, err := e.conn.stats(ctx, calls, q, w, filter, offset, operation{
		doing: "read analytics", missing: "the environment no longer exists, or has no analytics",
	})
	if err != nil {
		return nil, err
	}
	if from := answer.meta.source(); from != "" {
		rate := edgeStatsRate
		if strings.EqualFold(from, "Postgres") {
			rate = edgeStatsRatePostgres
		}
		granted.grant(rate)
	}
	return answer, nil
}

// statsOf has the manners of the organization's calls and the pace of one environment's analytics. What is wrong with
// analytics alone ends nothing else.
func (e *Edge) statsOf(environment string) (*caller, *quota) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stats == nil {
		e.stats = map[string]*caller{}
		e.quotas = map[string]*quota{}
		e.analytics = e.conn.calls.breaker.below()
	}
	if e.stats[environment] == nil {
		calls := *e.conn.calls
		e.quotas[environment] = newQuota("analytics query", edgeStatsRate, calls.clock, calls.waiting)
		calls.limiter, calls.breaker = within{e.quotas[environment], e.conn.calls.limiter}, e.analytics
		e.stats[environment] = &calls
	}
	return e.stats[environment], e.quotas[environment]
}

var (
	errNoGroups   = errors.New("list the environment groups: Apigee Edge has none: virtual hosts take their place, which this version does not read")
	errNoProducts = errors.New("list the API products: this version does not read those of Apigee Edge")
	errNoMask     = errors.New("read the debug mask: Apigee Edge keeps mask configurations for organization and proxies, which this version does not read")
)

// EnvironmentGroups fails: Edge has none.
func (e *Edge) EnvironmentGroups(context.Context) ([]apigee.EnvironmentGroup, error) {
	return nil, errNoGroups
}

// Products fails: those of Edge are not read yet.
func (e *Edge) Products(context.Context) ([]apigee.Product, error) { return nil, errNoProducts }

// Apps fails, as there are no products to ask for.
func (e *Edge) Apps(context.Context, string) ([]apigee.App, error) { return nil, errNoProducts }

// DebugMask fails: Edge has mask configurations of another kind.
func (e *Edge) DebugMask(context.Context, string) (*apigee.DebugMask, error) { return nil, errNoMask }
