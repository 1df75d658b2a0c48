package condition

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// isNumber reports whether a bare word is a number literal: digits with an optional sign, fraction and f, d or l.
func isNumber(s string) bool {
	if s == "" || s[0] > '9' {
		return false
	}
	s = strings.TrimPrefix(s, "-")
	digits, dots := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '.':
			dots++
		case i == len(s)-1 && digits > 0 && strings.IndexByte("fdlFDL", c) >= 0:
		default:
			return false
		}
	}
	return digits > 0 && dots <= 1
}

// isPlainInteger reports whether a number literal can be spelled in one way only: 400, not 400.0, 0400 or 400f.
func isPlainInteger(s string) bool {
	if s == "" || len(s) > 15 || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// kinship groups the spellings that one coercion or another could take for equal: the numbers of one value, and the
// spellings of true or of false. Equality between two spellings of a kinship is certain only when they are identical.
type kinship struct {
	kind  uint8 // 0: none
	value float64
}

const (
	kinNumber uint8 = 1 + iota
	kinTruth
)

// kin is the kinship of a string, the zero value when it is equal to nothing but itself.
func kin(s string) kinship {
	switch {
	case strings.EqualFold(s, "true"):
		return kinship{kinTruth, 1}
	case strings.EqualFold(s, "false"):
		return kinship{kinTruth, 0}
	}
	if n, ok := number(s); ok {
		return kinship{kinNumber, n}
	}
	return kinship{}
}

// number reads what any coercion could take for a number. Magnitudes beyond float64 all become infinite and thereby
// akin, which only makes fewer things provable.
func number(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] != '+' && s[0] != '-' && s[0] != '.' && (s[0] < '0' || s[0] > '9') {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && strings.IndexByte("fdlFDL", s[len(s)-1]) >= 0 {
		n, err = strconv.ParseFloat(s[:len(s)-1], 64)
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	if n == 0 {
		n = 0 // -0 is 0
	}
	return n, !math.IsNaN(n)
}

// isExact reports whether integer and floating coercions of n agree.
func isExact(n float64) bool { return n == math.Trunc(n) && math.Abs(n) < 1<<31 }
