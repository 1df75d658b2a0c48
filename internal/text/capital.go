package text

import (
	"unicode"
	"unicode/utf8"
)

// Capital begins a sentence with words that otherwise stand inside one.
func Capital(words string) string {
	first, n := utf8.DecodeRuneInString(words)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + words[n:]
}
