package text

import "time"

// Age is about how long something has been there, in a unit of which there are several: "13 days", "5 weeks", "14 months".
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	for _, u := range []struct {
		of    time.Duration
		least time.Duration
		noun  string
	}{
		{365 * day, 3 * 365 * day, "year"}, {365 * day / 12, 90 * day, "month"}, {7 * day, 14 * day, "week"}, {day, day, "day"},
	} {
		if d >= u.least {
			return Count(int(d/u.of), u.noun)
		}
	}
	return "less than a day"
}
