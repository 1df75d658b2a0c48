// Package slab hands out small values of one type from blocks. Thousands of them that are kept together are a few objects then, which
// the garbage collector goes through in a fraction of the time, and between which no gaps stay.
package slab

import "slices"

// Of hands out values of one type. A block stays in memory as long as one of its values does, so all that one Of hands out should be
// of use for about as long. The zero value is ready for use, by one goroutine at a time.
type Of[T any] struct {
	free []T // what is left of the block
	size int // of the block
}

// The sizes of blocks, in values: the first is small, because some kinds of values are seldom needed.
const (
	smallest = 8
	largest  = 128
)

// Put returns a pointer to a copy of a value.
func (s *Of[T]) Put(value T) *T {
	if len(s.free) == 0 {
		s.begin()
	}
	p := &s.free[0]
	s.free = s.free[1:]
	*p = value
	return p
}

// Slice returns n zero values, without room to grow; nil for none.
func (s *Of[T]) Slice(n int) []T {
	if n == 0 {
		return nil
	}
	if n > len(s.free) {
		if n > largest/4 { // what is left of a block is given up for small ones only
			return make([]T, n)
		}
		for s.begin(); n > len(s.free); {
			s.begin()
		}
	}
	list := s.free[:n:n]
	s.free = s.free[n:]
	return list
}

func (s *Of[T]) begin() {
	s.size = min(max(smallest, 2*s.size), largest)
	s.free = make([]T, s.size)
}

// Scratch hands out lists that are all given up at once, whose memory is used again then. The zero value is ready for use, by one goroutine
// at a time.
type Scratch[T any] struct{ all []T }

// Take returns an empty list with room for n values. With more of them it lies elsewhere.
func (s *Scratch[T]) Take(n int) []T {
	begin := len(s.all)
	s.all = slices.Grow(s.all, n)[:begin+n] // lists that were handed out before keep the memory they are in
	return s.all[begin : begin : begin+n]
}

// Put returns a pointer to a copy of a value.
func (s *Scratch[T]) Put(value T) *T { return &append(s.Take(1), value)[0] }

// Cap is how many values there is memory for.
func (s *Scratch[T]) Cap() int { return cap(s.all) }

// Reset takes back all that was handed out: nothing of it is to be used any more.
func (s *Scratch[T]) Reset() {
	clear(s.all)
	s.all = s.all[:0]
}
