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
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	to, err := findDestination(name)
	if err == nil {
		if to.special() { // a file must not replace /dev/stderr or a pipe
			err = writeDevice(to.real, buf.Bytes())
		} else {
			err = a.replace(to.real, buf.Bytes())
		}
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
		err = writeDevice(to.real, data)
	default:
		err = a.place(name, data, files.MoveNew)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, withoutPath(err))
	}
	return nil
}

// replace puts a file in the place of what is there.
func (a *app) replace(name string, data []byte) error { return a.place(name, data, os.Rename) }

// place writes a file under a temporary name and moves it to its own.
func (a *app) place(name string, data []byte, move func(from, to string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), unfinishedReport) // mode 0600
	if err != nil {
		return err
	}
	defer a.unfinished.add(func() error { return os.Remove(tmp.Name()) })()
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Close())
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

func writeDevice(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
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
