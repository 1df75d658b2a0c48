package files

import (
	"errors"
	"io/fs"
	"os"
)

// MoveNew gives a finished file its name, and never takes that of another: the error is then [fs.ErrExist], and the
// file stays where it is.
func MoveNew(from, to string) error {
	// A link, unlike a rename, never takes the place of a file. Some file systems have none.
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	if err := Absent(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Absent refuses a name that exists already, be it that of a link to nothing, with [fs.ErrExist].
func Absent(name string) error {
	_, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	return err
}
