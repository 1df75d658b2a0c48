package audit

import (
	"context"
	"maps"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

const readAnalytics = "read analytics"

// readTraffic asks each environment: how often every proxy was called, and of those that handle refresh tokens by which
// paths, in which policies calls ended, and with which grants where a policy records them.
func (r *recordReader) readTraffic(ctx context.Context) {
	r.records.traffic = map[string]*envTraffic{}
	var called []*Environment
	for _, e := range r.facts.Environments {
		if len(e.Walks) > 0 {
			called = append(called, e)
		}
	}
	each(r.limit, called, func(e *Environment) {
		t, err := r.environmentTraffic(ctx, e)
		if err != nil {
			r.failed(apigee.Problem{Environment: e.Name, Operation: readAnalytics}, err, noTraffic)
			return
		}
		if t.partial {
			r.failed(apigee.Problem{Environment: e.Name, Operation: readAnalytics}, errTruncated, "counts are lower bounds there, and idle refresh flows cannot be told")
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.records.traffic[e.Name] = t
	})
}

type truncatedError struct{}

func (truncatedError) Error() string {
	return "the answer is truncated: it has more rows than are sent"
}

var errTruncated truncatedError

// environmentTraffic reads one environment. The error is for the counts by proxy and by path; without faults or recorded
// grants the rest is still good.
func (r *recordReader) environmentTraffic(ctx context.Context, e *Environment) (*envTraffic, error) {
	t := &envTraffic{}
	ask := func(dimensions, proxies []string) (*apigee.Traffic, error) {
		answer, err := r.source.Traffic(ctx, apigee.TrafficQuery{
			Environment: e.Name, Window: r.records.Window, Dimensions: dimensions, Proxies: proxies,
		})
		if err != nil {
			return nil, err
		}
		answer.Rows = slices.DeleteFunc(answer.Rows, func(row apigee.TrafficRow) bool { return len(row.Values) != len(dimensions) })
		return answer, nil
	}
	answer, err := ask(totalDimensions(), nil)
	if err != nil {
		return nil, err
	}
	t.keepTotals(answer)
	token, refreshing, recording := tokenProxies(e)
	if len(token) == 0 {
		return t, nil
	}
	if answer, err = ask(pathDimensions(), token); err != nil {
		return nil, err
	}
	t.keepPaths(answer)
	if len(refreshing) > 0 {
		if answer, err = ask(faultDimensions(), refreshing); err == nil {
			t.keepFaults(answer)
		} else {
			r.failed(apigee.Problem{Environment: e.Name, Operation: readAnalytics}, err, noFaults)
		}
	}
	for _, dimension := range slices.Sorted(maps.Keys(recording)) {
		if strings.EqualFold(dimension, apigee.DimensionAccessToken) {
			continue // never asked for, whatever a bundle calls its own
		}
		if answer, err = ask(grantDimensions(dimension), recording[dimension]); err == nil {
			t.keepGrants(dimension, answer)
		} else {
			r.failed(apigee.Problem{Environment: e.Name, Operation: readAnalytics + " of dimension " + text.Quote(dimension)}, err, noFaults)
		}
	}
	return t, nil
}

// tokenProxies are the proxies that issue or refresh, those of them that refresh, and by dimension those that record
// grant types; all sorted.
func tokenProxies(e *Environment) (token, refreshing []string, recording map[string][]string) {
	recording = map[string][]string{}
	for _, w := range e.Walks {
		name := w.Unit.Revision.Name
		i, f := w.TokenPlaces()
		if len(i)+len(f) == 0 || slices.Contains(token, name) {
			continue
		}
		token = append(token, name)
		if len(f) > 0 {
			refreshing = append(refreshing, name)
		}
		for _, dimension := range w.GrantRecords() {
			recording[dimension] = append(recording[dimension], name)
		}
	}
	return token, refreshing, recording
}
