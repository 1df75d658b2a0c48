package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
)

// Archive is one bundle as it was downloaded or found, and those of its files that the audit reads. The files of a zip are
// unpacked when their content is asked for, so whoever only keeps or counts bundles unpacks nothing.
type Archive struct {
	// Zip is the bundle as the server packed it; nil for one that was found on disk.
	Zip []byte
	// SHA256 is the hex digest of the zip as downloaded or found. A bundle in a folder, and one of several in a zip, has that
	// of its file names and contents.
	SHA256 string
	// FetchedAt is when the server sent Zip, by its own clock, to the second; zero where that is not known.
	FetchedAt time.Time
	// Base is the folder that stands in front of the names of all files, as it is spelled; "." where there is none. "" is the
	// one that Apigee wants for the bundle's kind.
	Base string
	// Files are sorted by name; names are slash-separated: "apiproxy/policies/X.xml".
	Files []File
	// Problems are files that were refused or could not be read while they were listed; the rest of the bundle is still
	// there. Notices are oddities that were understood.
	Problems, Notices []apigee.Problem

	content  string    // the digest of names and contents, where it is known already
	editions *editions // nil where nothing was edited
}

// File is one file of a bundle.
type File struct {
	Name string
	// Data is the content; nil for the files of a zip, which are unpacked when Content asks for them.
	Data   []byte
	packed *zip.File // nil where Data is the content
	by     *unpacker
	within *budget
}

// Downloaded is a bundle as the server packed it, and when it did. The bytes are hashed here; [Archive.Open] lists the files
// in them.
func Downloaded(zip []byte, at time.Time) *Archive {
	return &Archive{Zip: zip, SHA256: digestOf(zip), FetchedAt: at}
}

// Unopened is a downloaded bundle before [Archive.Open], with nothing of what its files share.
func (a *Archive) Unopened() *Archive {
	return &Archive{Zip: a.Zip, SHA256: a.SHA256, FetchedAt: a.FetchedAt}
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Content is the file's content. The files of a zip are unpacked here, under the limits of the whole bundle; each call does
// it again. Calls for files of one archive must not overlap. The error says in a sentence of its own why the file cannot be
// read.
func (f *File) Content() ([]byte, error) { return f.content(nil) }

// content is Content. With a buffer, which grows as needed, it may lie there.
func (f *File) content(buffer *[]byte) ([]byte, error) {
	if f.packed == nil {
		return f.Data, nil
	}
	return f.within.read(f.Name, func(limit int64) ([]byte, error) {
		if err := regular(f.packed); err != nil {
			return nil, err
		}
		return f.by.unpack(f.packed, limit, buffer)
	})
}

// Inner is a file's name inside the root folder, "policies/X.xml"; ok is false for files of a bundle of the other kind
// beside this one.
func (a *Archive) Inner(k apigee.Kind, name string) (inner string, ok bool) {
	switch a.Base {
	case ".":
		return name, true
	case "":
		return strings.CutPrefix(name, k.Root()+"/")
	}
	return strings.CutPrefix(name, a.Base+"/")
}

// Holds reports whether the archive has files of a bundle of this kind, under the root folder that Apigee wants for it.
func (a *Archive) Holds(k apigee.Kind) bool {
	return a.Base == "" && slices.ContainsFunc(a.Files, func(f File) bool { return strings.HasPrefix(f.Name, k.Root()+"/") })
}

// Digest distinguishes bundles of one kind by everything that the audit reads of them: equal for a folder and a zip of the
// same files, and whatever their root folder is called. A bundle of which something could not be read has none.
func (a *Archive) Digest(k apigee.Kind) (sum string, ok bool) {
	if len(a.Problems) > 0 {
		return "", false
	}
	if a.content != "" {
		return a.content, true
	}
	h := sha256.New()
	var once *budget // of its own: reading for the digest takes nothing from reading for the audit
	var buffer []byte
	for _, f := range a.Files {
		inner, ok := a.Inner(k, f.Name)
		if !ok {
			continue
		}
		if f.packed != nil {
			if once == nil {
				once = newBudget(f.within.limits, len(a.Files))
			}
			f.within = once
		}
		data, err := f.content(&buffer)
		if err != nil {
			return "", false
		}
		fmt.Fprintf(h, "%s\x00%d\x00", k.Root()+"/"+inner, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), true
}

// seal notes the digest of an archive that is in memory as a whole.
func (a *Archive) seal(k apigee.Kind) {
	if sum, ok := (&Archive{Base: a.Base, Files: a.Files}).Digest(k); ok {
		a.content, a.SHA256 = sum, sum
	}
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
