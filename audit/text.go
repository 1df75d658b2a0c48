package audit

import "strconv"

// quote makes a name from a bundle fit for a message: in quotes, with control characters shown.
func quote(s string) string { return strconv.Quote(s) }
