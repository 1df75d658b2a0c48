//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package files

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Hold marks a file or folder as in use until the process ends, however it ends, or the result is closed. ok is false where
// it is in use already. File systems without locks have none that is in use, and none that is [Abandoned].
func Hold(name string) (held *os.File, ok bool, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false, err
	}
	switch err := lock(f); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, false, f.Close()
	case err != nil:
		return f, true, nil // nobody else can lock it either
	}
	// Whoever removes what is abandoned may have been quicker than the lock.
	mine, err := f.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = os.Lstat(name); err == nil && !os.SameFile(mine, there) {
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, true, nil
}

// Abandoned takes hold of a file or folder of this user that was held once and is held by nobody any more, for whoever wants
// to remove it. ok is false for anything else.
func Abandoned(name string) (release func() error, ok bool) {
	info, err := os.Lstat(name)
	if err != nil || !Mine(info) || !info.IsDir() && !info.Mode().IsRegular() {
		return nil, false
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	if lock(f) != nil {
		_ = f.Close() // it was only read
		return nil, false
	}
	return f.Close, true
}

// lock locks a whole file, or a folder, until it is closed. Source: flock(2), of which all of these systems have the same.
func lock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var locked error
	if err := conn.Control(func(fd uintptr) { locked = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) }); err != nil {
		return err
	}
	return locked
}
