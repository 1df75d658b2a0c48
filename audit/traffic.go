package audit

import (
	"strings"

	"apigee-audit/apigee"
)

// row is one kind of calls to a proxy, as far as analytics tell them apart.
type row struct {
	basePath, suffix, verb string // apigee.NotSet where analytics have none
	Calls
}

// envTraffic is what analytics say of one environment.
type envTraffic struct {
	totals  map[string]*Calls // by proxy; absent means not called
	rows    map[string][]row  // by proxy, of those that issue or refresh
	faults  map[faultKey]int64
	grants  map[grantKey]*Calls
	partial bool // rows are missing: absence proves nothing
}

// faultKey names a policy whose faults ended calls.
type faultKey struct{ proxy, policy string }

// grantKey is a value of a custom dimension that records grant types.
type grantKey struct{ proxy, dimension, grant string }

// The queries: what calls are grouped by, and how the answers are kept.

func totalDimensions() []string {
	return []string{apigee.DimensionProxy, apigee.DimensionStatus}
}

func (t *envTraffic) keepTotals(answer *apigee.Traffic) {
	t.totals = map[string]*Calls{}
	t.partial = t.partial || answer.Truncated
	for _, r := range answer.Rows {
		c := t.totals[r.Values[0]]
		if c == nil {
			c = &Calls{}
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
		t.grants = map[grantKey]*Calls{}
	}
	t.partial = t.partial || answer.Truncated
	for _, r := range answer.Rows {
		key := grantKey{r.Values[0], dimension, strings.ToLower(r.Values[1])}
		c := t.grants[key]
		if c == nil {
			c = &Calls{}
			t.grants[key] = c
		}
		c.Add(r.Calls, r.Values[2])
	}
}
