package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ReadBounded reads a file of at most limit bytes.
func ReadBounded(files fs.FS, name string, limit int64) ([]byte, error) {
	data, err := ReadStart(files, name, limit+1)
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d MB", name, limit>>20)
	}
	return data, err
}

// ReadStart reads at most n bytes of a regular file. Anything else, such as a pipe or a device, is not even opened.
func ReadStart(files fs.FS, name string, n int64) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, withoutPath(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, withoutPath(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil, withoutPath(name, err)
	}
	return data, nil
}

// withoutPath names a file once, and by its name in the snapshot.
func withoutPath(name string, err error) error { return fmt.Errorf("%s: %w", name, Reason(err)) }

// Reason drops the path that errors of files repeat.
func Reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
