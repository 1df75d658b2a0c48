//go:build !unix

package files

import "os"

// Replace renames a file, over another one if there is one.
func Replace(from, to string) error { return os.Rename(from, to) }
