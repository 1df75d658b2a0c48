package text

import "strconv"

// longestName is how much of a name or path is shown, in characters. Apigee allows 255 for a name; in a bundle that was never
// deployed it can be as long as its file, and every finding below its flow repeats it.
const longestName = 1000

// Quote makes a name from a bundle fit for a message: in quotation marks, with control characters shown, and of bounded
// length.
func Quote(name string) string { return strconv.Quote(Brief(name)) }

// Brief cuts a name or path short that is longer than any real one.
func Brief(name string) string { return Clip(name, longestName) }

// Names joins quoted names for a sentence, and counts those beyond a few: `"a", "b", "c", "d" and 3 more`.
func Names(names []string) string {
	const most = 4
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Quote(n)
	}
	return ListSome(quoted, most)
}

// NounNames is [Names] behind what they are names of: `proxy "a"`, `proxies "a" and "b"`.
func NounNames(noun string, names []string) string {
	return agreeing(int64(len(names)), noun) + " " + Names(names)
}
