package api

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
)

// messageCount is the one metric that is asked for.
const messageCount = "sum(message_count)"

// Dimensions are part of an address. Custom ones, of data collectors, are named like built-in ones.
var dimensionPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,127}$`)

// readStats turns an answer into rows.
func readStats(answer *management.GoogleCloudApigeeV1Stats, q apigee.TrafficQuery) ([]apigee.TrafficRow, error) {
	if m := answer.MetaData; m != nil && len(m.Errors) > 0 {
		return nil, fmt.Errorf("the answer reports an error: %s", quote(m.Errors[0]))
	}
	var rows []apigee.TrafficRow
	for _, env := range answer.Environments {
		if env == nil || env.Name != q.Environment {
			continue
		}
		for _, d := range env.Dimensions {
			if d == nil {
				continue
			}
			calls, err := readCount(d.Metrics)
			if err != nil {
				return nil, err
			}
			rows = append(rows, apigee.TrafficRow{Values: dimensionValues(d, len(q.Dimensions)), Calls: calls})
		}
	}
	return rows, nil
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

var errNoCount = errors.New("the answer does not have the documented shape: a row without " + messageCount)

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
	return 0, errNoCount
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
			return 0, fmt.Errorf("the answer does not have the documented shape: %s is no count", quote(v))
		}
	default:
		return 0, fmt.Errorf("the answer does not have the documented shape: a count of type %T", v)
	}
	const exact = 1 << 53
	if math.IsNaN(f) || f < 0 || f > exact {
		return 0, fmt.Errorf("the answer does not have the documented shape: %v is no count", f)
	}
	return int64(math.Round(f)), nil
}

// saysTruncated looks for the notice of an answer that does not hold all rows; its exact words are not documented.
func saysTruncated(m *management.GoogleCloudApigeeV1Metadata) bool {
	if m == nil {
		return false
	}
	for _, n := range m.Notices {
		n = strings.ToLower(n)
		if strings.Contains(n, "truncated") && !strings.Contains(n, "not truncated") && !strings.Contains(n, "truncated: false") && !strings.Contains(n, "truncated:false") {
			return true
		}
	}
	return false
}
