package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

const (
	// noteName is the file that says when the store was last trimmed, so that not each of many processes looks at all of it.
	noteName = "trimmed.json"
	maxNote  = 4 << 10
	// trimInterval is how often a store is looked at as a whole, without a reason.
	trimInterval = 24 * time.Hour
	// trimTime bounds how long a run may wait for it at its end.
	trimTime = 10 * time.Second
)

// note is what was found out when the store was last trimmed.
type note struct {
	At     time.Time `json:"at"`
	Limits Limits    `json:"limits"`
	Left   int64     `json:"left"` // bytes; 0 where that was not found out
}

// ErrTooLarge is for a store that cannot be trimmed within the time that a run has for it.
var ErrTooLarge = errors.New("looking through the whole cache takes longer than " + trimTime.String())

// Trim is [Store.Prune] with the store's limits for the end of a run: it is in nobody's way. It looks at the store once a day, and
// in between when the limits are others or what this run has kept may exceed them. It does nothing while another process
// does it, nor where this one may not write or does not use what it finds.
func (s *Store) Trim(ctx context.Context) (removed Usage, err error) {
	now, l := s.now(), s.limits
	if l.None() || ctx.Err() != nil || !s.due(now) {
		return Usage{}, nil
	}
	info, err := s.files.stat(s.dir)
	if err != nil || s.check(s.dir, info) != nil {
		return Usage{}, nil // it is not there, or not used
	}
	release, ok := s.files.hold(s.dir)
	if !ok {
		return Usage{}, nil
	}
	defer release()
	if err := s.takeNote(note{}); err != nil {
		return Usage{}, nil // read-only: whoever fills it trims it
	}
	bounded, cancel := context.WithTimeoutCause(ctx, trimTime, ErrTooLarge)
	defer cancel()
	removed, left, err := s.Prune(bounded, l)
	if ctx.Err() != nil {
		return removed, nil // the next run goes on
	}
	done := note{At: now, Limits: l}
	switch {
	case bounded.Err() != nil:
		err = ErrTooLarge
	case err == nil:
		done.Left = left.Bytes
	}
	return removed, errors.Join(err, s.takeNote(done))
}

// due reports whether the store has to be looked at. A note from the future is another clock's, or a lie.
func (s *Store) due(now time.Time) bool {
	last, l := s.lastNote(), s.limits
	age := now.Sub(last.At)
	if age < 0 || age >= trimInterval || last.Limits != l {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.MaxSize > 0 && s.written > 0 && last.Left+s.written > l.MaxSize
}

// lastNote is what the last trimming came to; it is empty where there was none.
func (s *Store) lastNote() (last note) {
	f, _, err := s.files.open(filepath.Join(s.dir, noteName))
	if err != nil {
		return note{}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil || json.Unmarshal(data, &last) != nil {
		return note{}
	}
	return last
}

func (s *Store) takeNote(n note) error {
	data, err := json.Marshal(n)
	if err == nil {
		err = s.replaceNote(data)
	}
	if err != nil {
		return fmt.Errorf("note when the cache was trimmed: %w", err)
	}
	return nil
}

// replaceNote writes a new file, because the old one may be a link to somewhere else.
func (s *Store) replaceNote(data []byte) error {
	name := filepath.Join(s.dir, noteName)
	if err := s.files.remove(name); err != nil && !missing(err) {
		return err
	}
	f, err := s.files.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
