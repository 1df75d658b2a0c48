//go:build unix

package files

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Foreign says in words why what a file or folder holds may be somebody else's: another user owns it, or others can write to
// it. It is "" for what is the user's alone.
func Foreign(info fs.FileInfo) string {
	if owner := Owner(info); owner != os.Geteuid() {
		return fmt.Sprintf("it belongs to another user (uid %d)", owner)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Sprintf("others can write to it (mode %04o)", mode)
	}
	return ""
}

// Mine reports whether the user owns a file or folder.
func Mine(info fs.FileInfo) bool { return Owner(info) == os.Geteuid() }

// Owner is the number of the user that owns a file or folder, -1 if there is none.
func Owner(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}

// Own gives a file the owner and the group of another one.
func Own(f *os.File, like fs.FileInfo) error {
	want, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if is, ok := info.Sys().(*syscall.Stat_t); ok && is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
