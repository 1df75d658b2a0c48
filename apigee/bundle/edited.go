package bundle

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"apigee-audit/apigee/xmltree"
)

// Contents are the XML files of an archive, by name. The error names a file that cannot be read.
func (a *Archive) Contents() (map[string][]byte, error) {
	out := make(map[string][]byte, len(a.Files))
	for i := range a.Files {
		f := &a.Files[i]
		if !IsXML(f.Name) {
			continue
		}
		data, err := f.Content()
		if err != nil {
			return nil, &FileError{f.Name, err}
		}
		out[f.Name] = data
	}
	return out, nil
}

// FileError says which file of a bundle something is wrong with.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap is what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// Edited is the archive with other XML files, which are in memory; its problems and notices stay. No limit is asked about again for them.
// It has no digest: thousands are made in an audit, and nobody asks which of them are the same. Calls for one archive must not
// overlap, nor what is done with what they return.
func (a *Archive) Edited(files map[string][]byte) *Archive {
	if a.editions == nil {
		a.editions = &editions{byName: map[string]edition{}}
	}
	out := &Archive{Base: a.Base, Problems: a.Problems, Notices: a.Notices, FetchedAt: a.FetchedAt, editions: a.editions}
	for _, f := range a.Files {
		if !IsXML(f.Name) { // mostly scripts, which are large and seldom looked at
			out.Files = append(out.Files, f)
		}
	}
	for name, data := range files {
		out.Files = append(out.Files, File{Name: name, Data: data})
	}
	slices.SortFunc(out.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// editions are the documents of an archive and of what was edited from it, as they were parsed last: most of what is edited differs in one
// file.
type editions struct {
	mu     sync.Mutex
	byName map[string]edition
	memory xmltree.Arena
}

type edition struct {
	data []byte
	doc  *xmltree.Document
}

func (e *editions) document(f *File, depth int) (doc *xmltree.Document, size int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last := e.byName[f.Name]; last.doc != nil && bytes.Equal(last.data, f.Data) {
		return last.doc, len(f.Data), nil
	}
	doc, err = e.memory.Parse(f.Name, f.Data, depth)
	if err == nil {
		doc.Share()
		e.byName[f.Name] = edition{f.Data, doc}
	}
	return doc, len(f.Data), err
}
