package cache

import (
	"io"
	"io/fs"
	"os"

	"apigee-audit/internal/files"
)

// fileSystem is all that a store asks of the file system that its folder lies on. Caches of fleets lie on network folders and
// mounted buckets, where a file may be there for others only once it is closed, a rename is a copy, times and permissions
// cannot be set, nothing can be locked or linked, and each of these calls takes as long as a request. So a store relies on no
// more than this: what was written can be read, and a digest finds out where it cannot.
type fileSystem interface {
	// open opens a regular file for reading, without waiting for one that is none.
	open(name string) (oldFile, fs.FileInfo, error)
	stat(name string) (fs.FileInfo, error)
	lstat(name string) (fs.FileInfo, error)
	list(folder string) ([]fs.DirEntry, error)
	mkdirAll(folder string) error
	// create makes a file that is not there yet.
	create(name string) (newFile, error)
	remove(name string) error
	// hold locks a folder until it is released. ok is false where another process holds it.
	hold(folder string) (release func(), ok bool)
}

// oldFile is a file that is being read.
type oldFile interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

// newFile is a file that is being written, from its start to its end.
type newFile = io.WriteCloser

// system is the file system of the operating system.
type system struct{}

func (system) open(name string) (oldFile, fs.FileInfo, error) {
	f, info, err := files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

func (system) stat(name string) (fs.FileInfo, error)     { return os.Stat(name) }
func (system) lstat(name string) (fs.FileInfo, error)    { return os.Lstat(name) }
func (system) list(folder string) ([]fs.DirEntry, error) { return os.ReadDir(folder) }
func (system) mkdirAll(folder string) error              { return os.MkdirAll(folder, 0o700) }
func (system) remove(name string) error                  { return os.Remove(name) }

func (system) create(name string) (newFile, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
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
