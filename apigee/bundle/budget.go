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
	limit := b.limit(name)
	data, err := read(limit)
	if err != nil {
		return nil, b.refused(err, limit)
	}
	b.count(name, int64(len(data)))
	return data, nil
}

// take is read for a file of which so many bytes are known.
func (b *budget) take(name string, size int64) error {
	if limit := b.limit(name); size > limit {
		return b.refused(errTooLarge, limit)
	}
	b.count(name, size)
	return nil
}

// limit is how large a file may be.
func (b *budget) limit(name string) int64 { return min(b.limits.File, b.left+b.counted[name]) }

func (b *budget) count(name string, size int64) {
	b.left -= size - b.counted[name]
	b.counted[name] = size
}

func (b *budget) refused(err error, limit int64) error {
	switch {
	case errors.Is(err, errTooLarge) && limit < b.limits.File:
		b.left = 0
		return fmt.Errorf("the bundle contains more than %s; the rest is not read", text.Bytes(b.limits.Inflated))
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("file is larger than %s", text.Bytes(b.limits.File))
	}
	return fmt.Errorf("cannot be read: %w", err)
}
