package text

// Lifetime puts a number of milliseconds in words, in its two largest units: "3 years 62 days".
func Lifetime(ms int64) string {
	units := []struct {
		ms   int64
		noun string
	}{
		{365 * 24 * 60 * 60 * 1000, "year"}, {24 * 60 * 60 * 1000, "day"}, {60 * 60 * 1000, "hour"},
		{60 * 1000, "minute"}, {1000, "second"}, {1, "millisecond"},
	}
	for i, u := range units {
		n := ms / u.ms
		if n == 0 {
			continue
		}
		s := Count(n, u.noun)
		if i+1 < len(units) {
			next := units[i+1]
			if m := ms % u.ms / next.ms; m > 0 {
				s += " " + Count(m, next.noun)
			}
		}
		return s
	}
	return "0 milliseconds"
}
