package text

import (
	"strconv"
	"strings"
)

// Count says how many there are of a thing: "1 finding", "2 findings", "3 proxies".
func Count[N int | int64](n N, noun string) string {
	return strconv.FormatInt(int64(n), 10) + " " + agreeing(int64(n), noun)
}

// CountGrouped is [Count] for numbers that may be large, such as calls: "1,234 calls".
func CountGrouped[N int | int64](n N, noun string) string {
	return Grouped(int64(n)) + " " + agreeing(int64(n), noun)
}

func agreeing(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return Plural(noun)
}

// Plural is the plural of a regular English noun, of which the last word takes the ending: "shared flows", "API proxies".
func Plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok && stem != "" && !strings.ContainsRune("aeiou", rune(stem[len(stem)-1])) {
		return stem + "ies"
	}
	for _, hiss := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(noun, hiss) {
			return noun + "es"
		}
	}
	return noun + "s"
}

// Grouped writes a whole number with commas: 1,234,567.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes is a size for people, in units of 1024: "512 bytes", "64 KB", "3.4 MB", "2 GB".
func Bytes(n int64) string {
	const kilo, mega, giga = 1 << 10, 1 << 20, 1 << 30
	unit, name := int64(giga), "GB"
	switch {
	case n < kilo:
		return Count(n, "byte")
	case n < mega:
		unit, name = kilo, "KB"
	case n < giga:
		unit, name = mega, "MB"
	}
	return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(unit), 'f', 1, 64), ".0") + " " + name
}
