package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// leading is a whole number of weeks or days at the start of a duration. People write both, and Go reads neither.
var leading = regexp.MustCompile(`^([0-9]{1,9})([wd])`)

// ParseDuration reads a duration as Go does, and weeks and days in front: "30d", "2w", "1d12h".
func ParseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("must be a duration with a unit, such as 30s, 10m, 12h, 30d or 2w, not %q", s)
	total, rest := time.Duration(0), s
	for {
		m := leading.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		unit := 24 * time.Hour
		if m[2] == "w" {
			unit *= 7
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || int64(n) > (math.MaxInt64-int64(total))/int64(unit) {
			return 0, wrong
		}
		total, rest = total+time.Duration(n)*unit, rest[len(m[0]):]
	}
	if rest == "" && s != "" {
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || rest != s && d < 0 || d > math.MaxInt64-total {
		return 0, wrong
	}
	return total + d, nil
}

// formatDuration is a duration as people write it: 30d in place of 720h0m0s.
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// DurationVar adds a flag that holds a duration.
func DurationVar(fs *pflag.FlagSet, to *time.Duration, name string, value time.Duration, usage string) {
	*to = value
	fs.Var(&unitFlag[time.Duration]{to, "duration", ParseDuration, formatDuration}, name, usage)
}

// unitFlag is the value of a flag that is a number with a unit.
type unitFlag[T any] struct {
	to     *T
	kind   string
	parse  func(string) (T, error)
	format func(T) string
}

// Set implements pflag.Value.
func (f *unitFlag[T]) Set(s string) error {
	parsed, err := f.parse(s)
	if err == nil {
		*f.to = parsed
	}
	return err
}

// Type implements pflag.Value.
func (f *unitFlag[T]) Type() string { return f.kind }

func (f *unitFlag[T]) String() string { return f.format(*f.to) }
