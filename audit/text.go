package audit

import (
	"strconv"
	"strings"
)

// longestText is how much of a name or path from a bundle is shown, in bytes. Apigee allows 255 characters for a name; in a
// bundle that was never deployed it can be as long as its file, and every finding below its flow repeats it.
const longestText = 1000

// quote makes a name from a bundle fit for a message: in quotes, with control characters shown, and of bounded length.
func quote(s string) string { return strconv.Quote(brief(s)) }

// brief cuts a very long text short.
func brief(s string) string {
	if len(s) <= longestText {
		return s
	}
	return strings.ToValidUTF8(s[:longestText], "") + "…"
}
