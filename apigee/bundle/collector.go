package bundle

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// collector gathers the files of a bundle under the limits, whatever they come from.
type collector struct {
	limits   Limits
	budget   *budget
	seen     map[string]string // lower-case name → name
	unpacker *unpacker         // of a zip whose files are read when they are asked for
	archive  *Archive
}

// newCollector gathers about n files.
func newCollector(base string, l Limits, n int) *collector {
	return &collector{limits: l, budget: newBudget(l, n), seen: make(map[string]string, n), archive: &Archive{Base: base, Files: make([]File, 0, n)}}
}

// add reads one file if the audit has a use for it. inner is its name inside the root folder base.
func (c *collector) add(base, inner string, read func(limit int64) ([]byte, error)) {
	name := path.Join(base, inner)
	if !c.admit(name, inner) {
		return
	}
	data, err := c.budget.read(name, read)
	if err != nil {
		c.refuse(name, err.Error())
		return
	}
	c.archive.Files = append(c.archive.Files, File{Name: name, Data: data})
}

// list adds one file of a zip, which is read when it is asked for, if the audit has a use for it. name is the full one.
func (c *collector) list(name, inner string, f *zip.File) {
	if c.admit(name, inner) {
		c.archive.Files = append(c.archive.Files, File{Name: name, packed: f, by: c.unpacker, within: c.budget})
	}
}

// admit reports whether the audit has a use for a file, by its full name and the one inside the root folder.
func (c *collector) admit(name, inner string) bool {
	if !wanted(inner) {
		return false
	}
	lower := strings.ToLower(name)
	if other, twice := c.seen[lower]; twice {
		c.refuse(name, fmt.Sprintf("second file with this name (%s); only the first is read", other))
		return false
	}
	c.seen[lower] = name
	c.spelled(strings.TrimSuffix(name, inner), inner)
	return true
}

// spelled says once for each folder that it has another spelling than the one Apigee wants. front is what stands in front of it.
func (c *collector) spelled(front, inner string) {
	folder, _, nested := strings.Cut(inner, "/")
	want := strings.ToLower(folder)
	if !nested || folder == want {
		return
	}
	dir := front + folder
	if slices.ContainsFunc(c.archive.Notices, func(p apigee.Problem) bool { return p.File == dir }) {
		return
	}
	c.archive.Notices = append(c.archive.Notices, apigee.Problem{
		File: dir, Operation: "read bundle", Error: fmt.Sprintf("Apigee spells this folder %q; it is read as if it were spelled that way", want),
	})
}

func (c *collector) refuse(name, why string) {
	c.archive.Problems = append(c.archive.Problems, apigee.Problem{File: name, Operation: "read bundle", Error: why})
}

func (c *collector) finish() *Archive {
	slices.SortFunc(c.archive.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return c.archive
}

// ModeName says in words what is not a file: "a named pipe".
func ModeName(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	}
	return "a special file"
}
