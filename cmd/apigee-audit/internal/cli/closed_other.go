//go:build !unix

package cli

// stdoutClosed is false: writing to a closed stdout fails on these systems, and that is said.
func stdoutClosed() bool { return false }
