package text

import "strings"

// IsWord reports whether a text consists of ASCII letters, digits and some other characters, at least one and at most so many. It is not
// a regular expression: one that counts to 255 takes a millisecond to prepare, at every start.
func IsWord(s, others string, most int) bool {
	for i := range len(s) {
		c, letter := s[i], s[i]|0x20
		if (letter < 'a' || letter > 'z') && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= most
}
