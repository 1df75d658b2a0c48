//go:build unix

package main

import (
	"os"
	"syscall"
)

// stdoutClosed tells whether the program was started without stdout, as by `>&-` in a shell. Go's runtime then opens the
// null device in its place, for reading and writing; shells that redirect to it open it for writing alone. Programs that
// discard the streams of others may open it as the runtime does, mostly for several of them: then none counts as closed.
// Source: runtime.checkfds.
func stdoutClosed() bool {
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	both := func(f *os.File, fd int) bool {
		info, err := f.Stat()
		if err != nil || !os.SameFile(info, null) {
			return false
		}
		_, unreadable := syscall.Read(fd, make([]byte, 1))
		_, unwritable := syscall.Write(fd, nil)
		return unreadable == nil && unwritable == nil
	}
	return both(os.Stdout, 1) && !both(os.Stdin, 0) && !both(os.Stderr, 2)
}
