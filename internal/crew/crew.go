// Package crew works on many things at once, and keeps the panic of one of them from ending the process: a goroutine
// that panics ends everything, whoever waits for it. Here the one who waits gets the panic instead.
package crew

import (
	"fmt"
	"runtime/debug"
	"sync"
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

// Each calls do for 0 … n-1, with at most limit calls at once and at least one, and returns when all have ended. When
// one panics, no further one is started, and Each panics with the first *[Panic] once those under way have ended.
func Each(n, limit int, do func(i int)) {
	slots := make(chan struct{}, max(limit, 1))
	var all sync.WaitGroup
	var mu sync.Mutex
	var first *Panic
	for i := range n {
		slots <- struct{}{}
		mu.Lock()
		stop := first != nil
		mu.Unlock()
		if stop {
			break
		}
		all.Go(func() {
			defer func() { <-slots }()
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = caught(value)
				}
			}()
			do(i)
		})
	}
	all.Wait()
	if first != nil {
		panic(first)
	}
}

// Together calls the functions in parallel, and handles panics as [Each] does.
func Together(do ...func()) {
	Each(len(do), len(do), func(i int) { do[i]() })
}
