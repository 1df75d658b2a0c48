package bundle

import (
	"maps"
	"slices"

	"apigee-audit/apigee"
)

// Contents are the files of an archive that the audit reads, by name. The error names a file that cannot be read.
func (a *Archive) Contents() (map[string][]byte, error) {
	out := make(map[string][]byte, len(a.Files))
	for i := range a.Files {
		data, err := a.Files[i].Content()
		if err != nil {
			return nil, &FileError{a.Files[i].Name, err}
		}
		out[a.Files[i].Name] = data
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

// Edited is the archive with other files, in memory as a whole; its problems and notices stay. No limit is asked about again.
func (a *Archive) Edited(k apigee.Kind, files map[string][]byte) *Archive {
	out := &Archive{Base: a.Base, Problems: a.Problems, Notices: a.Notices, FetchedAt: a.FetchedAt}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out.Files = append(out.Files, File{Name: name, Data: files[name]})
	}
	out.seal(k)
	return out
}
