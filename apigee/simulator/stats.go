package simulator

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/apigee"
)

// Limits of a synchronous query.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits, "Analytics".
const (
	statsDays       = 92
	statsDaysHybrid = 14
	statsMost       = 14400
)

// statistics is GoogleCloudApigeeV1Stats.
type statistics struct {
	Environments []statsEnvironment `json:"environments,omitempty"`
	MetaData     statsMetadata      `json:"metaData"`
}

type statsEnvironment struct {
	Name       string           `json:"name"`
	Dimensions []statsDimension `json:"dimensions,omitempty"`
}

type statsDimension struct {
	Name            string        `json:"name"`
	IndividualNames []string      `json:"individualNames,omitempty"` // of Apigee X only
	Metrics         []statsMetric `json:"metrics"`
}

type statsMetric struct {
	Name   string `json:"name"`
	Values []any  `json:"values"` // a text, or points where a unit of time was asked for
}

// statsPoint is the number of calls in one unit of time.
type statsPoint struct {
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970, of its start
	Value     string `json:"value"`
}

type statsMetadata struct {
	Errors  []string `json:"errors,omitempty"`
	Notices []string `json:"notices,omitempty"`
}

func getStats(o *served, e *Environment, r *http.Request) any {
	q := r.URL.Query()
	span, bad := o.statsRange(q.Get("timeRange"))
	if bad != nil {
		return bad
	}
	unit, known := statsUnits()[q.Get("timeUnit")]
	if !known {
		return invalid("Invalid timeUnit: " + q.Get("timeUnit"))
	}
	if q.Get("select") != "sum(message_count)" {
		return invalid("only sum(message_count) is served here")
	}
	limit, offset := number(q.Get("limit"), statsMost), number(q.Get("offset"), 0)
	if limit < 1 || limit > statsMost || offset < 0 {
		return invalid("Limit value should not exceed " + strconv.Itoa(statsMost))
	}
	wanted, bad := proxyFilter(q.Get("filter"))
	if bad != nil {
		return bad
	}
	dimensions := strings.Split(r.PathValue("dimensions"), ",")
	rows, bad := o.count(e.Name, dimensions, wanted, statsSeries{span, unit})
	if bad != nil {
		return bad
	}
	answer := statistics{MetaData: statsMetadata{Notices: []string{"Source:Simulator"}}}
	from := min(offset, len(rows))
	to := min(from+limit, len(rows))
	if to < len(rows) {
		answer.MetaData.Notices = append(answer.MetaData.Notices, "Result truncated to "+strconv.Itoa(limit)+" rows")
	}
	if from < to {
		answer.Environments = []statsEnvironment{{Name: e.Name, Dimensions: rows[from:to]}}
	}
	return answer
}

// number reads a parameter; -1 for what is none.
func number(text string, absent int) int {
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// statsUnits are the units of time that calls can be counted by, and none.
func statsUnits() map[string]time.Duration {
	const aDay = 24 * time.Hour
	return map[string]time.Duration{"": 0, "minute": time.Minute, "hour": time.Hour, "day": aDay, "week": 7 * aDay, "month": 30 * aDay}
}

// statsSeries is the time in which calls are counted, and the unit of time that they are counted by, 0 for none.
type statsSeries struct {
	apigee.Window
	unit time.Duration
}

// values are so many calls a day as an answer tells them.
func (s statsSeries) values(perDay int64) (all []any, sum int64) {
	count := func(w apigee.Window) string {
		n := int64(float64(perDay) * w.Days())
		sum += n
		return strconv.FormatInt(n, 10) + ".0"
	}
	if s.unit == 0 {
		return []any{count(s.Window)}, sum
	}
	for _, w := range s.Split(s.unit) {
		all = append(all, statsPoint{w.Start.UnixMilli(), count(w)})
	}
	return all, sum
}

// statsRange reads a time range.
func (o *served) statsRange(text string) (apigee.Window, *apiError) {
	const layout = "01/02/2006 15:04"
	from, to, _ := strings.Cut(text, "~")
	start, err := time.Parse(layout, from)
	end, errEnd := time.Parse(layout, to)
	w := apigee.Window{Start: start, End: end}
	if err != nil || errEnd != nil || !start.Before(end) {
		return w, invalid("timeRange " + strconv.Quote(text) + " is not MM/DD/YYYY HH:MM~MM/DD/YYYY HH:MM")
	}
	most := statsDays
	if o.Records.Runtime == "HYBRID" {
		most = statsDaysHybrid
	}
	if w.Days() > float64(most) {
		return w, invalid("time range must not exceed " + strconv.Itoa(most) + " days for synchronous queries")
	}
	return w, nil
}

// proxyFilter reads the one kind of filter that is served: (apiproxy in 'a','b'). Without one all proxies are wanted.
func proxyFilter(text string) (func(string) bool, *apiError) {
	if text == "" {
		return func(string) bool { return true }, nil
	}
	list, ok := strings.CutPrefix(text, "(apiproxy in '")
	list, closed := strings.CutSuffix(list, "')")
	if !ok || !closed {
		return nil, invalid("filter " + strconv.Quote(text) + " is not served here")
	}
	names := strings.Split(list, "','")
	return func(name string) bool { return slices.Contains(names, name) }, nil
}

// count adds up calls by dimensions, most calls first.
func (o *served) count(env string, dimensions []string, wanted func(string) bool, over statsSeries) ([]statsDimension, *apiError) {
	perDay := map[string]int64{}
	for _, d := range dimensions {
		if !o.knows(d) {
			return nil, invalid("Invalid dimension: " + d)
		}
	}
	for _, t := range o.Records.Traffic {
		if t.Environment != env || !wanted(t.Proxy) {
			continue
		}
		var values []string
		for _, d := range dimensions {
			values = append(values, cmp.Or(t.value(d), apigee.NotSet))
		}
		perDay[strings.Join(values, "\x00")] += t.PerDay
	}
	var rows []statsDimension
	for key, n := range perDay {
		names := strings.Split(key, "\x00")
		values, sum := over.values(n)
		if sum == 0 {
			continue
		}
		rows = append(rows, statsDimension{
			Name: strings.Join(names, ","), IndividualNames: names, Metrics: []statsMetric{{Name: "sum(message_count)", Values: values}},
		})
	}
	slices.SortFunc(rows, func(a, b statsDimension) int {
		return cmp.Or(cmp.Compare(perDay[strings.Join(b.IndividualNames, "\x00")], perDay[strings.Join(a.IndividualNames, "\x00")]), cmp.Compare(a.Name, b.Name))
	})
	return rows, nil
}

// knows reports whether a dimension is built in or one that some record has.
func (o *served) knows(dimension string) bool {
	switch dimension {
	case apigee.DimensionProxy, apigee.DimensionBasePath, apigee.DimensionPathSuffix, apigee.DimensionVerb, apigee.DimensionStatus, apigee.DimensionFaultPolicy:
		return true
	}
	return slices.ContainsFunc(o.Records.Traffic, func(t Traffic) bool { _, ok := t.More[dimension]; return ok })
}

func (t Traffic) value(dimension string) string {
	switch dimension {
	case apigee.DimensionProxy:
		return t.Proxy
	case apigee.DimensionBasePath:
		return t.BasePath
	case apigee.DimensionPathSuffix:
		return t.Path
	case apigee.DimensionVerb:
		return t.Verb
	case apigee.DimensionStatus:
		return t.Status
	}
	return t.More[dimension]
}
