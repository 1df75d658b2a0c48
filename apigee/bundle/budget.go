package bundle

import (
	"errors"
	"fmt"

	"apigee-audit/internal/text"
)

// budget is what one reading of a bundle's files may still take.
type budget struct {
	limits  Limits
	left    int64
	counted map[string]int64 // a file that is read again counts once
}

// newBudget is for about n files.
func newBudget(l Limits, n int) *budget {
	return &budget{limits: l, left: l.Inflated, counted: make(map[string]int64, n)}
}

var errTooLarge = errors.New("larger than the limit")

// read reads one file within the limits. The error is a sentence about the file.
func (b *budget) read(name string, read func(limit int64) ([]byte, error)) ([]byte, error) {
	limit := min(b.limits.File, b.left+b.counted[name])
	data, err := read(limit)
	switch {
	case errors.Is(err, errTooLarge) && limit < b.limits.File:
		b.left = 0
		return nil, fmt.Errorf("the bundle contains more than %s; the rest is not read", text.Bytes(b.limits.Inflated))
	case errors.Is(err, errTooLarge):
		return nil, fmt.Errorf("file is larger than %s", text.Bytes(b.limits.File))
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	b.left -= int64(len(data)) - b.counted[name]
	b.counted[name] = int64(len(data))
	return data, nil
}
