package api

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// messageCount is the one metric that is asked for.
const messageCount = "sum(message_count)"

// Dimensions are part of an address. Custom ones, of data collectors, are named like built-in ones.
var dimensionPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,127}$`)

// statsAnswer is as much of GoogleCloudApigeeV1Stats as is read. Where there was no traffic, the rows are left out, or the
// environment with them.
type statsAnswer struct {
	asked  apigee.TrafficQuery
	rows   []apigee.TrafficRow
	others []string // environments that were not asked for
	found  bool     // the one that was
	meta   *statsMeta
}

// statsMeta is what the server says about its answer.
type statsMeta struct {
	Errors  []string `json:"errors"`
	Notices []string `json:"notices"`
}

func (*statsAnswer) bound() *allowance { return newAllowance(maxStats) }

func (a *statsAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "metaData":
		return true, r.value(&a.meta)
	case "environments":
		return true, r.list(name, func() error { return a.environment(r) })
	}
	return false, nil
}

// environment reads one of the environments.
func (a *statsAnswer) environment(r *reader) error {
	environment := ""
	var rows []apigee.TrafficRow
	err := r.object("an environment", func(name string) (bool, error) {
		switch name {
		case "name":
			return true, r.value(&environment)
		case "dimensions":
			_, err := r.listOrNull(name, func() error {
				row, err := a.row(r)
				rows = append(rows, row)
				return err
			})
			return true, err
		}
		return false, nil
	})
	if environment == a.asked.Environment {
		a.found = true
		a.rows = append(a.rows, rows...)
	} else {
		a.others = append(a.others, environment)
	}
	return err
}

func (a *statsAnswer) row(r *reader) (apigee.TrafficRow, error) {
	var d management.GoogleCloudApigeeV1DimensionMetric
	if err := r.value(&d); err != nil {
		return apigee.TrafficRow{}, err
	}
	calls, err := readCount(d.Metrics)
	return apigee.TrafficRow{Values: dimensionValues(&d, len(a.asked.Dimensions)), Calls: calls}, err
}

func (a *statsAnswer) check() error {
	switch {
	case a.meta != nil && len(a.meta.Errors) > 0:
		return &contentError{"the answer reports an error: " + text.QuoteSaid(a.meta.Errors[0])}
	case len(a.others) > 0 && !a.found:
		return about("environment", a.asked.Environment, a.others[0])
	case a.meta == nil && !a.found:
		return about("environment", a.asked.Environment, "")
	}
	return nil
}

// dimensionValues are the values of one row. Where they come joined by commas and a value holds one itself, only the
// first is certain, and the others count as not set.
func dimensionValues(d *management.GoogleCloudApigeeV1DimensionMetric, n int) []string {
	if len(d.IndividualNames) == n {
		return d.IndividualNames
	}
	values := []string{d.Name}
	if n > 1 {
		values = strings.Split(d.Name, ",")
	}
	if len(values) == n {
		return values
	}
	certain := make([]string, n)
	for i := range certain {
		certain[i] = apigee.NotSet
	}
	certain[0] = values[0]
	return certain
}

// readCount adds up the values of the metric. They come as numbers in strings, "39.0", or as points of a time series.
func readCount(metrics []*management.GoogleCloudApigeeV1Metric) (int64, error) {
	for _, m := range metrics {
		if m == nil || m.Name != messageCount {
			continue
		}
		var sum int64
		for _, v := range m.Values {
			if point, ok := v.(map[string]any); ok {
				v = point["value"]
			}
			n, err := readNumber(v)
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	}
	return 0, misshapen("a row", "one without "+messageCount, "a count")
}

func readNumber(v any) (int64, error) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
			return n, nil
		}
		var err error
		if f, err = strconv.ParseFloat(v, 64); err != nil {
			return 0, misshapen("a count", text.QuoteSaid(v), "a number")
		}
	default:
		return 0, misshapen("a count", "neither a number nor a text", "a number")
	}
	const exact = 1 << 53
	if math.IsNaN(f) || f < 0 || f > exact {
		return 0, misshapen("a count", fmt.Sprint(f), "a number of calls")
	}
	return int64(math.Round(f)), nil
}

// source is where the answer's data come from: "Postgres"; "" where it does not say.
func (m *statsMeta) source() string {
	if m == nil {
		return ""
	}
	for _, n := range m.Notices {
		if name, ok := strings.CutPrefix(n, "Source:"); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// wholeOnly reports whether the server answers every page with the first rows: Edge does so for queries on raw facts, and
// says by which engine. Source: the OpenAPI document of Edge's stats, offset.
func (m *statsMeta) wholeOnly() bool {
	return m.says(func(notice string) bool { return strings.Contains(notice, "spark engine") })
}

// truncated looks for the notice of an answer that does not hold all rows; its exact words are not documented.
func (m *statsMeta) truncated() bool {
	return m.says(func(n string) bool {
		return strings.Contains(n, "truncated") && !strings.Contains(n, "not truncated") && !strings.Contains(n, "truncated: false") && !strings.Contains(n, "truncated:false")
	})
}

// says reports whether a notice, in lower case, says a thing.
func (m *statsMeta) says(it func(notice string) bool) bool {
	return m != nil && slices.ContainsFunc(m.Notices, func(n string) bool { return it(strings.ToLower(n)) })
}
