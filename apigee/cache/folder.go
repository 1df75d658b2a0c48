package cache

import (
	"io"
	"io/fs"
	"os"
	"time"

	"apigee-audit/internal/files"
)

// fileSystem is all that a store asks of the file system that its folder lies on. Caches of fleets lie on network folders and
// mounted buckets, where a rename may be a copy that others see half of, times and permissions cannot be set, nothing can be
// locked or linked, and each of these calls takes as long as a request. So a store relies on no more than this: what was
// written can be read, and a digest finds out where it cannot.
type fileSystem interface {
	// open opens a regular file for reading, without waiting for one that is none.
	open(name string) (io.ReadCloser, fs.FileInfo, error)
	stat(name string) (fs.FileInfo, error)
	lstat(name string) (fs.FileInfo, error)
	list(folder string) ([]fs.DirEntry, error)
	mkdirAll(folder string) error
	createTemp(folder, pattern string) (tempFile, error)
	rename(from, to string) error
	remove(name string) error
	setTime(name string, to time.Time) error
	// hold locks a folder until it is released. ok is false where another process holds it.
	hold(folder string) (release func(), ok bool)
}

// tempFile is a file that is being written.
type tempFile interface {
	io.WriteCloser
	Name() string
}

// system is the file system of the operating system.
type system struct{}

func (system) open(name string) (io.ReadCloser, fs.FileInfo, error) { return files.Open(name) }
func (system) stat(name string) (fs.FileInfo, error)                { return os.Stat(name) }
func (system) lstat(name string) (fs.FileInfo, error)               { return os.Lstat(name) }
func (system) list(folder string) ([]fs.DirEntry, error)            { return os.ReadDir(folder) }
func (system) mkdirAll(folder string) error                         { return os.MkdirAll(folder, 0o700) }
func (system) rename(from, to string) error                         { return files.Replace(from, to) }
func (system) remove(name string) error                             { return os.Remove(name) }
func (system) setTime(name string, to time.Time) error              { return os.Chtimes(name, to, to) }

func (system) createTemp(folder, pattern string) (tempFile, error) {
	return os.CreateTemp(folder, pattern) // mode 0600
}

func (system) hold(folder string) (release func(), ok bool) {
	held, ok, err := files.Hold(folder)
	if err != nil {
		return nil, false
	}
	return func() {
		if held != nil {
			_ = held.Close() // it was only locked
		}
	}, ok
}
