package audit

import (
	"strconv"
	"strings"

	"apigee-audit/internal/text"
)

// decimal writes a number with two decimals at most: 400, 0.5, 1,234.25.
func decimal(f float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(f, 'f', 2, 64), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil {
		whole = text.Grouped(n)
	}
	if part = strings.TrimRight(part, "0"); part == "" {
		return whole
	}
	return whole + "." + part
}

// inDays writes a length of time: "30 days", "1 day".
func inDays(f float64) string {
	if f == 1 {
		return "1 day"
	}
	return decimal(f) + " days"
}
