//go:build unix

package files

import (
	"errors"
	"os"
	"syscall"
)

// Replace renames a file, over another one if there is one. [os.Rename] looks first whether that is a folder, which rename(2) refuses by
// itself; on a network folder the look is one more request.
func Replace(from, to string) error {
	for {
		err := syscall.Rename(from, to)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
		return nil
	}
}
