package inventory

import "fmt"

// GaveUpError is in the errors of a [Source] for what it did not ask for any more, because whatever it had asked for
// before failed, and for one reason.
type GaveUpError struct {
	After int   // tries that failed in a row
	Err   error // the last of them, told of what was not asked for
}

func (e *GaveUpError) Error() string { return e.Err.Error() + e.Note() }

func (e *GaveUpError) Unwrap() error { return e.Err }

// Note is what to add to a reason: that, and after how many tries, it was given up.
func (e *GaveUpError) Note() string {
	return fmt.Sprintf("; gave up after %d failed requests in a row", e.After)
}
