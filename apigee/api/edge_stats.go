package api

import (
	"context"
	"errors"
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

var _ inventory.EvidenceSource = (*Edge)(nil)

// Traffic counts calls as [X.Traffic] does. How much one query may span is not documented for Edge, so the shorter of
// the two windows of its successor is used.
// Source: docs.apigee.com, "Get metrics organized by dimensions": the answer has the shape that Apigee X kept.
func (e *Edge) Traffic(ctx context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error) {
	if err := checkQuery(q); err != nil {
		return nil, fmt.Errorf("read analytics: %w", err)
	}
	return statsPage(e.sendStats).traffic(ctx, q, statsWindowHybrid)
}

func (e *Edge) sendStats(ctx context.Context, q apigee.TrafficQuery, w apigee.Window, filter string, offset int) (*statsAnswer, error) {
	return e.conn.stats(ctx, e.stats, q, w, filter, offset, operation{
		doing: "read analytics", missing: "the environment no longer exists, or has no analytics",
	})
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
