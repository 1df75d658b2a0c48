// Package files reads files that somebody else may have put where they are: in a checked-out repository, in a folder that
// others can write to. A pipe without a writer, a device that never ends and a file of a terabyte must not hold the program
// up, so what is opened is a regular file, how much of it is read is bounded, and waiting for anything else ends with a
// context.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"apigee-audit/internal/text"
)

// Open opens a regular file for reading; symbolic links are followed. Anything else is not even opened, since opening
// can block forever (a pipe) or do something (a device). The error is a [fs.PathError].
func Open(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			pe.Op = "open" // which is what was to be done
		}
		return nil, nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, nil, err
	}
	// If a pipe has replaced it since, opening it does not wait, and the second check refuses it.
	f, err := os.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = regular(name, info)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// Read reads a regular file of at most limit bytes.
func Read(name string, limit int64) ([]byte, error) {
	f, _, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := bounded(f, limit)
	if err != nil && !errors.As(err, new(*fs.PathError)) {
		err = &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, err
}

// IsPipe reports whether a name is that of a pipe, as shells make of <(command). A pipe can be read once.
func IsPipe(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// ReadPipe reads what comes through a pipe, at most limit bytes. Waiting for its writer ends with the context.
func ReadPipe(ctx context.Context, name string, limit int64) ([]byte, error) {
	return Await(ctx, func() ([]byte, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return bounded(f, limit)
	})
}

// ReadStream reads a stream to its end, at most limit bytes. Waiting for it ends with the context; the stream is of no use
// afterwards.
func ReadStream(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	return Await(ctx, func() ([]byte, error) { return bounded(r, limit) })
}

// Await calls work and waits for it no longer than the context lasts: a read that ignores the context is left behind,
// to end with the process. Work must share nothing with a caller that goes on without it.
func Await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// bounded reads to the end, and refuses what is longer than the limit.
func bounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("it is larger than the limit of %s", text.Bytes(limit))
	}
	return data, err
}

func regular(name string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("it is %s, not a regular file", kind(info.Mode()))}
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}
