package apigee

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Dimensions of analytics that the audit groups calls by. The built-in dimension access_token is not among them: its
// values are credentials, and no source may ever ask for it.
// Source: docs.cloud.google.com/apigee/docs/api-platform/analytics/analytics-reference.
const (
	DimensionProxy       = "apiproxy"
	DimensionBasePath    = "proxy_basepath"
	DimensionPathSuffix  = "proxy_pathsuffix"
	DimensionVerb        = "request_verb"
	DimensionStatus      = "response_status_code"
	DimensionFaultPolicy = "ax_execution_fault_policy_name"
	DimensionAccessToken = "access_token" //nolint:gosec // the name of what is never asked for
)

// NotSet is what analytics writes where a call has no value for a dimension.
const NotSet = "(not set)"

// Window is a span of time; End is no longer part of it.
type Window struct {
	Start, End time.Time
}

// Days is the length of the window in days of 24 hours.
func (w Window) Days() float64 { return w.End.Sub(w.Start).Hours() / 24 }

// Split cuts the window into consecutive ones of at most the given length, oldest first.
func (w Window) Split(longest time.Duration) []Window {
	var out []Window
	for start := w.Start; start.Before(w.End); {
		end := start.Add(longest)
		if end.After(w.End) {
			end = w.End
		}
		out = append(out, Window{start, end})
		start = end
	}
	return out
}

// TrafficQuery asks for the calls in one environment.
type TrafficQuery struct {
	Environment string
	Window      Window
	// Dimensions are what calls are grouped by, at least one. Asking for DimensionAccessToken is an error.
	Dimensions []string
	// Proxies narrows the answer; empty means all proxies of the environment.
	Proxies []string
}

// Traffic is the answer to a query.
type Traffic struct {
	// Rows are distinct in their values, in no order that means anything.
	Rows []TrafficRow
	// Truncated is true where rows are missing: counts are then lower bounds, and absence proves nothing.
	Truncated bool
}

// TrafficRow counts the calls that have the same values.
type TrafficRow struct {
	Values []string // one for each dimension of the query; [NotSet] where analytics has none
	Calls  int64
}

// longestWindow is a bound on what people may ask for; no plan keeps analytics for longer.
const longestWindow = 14 * 31 * 24 * time.Hour

// ParseWindow reads the length of a window: hours, days or weeks, as in "12h", "30d" and "2w".
func ParseWindow(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is not a valid window, use hours, days or weeks, such as 12h, 30d or 2w", text)
	if text == "" {
		return 0, wrong
	}
	unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[text[len(text)-1]]
	digits := text[:len(text)-1]
	n, err := strconv.Atoi(digits)
	if unit == 0 || err != nil || n < 1 || strings.HasPrefix(digits, "+") {
		return 0, wrong
	}
	if n > int(longestWindow/unit) {
		return 0, fmt.Errorf("a window of %s is longer than analytics are kept: give at most %dd", text, longestWindow/(24*time.Hour))
	}
	return time.Duration(n) * unit, nil
}
