package cache

import "time"

// useInterval is how exactly the time of an entry's last use is known. Reading an entry does not write to the folder more often.
const useInterval = 24 * time.Hour

// timekeeping is whether a file system keeps the times that files are given.
type timekeeping int

const (
	untried timekeeping = iota
	keepsTimes
	dropsTimes
)

// use notes that an entry is in use, in the time of its file. Where times cannot be set, its age counts from when it was
// written; then it is downloaded again once in a while, and nothing worse.
func (s *Store) use(e *entry) {
	now := s.now()
	times := s.timekeeping()
	if now.Sub(e.used) < useInterval || times == dropsTimes {
		return
	}
	name := s.file(e.Scope, e.revision())
	err := s.files.setTime(name, now)
	if missing(err) || err == nil && times == keepsTimes { // missing: it was evicted meanwhile
		return
	}
	times = dropsTimes
	if err == nil { // some take a time and do not keep it
		info, err := s.files.stat(name)
		if missing(err) {
			return
		}
		if err == nil && now.Sub(info.ModTime()) < useInterval {
			times = keepsTimes
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = times
}

func (s *Store) timekeeping() timekeeping {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times
}
