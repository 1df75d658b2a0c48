//go:build unix

package files

import "syscall"

// nonblocking keeps open(2) from waiting for the writer of a pipe; regular files are not affected.
const nonblocking = syscall.O_NONBLOCK
