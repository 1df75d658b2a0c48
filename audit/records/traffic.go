package records

import (
	"context"
	"maps"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// row is one kind of calls to a proxy, as far as analytics tell them apart.
type row struct {
	basePath, suffix, verb string // apigee.NotSet where analytics have none
	finding.Calls
}

// envTraffic is what analytics say of one environment.
type envTraffic struct {
	totals map[string]*finding.Calls // by proxy; absent means not called
	rows   map[string][]row          // by proxy, of those that issue or refresh
	faults map[faultKey]int64
	// grants are calls by grant type.
	grants  map[recordedBy]map[string]finding.Calls
	partial bool // rows are missing: absence proves nothing
}

// faultKey names a policy whose faults ended calls.
type faultKey struct{ proxy, policy string }

// recordedBy is a custom dimension in which a proxy records grant types.
type recordedBy struct{ proxy, dimension string }

// The queries: what calls are grouped by, and how the answers are kept.

func totalDimensions() []string {
	return []string{apigee.DimensionProxy, apigee.DimensionStatus}
}

func (t *envTraffic) keepTotals(answer *apigee.Traffic) {
	t.totals = map[string]*finding.Calls{}
	t.partial = t.partial || answer.Truncated
	for _, r := range answer.Rows {
		c := t.totals[r.Values[0]]
		if c == nil {
			c = &finding.Calls{}
			t.totals[r.Values[0]] = c
		}
		c.Add(r.Calls, r.Values[1])
	}
}

func pathDimensions() []string {
	return []string{
		apigee.DimensionProxy, apigee.DimensionBasePath, apigee.DimensionPathSuffix, apigee.DimensionVerb, apigee.DimensionStatus,
	}
}

func (t *envTraffic) keepPaths(answer *apigee.Traffic) {
	t.rows = map[string][]row{}
	t.partial = t.partial || answer.Truncated
	at := map[string]int{}
	for _, r := range answer.Rows {
		proxy, key := r.Values[0], strings.Join(r.Values[:4], "\x00")
		i, seen := at[key]
		if !seen {
			i = len(t.rows[proxy])
			at[key] = i
			t.rows[proxy] = append(t.rows[proxy], row{basePath: r.Values[1], suffix: r.Values[2], verb: strings.ToUpper(r.Values[3])})
			if r.Values[3] == apigee.NotSet {
				t.rows[proxy][i].verb = apigee.NotSet
			}
		}
		t.rows[proxy][i].Add(r.Calls, r.Values[4])
	}
}

func faultDimensions() []string {
	return []string{apigee.DimensionProxy, apigee.DimensionFaultPolicy}
}

func (t *envTraffic) keepFaults(answer *apigee.Traffic) {
	t.faults = map[faultKey]int64{}
	for _, r := range answer.Rows {
		t.faults[faultKey{r.Values[0], r.Values[1]}] += r.Calls
	}
}

func grantDimensions(dimension string) []string {
	return []string{apigee.DimensionProxy, dimension, apigee.DimensionStatus}
}

func (t *envTraffic) keepGrants(dimension string, answer *apigee.Traffic) {
	if t.grants == nil {
		t.grants = map[recordedBy]map[string]finding.Calls{}
	}
	t.partial = t.partial || answer.Truncated
	for _, r := range answer.Rows {
		by, grant := recordedBy{r.Values[0], dimension}, strings.ToLower(r.Values[1])
		if t.grants[by] == nil {
			t.grants[by] = map[string]finding.Calls{}
		}
		c := t.grants[by][grant]
		c.Add(r.Calls, r.Values[2])
		t.grants[by][grant] = c
	}
}

const readAnalytics = "read analytics"

// readTraffic asks each environment: how often every proxy was called, and of those that handle refresh tokens by which
// paths, in which policies calls ended, and with which grants where a policy records them.
func (r *recordReader) readTraffic(ctx context.Context) {
	r.records.traffic = map[string]*envTraffic{}
	var called []*flow.Environment
	for _, e := range r.facts.Environments {
		if len(e.Traces()) > 0 {
			called = append(called, e)
		}
	}
	each(r.limit, called, func(e *flow.Environment) {
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
func (r *recordReader) environmentTraffic(ctx context.Context, e *flow.Environment) (*envTraffic, error) {
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
func tokenProxies(e *flow.Environment) (token, refreshing []string, recording map[string][]string) {
	recording = map[string][]string{}
	for _, w := range e.Traces() {
		name := w.Program.Revision.Name
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
