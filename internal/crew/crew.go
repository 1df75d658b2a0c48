// Package crew works on many things at once, and keeps the panic of one of them from ending the process: a goroutine
// that panics ends everything, whoever waits for it. Here the one who waits gets the panic instead.
package crew

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is a panic with the place where it happened, on its way to whoever answers for it.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error gives the value alone: the stack is for logs.
func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Guard calls do, and turns a panic into an error: a *[Panic].
func Guard(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = caught(value)
		}
	}()
	return do()
}

// caught is what recover gave; a panic that was raised again keeps its first stack.
func caught(value any) *Panic {
	if p, again := value.(*Panic); again {
		return p
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}

// Each calls do for 0 … n-1 in this order, with at most limit calls at once and at least one, and returns when all have ended.
// When one panics, no further one is started, and Each panics with the first *[Panic] once those under way have ended.
//
// A goroutine makes one call after the other: its stack has grown by the second, which took a fiftieth of an audit's time where
// each call had a goroutine of its own.
func Each(n, limit int, do func(i int)) {
	EachWith(n, limit, func() struct{} { return struct{}{} }, func(i int, _ struct{}) { do(i) })
}

// EachWith is [Each] where the calls that a goroutine makes one after the other share something, which it begins with.
func EachWith[T any](n, limit int, begin func() T, do func(i int, with T)) {
	var all sync.WaitGroup
	var next atomic.Int64
	var first atomic.Pointer[Panic]
	for range min(n, max(limit, 1)) {
		all.Go(func() {
			defer func() {
				if value := recover(); value != nil {
					first.CompareAndSwap(nil, caught(value))
				}
			}()
			with := begin()
			for first.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i, with)
			}
		})
	}
	all.Wait()
	if p := first.Load(); p != nil {
		panic(p)
	}
}

// Together calls the functions in parallel, and handles panics as [Each] does.
func Together(do ...func()) {
	Each(len(do), len(do), func(i int) { do[i]() })
}
