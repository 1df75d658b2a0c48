package cli

import "sync"

// waiting passes on why requests of an organization wait for a quota. An organization is opened, and may have to wait, before
// its progress is shown.
type waiting struct {
	mu  sync.Mutex
	why string
	to  func(why string)
}

// say is called by the client, "" when requests go on.
func (w *waiting) say(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.why = why
	if w.to != nil {
		w.to(why)
	}
}

// tell says who is told, also of what was said before. Nothing waits where there is no client.
func (w *waiting) tell(to func(why string)) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to = to
	if w.why != "" {
		to(w.why)
	}
}
