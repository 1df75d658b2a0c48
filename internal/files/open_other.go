//go:build !unix

package files

// nonblocking is nothing where no name of a file can be a pipe's.
const nonblocking = 0
