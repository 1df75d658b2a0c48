//go:build unix

package cli

import (
	"os"
	"syscall"
)

// stdoutClosed reports whether the program was started without stdout, as by `>&-` in a shell. Go's runtime then opens the
// null device in its place, for reading and writing; shells that redirect to it open it for writing alone. A program that
// discards the streams of another may open it as the runtime does, but mostly once for several of them, which then share
// what they have open. Source: runtime.checkfds; subprocess.DEVNULL of Python.
func stdoutClosed() bool {
	null, err := os.Stat(os.DevNull)
	if err != nil || !discards(os.Stdout, 1, null) {
		return false
	}
	return !(discards(os.Stdin, 0, null) && shared(0, 1)) && !(discards(os.Stderr, 2, null) && shared(2, 1))
}

// discards reports whether a stream is the null device, open for reading and writing.
func discards(f *os.File, fd int, null os.FileInfo) bool {
	info, err := f.Stat()
	if err != nil || !os.SameFile(info, null) {
		return false
	}
	_, unreadable := syscall.Read(fd, make([]byte, 1))
	_, unwritable := syscall.Write(fd, nil)
	return unreadable == nil && unwritable == nil
}
