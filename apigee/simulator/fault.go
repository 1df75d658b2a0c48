package simulator

import (
	"context"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"time"
)

// Fault is one way in which matching requests go wrong. Without Status, Truncate or Reset it only makes them slow.
type Fault struct {
	// Match is a pattern for path and query, "*/revisions/*?format=bundle". A star stands for any characters, slashes
	// included; nothing else is special.
	Match string

	Status     int           // answer with this status instead, with an error as Google's front ends write it
	Body       string        // the body to send with Status; empty makes up Google-style JSON
	RetryAfter string        // Retry-After header to send with Status: seconds or an HTTP date
	Truncate   bool          // answer properly, but close the connection halfway through the body
	Reset      bool          // reset the connection without an answer
	Slow       time.Duration // time to wait first

	// Share is the part of matching requests that it hits, 0 to 1; 0 means all. Which ones depends on the URL, on how
	// often it was asked and on Seed, never on the order in which concurrent requests arrive.
	Share float64
	Seed  int
	Times int  // how often it strikes in total; 0 means forever
	Each  bool // Times counts for every URL on its own, so that all of them fail first and then work
}

// breaks reports whether the fault replaces or spoils the answer.
func (f Fault) breaks() bool { return f.Status != 0 || f.Truncate || f.Reset }

// faultState counts what a fault has seen and done; the server's lock guards it.
type faultState struct {
	Fault
	seen  map[string]int // by URL
	fired map[string]int // by URL, or under "" for all
}

// meets decides whether the request for this path and query meets the fault, and counts it.
func (f *faultState) meets(url string) bool {
	if !matches(f.Match, url) {
		return false
	}
	f.seen[url]++
	if f.Share > 0 && f.draw(url, f.seen[url]) >= f.Share {
		return false
	}
	key := ""
	if f.Each {
		key = url
	}
	if f.Times > 0 && f.fired[key] >= f.Times {
		return false
	}
	f.fired[key]++
	return true
}

// draw is a number from 0 up to 1 that depends only on its arguments and the seed.
func (f *faultState) draw(url string, nth int) float64 {
	h := fnv.New64a()
	h.Write([]byte(strconv.Itoa(f.Seed) + " " + strconv.Itoa(nth) + " " + url))
	// FNV barely moves the high bits for short differences; a multiplication spreads them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / math.Exp2(53)
}

// matches compares s with a pattern in which only the star is special.
func matches(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, s, ok = strings.Cut(s, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(s, parts[last])
}

// wait lets time pass and reports whether the request is still wanted.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
