package apigee

// Archive is the content of one bundle in memory, restricted to the files the audit reads.
type Archive struct {
	// SHA256 is the hex digest of the zip as downloaded, or for a directory over its sorted file names and contents.
	SHA256 string
	// Root is where the bundle lies on disk ("" when it came from the API); reports of local scans point there.
	Root string
	// Files are sorted by name; names are slash-separated and start with "apiproxy/" or "sharedflowbundle/".
	Files []File
	// Problems are files that were refused or unreadable; the rest of the bundle is still there.
	Problems []Problem
}

// File is one file of a bundle.
type File struct {
	Name string
	// Data is the content; nil for scripts and property sets of a zip, which are unpacked when Content asks for them.
	Data   []byte
	unpack func() ([]byte, error)
}

// Content is the file's content. Resources are the largest part of many bundles and few are ever looked at, so a zip's
// are unpacked only here, under the limits of the whole bundle; each call does it anew. Calls must not overlap.
func (f *File) Content() ([]byte, error) {
	if f.unpack != nil {
		return f.unpack()
	}
	return f.Data, nil
}

// Limits bound what a hostile or broken bundle can make the audit do. All sizes are in bytes.
type Limits struct {
	Compressed int64 // size of the zip
	Inflated   int64 // sum of all files read
	File       int64 // one file
	Entries    int   // files and folders in the zip
	Depth      int   // nested XML elements
}

// DefaultLimits are a little above Apigee's own (bundles are at most 15 MB).
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/limits.
func DefaultLimits() Limits {
	return Limits{Compressed: 16 << 20, Inflated: 64 << 20, File: 15 << 20, Entries: 10000, Depth: 256}
}
