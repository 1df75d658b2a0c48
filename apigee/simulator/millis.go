package simulator

import "strconv"

// millis is a time in milliseconds since 1970. The API writes int64 as JSON strings, so this does too.
type millis int64

// epoch is when everything in a served organization began: 5 January 2026, 08:00 UTC.
const epoch millis = 1767600000000

const day millis = 24 * 60 * 60 * 1000

// MarshalText writes the number's digits.
func (m millis) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(m), 10), nil }

// made is when a revision was made: a day after the one before it, so that the order of revisions shows in their times.
func made(number string) millis {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return epoch
	}
	return epoch + millis(n)*day
}
