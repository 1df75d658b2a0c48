package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
)

// writeFile writes a whole file or leaves what was there: to a temporary name beside it, then renamed. Only the owner
// may read it, because a report shows where an organization is weak.
func (a *app) writeFile(name string, write func(io.Writer) error) error {
	to, err := findDestination(name)
	switch {
	case err != nil:
	case to.special(): // a file must not replace /dev/stderr or a pipe
		err = writeDevice(to.real, write)
	default:
		err = a.place(to.real, write, os.Rename)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, withoutPath(err))
	}
	return nil
}

// writeCopies writes the copies of the output, each in its format, and returns what failed of them.
func (a *app) writeCopies(c *config.Choices, write func(w io.Writer, format string) error) (failed []error) {
	for _, copy := range c.Copies {
		failed = append(failed, a.writeFile(copy.File, func(w io.Writer) error { return write(w, copy.Format) }))
	}
	return failed
}

// createFile writes a whole file where there is none, or nothing. Pipes and devices are there to be written to.
func (a *app) createFile(name string, data []byte) error {
	to, err := findDestination(name)
	switch {
	case err != nil:
	case to.special():
		err = writeDevice(to.real, whole(data))
	default:
		err = a.place(name, whole(data), files.MoveNew)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, withoutPath(err))
	}
	return nil
}

func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// place writes a file under a temporary name and moves it to its own.
func (a *app) place(name string, write func(io.Writer) error, move func(from, to string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), unfinishedReport) // mode 0600
	if err != nil {
		return err
	}
	defer a.unfinished.add(func() error { return os.Remove(tmp.Name()) })()
	err = errors.Join(write(tmp), tmp.Close())
	if err == nil {
		err = move(tmp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error says more
	}
	return err
}

// unfinishedReport starts the names of reports being written.
const unfinishedReport = ".apigee-audit-*"

// writeDevice writes to what is there once all of it is made: a reader of a pipe is not to get half a report.
func writeDevice(name string, write func(io.Writer) error) error {
	var made bytes.Buffer
	if err := write(&made); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(made.Bytes())
	return errors.Join(err, f.Close())
}

// withoutPath drops the temporary name, which says nothing to anybody.
func withoutPath(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}
