package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Size is a number of bytes. 0 is no limit.
type Size int64

// sizePattern is what [ParseSize] reads, but for what overflows.
const sizePattern = `^(0|[0-9]{1,12}(\.[0-9]{1,6})? ?([KMGTkmgt][Ii]?)?[Bb])$`

var sizeText = regexp.MustCompile(sizePattern)

// ParseSize reads a size with its unit: "500MB", "2 GB", "1.5GiB". Units are of 1024, as all sizes that the program writes.
func ParseSize(s string) (Size, error) {
	if s == "0" {
		return 0, nil
	}
	wrong := fmt.Errorf("must be a size with a unit, such as 500MB or 2GB, not %q", s)
	if !sizeText.MatchString(s) {
		return 0, wrong
	}
	upper := strings.ToUpper(s)
	number := strings.TrimRight(upper, " KMGTIB")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, wrong
	}
	unit := strings.TrimSpace(upper[len(number):])
	n *= math.Pow(1024, float64(strings.IndexByte("BKMGT", unit[0])))
	if n >= math.MaxInt64 {
		return 0, wrong
	}
	return Size(n), nil
}

// formatSize is a size as people write it.
func formatSize(s Size) string {
	for _, unit := range []struct {
		bytes Size
		name  string
	}{{1 << 40, "TB"}, {1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if s >= unit.bytes && s%unit.bytes == 0 {
			return strconv.FormatInt(int64(s/unit.bytes), 10) + unit.name
		}
	}
	if s == 0 {
		return "0"
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// SizeVar adds a flag that holds a size.
func SizeVar(fs *pflag.FlagSet, to *Size, name string, value Size, usage string) {
	*to = value
	fs.Var(&unitFlag[Size]{to, "size", ParseSize, formatSize}, name, usage)
}
