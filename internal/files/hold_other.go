//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package files

import (
	"os"
	"time"
)

// longest is more than anything is in use for. It stands in for locks where folders have none.
const longest = 24 * time.Hour

// Hold marks nothing as in use: see [Abandoned].
func Hold(string) (held *os.File, ok bool, err error) { return nil, true, nil }

// Abandoned reports whether a file or folder has not been touched for longer than anything is in use.
func Abandoned(name string) (release func() error, ok bool) {
	info, err := os.Lstat(name)
	old := err == nil && (info.IsDir() || info.Mode().IsRegular()) && time.Since(info.ModTime()) > longest
	return func() error { return nil }, old
}
