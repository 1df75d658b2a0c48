package api

import (
	"net/http"
	"sync"
	"time"
)

// dates are what the answers of a server say about its clock.
type dates struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // how far this machine's clock is ahead of it
}

// note takes in the date of an answer. It has whole seconds and is of some moment between the request and the answer, so as
// much of a difference as that explains is none. An answer out of a cache says when it was put there.
func (d *dates) note(h http.Header, sent, received time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	ahead := max(sent.Sub(date.Add(time.Second)), 0) + min(received.Sub(date), 0)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.ahead = true, ahead
}

// difference is how far this machine's clock is ahead of the server's, by the last answer; known reports whether one said.
func (d *dates) difference() (ahead time.Duration, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ahead, d.known
}
