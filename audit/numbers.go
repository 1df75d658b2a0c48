package audit

import (
	"strconv"
	"strings"
)

// grouped writes a whole number with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return sign + b.String()
}

// decimal writes a number with two decimals at most: 400, 0.5, 1,234.25.
func decimal(f float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(f, 'f', 2, 64), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil {
		whole = grouped(n)
	}
	if part = strings.TrimRight(part, "0"); part == "" {
		return whole
	}
	return whole + "." + part
}

func calls(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return grouped(n) + " calls"
}

// inDays writes a length of time: "30 days", "1 day".
func inDays(f float64) string {
	if f == 1 {
		return "1 day"
	}
	return decimal(f) + " days"
}
