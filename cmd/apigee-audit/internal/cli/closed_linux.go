package cli

import "syscall"

// shared reports whether two descriptors of the null device stand for one open file: a flag that is set through one shows
// through the other. Nothing waits for the null device, so the flag changes nothing meanwhile.
func shared(a, b int) bool {
	before, ok := fileFlags(a)
	if !ok || before&syscall.O_NONBLOCK != 0 || syscall.SetNonblock(b, true) != nil {
		return true // unknown: taken to be intended
	}
	after, ok := fileFlags(a)
	if syscall.SetNonblock(b, false) != nil || !ok {
		return true
	}
	return after&syscall.O_NONBLOCK != 0
}

func fileFlags(fd int) (flags int, ok bool) {
	n, _, failed := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
	return int(n), failed == 0
}
