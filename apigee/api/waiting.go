package api

import (
	"slices"
	"sync"
)

// waiting knows why requests wait for a quota, and tells whoever shows how far the work is.
type waiting struct {
	tell func(why string) // nil tells nobody

	mu      sync.Mutex
	refused string   // why the last request was refused; "" once one was answered
	queued  []string // why some have not been sent yet
	told    string
}

// whyRefused is for requests that the server refuses because there were too many.
const whyRefused = "the server accepts no more requests for now (429 Too Many Requests); they go on at a lower rate as its quota comes back, within about a minute"

// refuse notes that a request was refused because of a quota, and answer that one was answered.
func (w *waiting) refuse() { w.change(func() { w.refused = whyRefused }) }

func (w *waiting) answer() { w.change(func() { w.refused = "" }) }

// queue notes that a request is not sent yet, so that it is not refused. The wait ends with the call of done.
func (w *waiting) queue(why string) (done func()) {
	w.change(func() { w.queued = append(w.queued, why) })
	return func() {
		w.change(func() {
			i := slices.Index(w.queued, why)
			w.queued = slices.Delete(w.queued, i, i+1)
		})
	}
}

// change changes what is known, and tells of it if another thing is to be said then.
func (w *waiting) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
	why := w.refused
	if why == "" && len(w.queued) > 0 {
		why = w.queued[0]
	}
	if why == w.told {
		return
	}
	w.told = why
	if w.tell != nil {
		w.tell(why)
	}
}
