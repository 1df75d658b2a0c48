package condition

import (
	"math"
	"strconv"
	"strings"
)

// Comparing by order is documented in two ways. Operands are adapted to a common type, so that 10 is greater than 9;
// and that type is the string where one of them is a string, as the values of headers and parameters are, so that "10"
// is less than "9". A value for which the first way has no number compares with nothing. Only what holds in each way is
// certain.

// isOrdering reports whether a test compares by order with a number, quoted or not.
func (a *atom) isOrdering() bool { return a.kind >= atomLess && a.kind <= atomGreaterEqual }

// isWhole reports whether a literal is an integer in the one spelling that every adaptation to a string gives it, of a
// size at which integers and floating-point numbers agree.
func isWhole(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	n, err := strconv.Atoi(s)
	return isPlainInteger(digits) && s != "-0" && err == nil && isExact(float64(n))
}

// holds is what a comparison says, given how the value stands to the literal: less (-1), equal or greater (1).
func (a *atom) holds(order int) bool {
	switch a.kind {
	case atomLess:
		return order < 0
	case atomLessEqual:
		return order <= 0
	case atomGreater:
		return order > 0
	}
	return order >= 0
}

// ordered is the outcome of an ordering for one value.
func (t *test) ordered(s *subject) outcome {
	if s.kin.kind != kinNumber || !isExact(s.kin.value) || !isWhole(t.arg) {
		return either
	}
	numeric := t.ofKin(s.kin)
	if text := certainly(t.holds(strings.Compare(s.text, t.arg))); text != numeric || text == mayBeTrue && !isWhole(s.text) {
		return either
	}
	return numeric
}

// compared is the outcome of an ordering for a value that is some spelling of k; it is certain for moderate integers
// only.
func (t *test) compared(k kinship) outcome {
	n, ok := number(t.arg)
	if k.kind != kinNumber || !ok || !isExact(n) || !isExact(k.value) {
		return either
	}
	return certainly(t.holds(compareNumbers(k.value, n)))
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// inOrder reports whether some value can have all outcomes that the facts give to orderings. False is a proof. Quoted
// and unquoted numbers are looked at apart, for they may be compared in different ways.
func inOrder(facts []fact) bool {
	for _, quoted := range [...]uint16{0, 1} {
		var same []fact
		for _, f := range facts {
			if f.isOrdering() && f.detail == quoted && isWhole(f.arg) {
				same = append(same, f)
			}
		}
		if len(same) > 1 && isCompared(same) && !rangeOf(same, numberBound).isPossible() && !rangeOf(same, textBound).isPossible() {
			return false
		}
	}
	return true
}

// isCompared reports whether some comparison succeeds, so that the value is one that can be compared.
func isCompared(facts []fact) bool {
	for _, f := range facts {
		if f.want {
			return true
		}
	}
	return false
}

// bound is an end of a range: a number or, when texts are compared, a text.
type bound struct {
	number float64
	text   string
}

func numberBound(arg string) bound {
	n, _ := number(arg)
	return bound{number: n}
}

func textBound(arg string) bound { return bound{text: arg} }

func (b bound) compare(c bound) int {
	if order := compareNumbers(b.number, c.number); order != 0 {
		return order
	}
	return strings.Compare(b.text, c.text)
}

// span is a range of values, each end included or not.
type span struct {
	low, high         bound
	openLow, openHigh bool
	bounded           bool // above
}

func rangeOf(facts []fact, read func(string) bound) span {
	s := span{low: bound{number: math.Inf(-1)}}
	for _, f := range facts {
		b := read(f.arg)
		upper, strict := f.kind == atomLess || f.kind == atomLessEqual, f.kind == atomLess || f.kind == atomGreater
		if !f.want {
			upper, strict = !upper, !strict
		}
		if upper {
			s.cap(b, strict)
		} else {
			s.lift(b, strict)
		}
	}
	return s
}

func (s *span) lift(b bound, strict bool) {
	if order := b.compare(s.low); order > 0 || order == 0 && strict {
		s.low, s.openLow = b, strict
	}
}

func (s *span) cap(b bound, strict bool) {
	if order := b.compare(s.high); !s.bounded || order < 0 || order == 0 && strict {
		s.high, s.openHigh, s.bounded = b, strict, true
	}
}

// isPossible reports whether there is something between the ends. Between two different numbers there always is, and
// so there is between two texts that end in digits.
func (s span) isPossible() bool {
	order := s.low.compare(s.high)
	return !s.bounded || order < 0 || order == 0 && !s.openLow && !s.openHigh
}
